-- name: settings
select
    currency,
    locale,
    window_months,
    fairness_ratio,
    border_margin,
    spend_fall
from report_settings;

-- name: colours
-- By place among the study's segments, not by number: numbers grow with re-fits, and 1 and 11 may stand side by side. Of
-- all segments of the model, also one that nobody is in any more.
select
    study,
    unnest(list_sort(segment_numbers)) as segment,
    unnest(range(1, len(segment_numbers) + 1)) as colour
from segment_models;

-- name: studies
select
    settings.study,
    settings.title,
    settings.question,
    settings.recipe,
    settings.source_kind,
    health.verdict,
    health.caveat
from study_settings as settings
inner join segmentation_health as health
    on settings.study = health.study
    and health.is_in_force
order by settings.position;

-- name: left_out
select
    settings.study,
    settings.title,
    settings.question,
    left_out.reason
from study_settings as settings
inner join studies_left_out as left_out
    on settings.study = left_out.study
    and left_out.is_left_out
order by settings.position;

-- name: names
-- of all segments of the model, also one that nobody is in any more
select
    study,
    segment,
    persona
from segment_names
order by study, segment;

-- name: backtests
-- the latest test of each flag, one date later
select
    flag,
    study,
    outcome,
    from_date,
    to_date,
    flagged,
    came_true,
    came_true_share,
    others_came_true_share,
    lift,
    lift_lower,
    lift_upper,
    lift_lower <= 1 and lift_upper >= 1 as may_be_chance
from flag_backtests
where
    horizon = 1
    and lift is not null and came_true_share is not null and others_came_true_share is not null
qualify row_number() over (partition by flag, study, outcome order by from_date desc) = 1
order by flag, study, outcome desc;
