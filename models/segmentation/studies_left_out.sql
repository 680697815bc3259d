-- Studies that cannot be segmented, and why: they are in no mart that knows segments, but in those that explore data.
-- Also those whose new fit was asked for in vain.
with with_customers as (
    select distinct study
    from {{ ref('study_dates') }}
),

in_force as (
    select study
    from {{ ref('model_registrations') }}
    where is_in_force
),

asked as (
    select
        study,
        segments
    from {{ ref('study_settings') }}
    -- a pin that cannot be stops the build
    where
        study not in ({{ sql_texts(pinned_versions()) }})
        and (study not in (select in_force.study from in_force) or {{ refit_asked('study') }})
),

sampled as (
    {{ sampled_customers('asked') }}
),

judged as (
    {{ reasons_not_to_fit('asked', 'sampled') }}
),

-- fitted, but not with so many segments as the study asks for: its customers, scaled, differ in fewer ways
fitted as (
    select
        settings.study,
        max(selection.segments) as segments,
        coalesce(bool_or(selection.is_chosen), false) as has_chosen
    from (
        select distinct
            study,
            model_version,
            settings_hash
        from {{ ref('training_sample') }}
    ) as samples
    inner join {{ ref('study_settings') }} as settings
        on samples.study = settings.study
        and samples.settings_hash = settings.settings_hash
    inner join {{ ref('k_selection') }} as selection
        on samples.study = selection.study
        and samples.model_version = selection.model_version
    group by settings.study
),

explained as (
    select
        settings.study,
        settings.study not in (select in_force.study from in_force) or with_customers.study is null as is_left_out,
        case
            when judged.reason is not null then judged.reason
            when with_customers.study is null
                then concat('Study ', settings.study, ' has no customers to score. Look at extract_counts and rejected_rows.')
            when settings.study in (select asked.study from asked) and not fitted.has_chosen
                then concat(
                    'Study ', settings.study, ' asks for ',
                    case when settings.segments = 'auto' then '2 or more' else settings.segments end,
                    ' segments, but its customers, scaled, differ in ', fitted.segments, ' ways only. Look at the features of the study.'
                )
        end as reason
    from {{ ref('study_settings') }} as settings
    left join with_customers on settings.study = with_customers.study
    left join judged on settings.study = judged.study
    left join fitted on settings.study = fitted.study
)

select
    study,
    is_left_out,
    reason
from explained
where reason is not null
