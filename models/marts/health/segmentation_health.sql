-- Are there segments at all? For every version of the enabled studies.
{%- set strong = 'an excess from ' ~ var('strong_excess') ~ ' and a stability of at least ' ~ var('strong_stability') %}
{%- set moderate = 'an excess from ' ~ var('moderate_excess') ~ ' and a stability of at least ' ~ var('moderate_stability') %}
with versions as (
    {{ fitted_versions() }}
),

registered as (
    select
        study,
        model_version,
        max_by(segments, turn) as segments,
        bool_or(is_in_force) as is_in_force
    from {{ ref('model_registrations') }}
    group by study, model_version
),

judged as (
    select
        selection.*,
        fits.stability_min,
        -- with so many segments the version was last in force, or would be
        coalesce(selection.segments = registered.segments, selection.is_chosen) as is_used,
        coalesce(registered.is_in_force, false) as is_in_force,
        concat(
            'an excess of ', coalesce(cast({{ shown('selection.excess') }} as varchar), 'unknown size'),
            ' and a stability of ', coalesce(cast({{ shown('selection.stability') }} as varchar), 'unknown size'),
            ' (at least ' || cast({{ shown('selection.stability_lower') }} as varchar) || ')'
        ) as figures,
        case
            when not selection.passes then ', which fails the rule'
            when selection.level = 3 then '; strong is {{ strong }}'
            when selection.level = 2 then '; moderate is {{ moderate }}, strong is {{ strong }}'
            else '; moderate is {{ moderate }}'
        end as scale
    from {{ ref('k_selection') }} as selection
    inner join {{ ref('kmeans_fits') }} as fits
        on selection.study = fits.study
        and selection.model_version = fits.model_version
        and selection.segments = fits.segments
    left join registered
        on selection.study = registered.study
        and selection.model_version = registered.model_version
),

-- of the models in force: how well the other recipes agree with the segments, ...
recipes as (
    select
        study,
        model_version,
        median(agreement) as recipe_agreement
    from {{ ref('recipe_sensitivity') }}
    where not is_of_study
    group by study, model_version
),

-- ... and the algorithms that are not K-Means and are asked for as many
algorithms as (
    select
        study,
        model_version,
        median(agreement) as algorithm_agreement
    from {{ ref('algorithm_comparison') }}
    where algorithm in ('ward', 'gaussian_mixture', 'spectral')
    group by study, model_version
),

borders as (
    select
        assignments.study,
        round(count(*) filter (where assignments.margin < {{ var('border_margin') }}) / count(*), 6) as border_share
    from {{ ref('segment_assignments') }} as assignments
    inner join {{ ref('study_dates') }} as dates
        on assignments.study = dates.study
        and assignments.as_of_date = dates.as_of_date
        and dates.is_latest
    group by assignments.study
),

weighed as (
    select
        versions.study,
        versions.model_version,
        versions.version_number,
        used.segments,
        rule.segments as rule_segments,
        {%- for figure in ['silhouette', 'excess', 'stability', 'stability_lower', 'stability_upper', 'stability_min', 'smallest_share'] %}
        round(used.{{ figure }}, 6) as {{ figure }},
        round(rule.{{ figure }}, 6) as rule_{{ figure }},
        {%- endfor %}
        used.stability_customers,
        used.passes,
        round(used.gap, 6) as gap,
        used.gap_segments,
        used.clearer_segments,
        round(clearer.excess, 6) as clearer_excess,
        round(clearer.stability, 6) as clearer_stability,
        round(recipes.recipe_agreement, 6) as recipe_agreement,
        round(algorithms.algorithm_agreement, 6) as algorithm_agreement,
        borders.border_share,
        used.is_in_force,
        coalesce(versions.definition = settings.definition, false) as is_defined_as_today,
        case when rule.segments is null then 0 else least(rule.level, used.level) end as level,
        case when rule.segments is not null then nullif(concat_ws(
            '; ',
            case when recipes.recipe_agreement < {{ var('min_recipe_agreement') }} then 'other recipes find other segments' end,
            case when algorithms.algorithm_agreement < {{ var('min_algorithm_agreement') }} then 'other algorithms find other segments' end
        ), '') end as caveat,
        concat(
            case
                when rule.segments is null then used.reason
                else concat('The ', used.segments, ' segments have ', used.figures, used.scale)
            end,
            case
                when rule.segments <> used.segments
                    then concat('. The rule''s ', rule.segments, ' segments have ', rule.figures, rule.scale)
                else ''
            end
        ) as figures
    from judged as used
    inner join {{ ref('study_settings') }} as settings on used.study = settings.study
    inner join versions
        on used.study = versions.study
        and used.model_version = versions.model_version
    left join judged as rule
        on used.study = rule.study
        and used.model_version = rule.model_version
        and rule.is_rule_choice
    left join judged as clearer
        on used.study = clearer.study
        and used.model_version = clearer.model_version
        and used.clearer_segments = clearer.segments
    left join recipes
        on used.study = recipes.study
        and used.model_version = recipes.model_version
        and used.is_in_force
    left join algorithms
        on used.study = algorithms.study
        and used.model_version = algorithms.model_version
        and used.is_in_force
    left join borders
        on used.study = borders.study
        and used.is_in_force
    where used.is_used
)
,

-- what its evidence contradicts is at most weak
capped as (
    select
        *,
        case when caveat is null then level else least(level, 1) end as capped_level
    from weighed
)

select
    study,
    model_version,
    version_number,
    segments,
    rule_segments,
    {%- for figure in ['silhouette', 'excess', 'stability', 'stability_lower', 'stability_upper', 'stability_min', 'smallest_share'] %}
    {{ figure }},
    rule_{{ figure }},
    {%- endfor %}
    stability_customers,
    passes,
    gap,
    gap_segments,
    clearer_segments,
    clearer_excess,
    clearer_stability,
    recipe_agreement,
    algorithm_agreement,
    border_share,
    is_in_force,
    is_defined_as_today,
    case capped_level when 0 then 'none' when 1 then 'weak' when 2 then 'moderate' else 'strong' end as verdict,
    caveat,
    concat(
        case capped_level
            when 0 then 'The data show no groups: the segments are slices of one crowd'
            when 1 then 'The groups run into each other: the segments order the customers, but other borders would do as well'
            when 2 then 'The groups are there, but their borders are blurred: customers near a border could be on either side'
            else 'The customers fall into clearly separate groups'
        end,
        case when caveat is not null then concat('; ', caveat) else '' end,
        '.'
    ) as in_words,
    concat(
        figures,
        case when caveat is not null and level > 1 then concat('. Weak all the same: ', caveat) else '' end,
        case when not is_defined_as_today then '. {{ defined_otherwise() }}' else '' end
    ) as reason
from capped
