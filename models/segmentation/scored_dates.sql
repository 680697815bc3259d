{%- set keeps = var('keep_scores') and not should_full_refresh() -%}
-- What the scores of a date are made of: its features, the model in force, and the names of its segments. With var keep_scores a date
-- before the one that the model was fitted on keeps what another model has written, until its extracts say something else.
with names as (
    select
        study,
        string_agg(concat(segment, ' ', persona, ' ', has_structure), ', ' order by segment) as names
    from {{ ref('segment_names') }}
    group by study
),

-- own extracts say protected groups, also to studies that do not read them
own as (
    select
        as_of_date,
        concat(extract, {{ rows_fingerprint('rows') }}) as said
    from {{ ref('checked_own_extracts') }} as rows  -- noqa: AL05
    where rejection_reason is null
    group by extract, as_of_date
),

-- the model that scored a date last, and what the date's extracts held then: the first two words of its stamp
scored as (
    select
        part as study,
        as_of_date,
        try_cast(split_part(stamp, ' ', 1) as integer) as registration,
        split_part(stamp, ' ', 2) as contents
    from {{ built_dates() }}
    where
        model = 'segment_assignments'
        and {{ 'true' if keeps else 'false' }}
),

dates as (
    select
        dates.study,
        dates.as_of_date,
        stamps.contents,
        models.registration,
        case
            when dates.as_of_date < models.fitted_as_of and not dates.is_latest and scored.contents = stamps.contents
                then scored.registration
        end as scored_by,
        md5(concat(stamps.stamp, models.model_version, ' ', models.segments, ' ', models.has_structure, names.names, (
            select string_agg(own.said, ' ' order by own.said)
            from own
            where coalesce(own.as_of_date, dates.as_of_date) <= dates.as_of_date
        ))) as hash
    from {{ ref('study_dates') }} as dates
    inner join {{ ref('study_stamps') }} as stamps
        on dates.study = stamps.study
        and dates.as_of_date = stamps.as_of_date
    left join {{ ref('segment_models') }} as models on dates.study = models.study
    left join names on dates.study = names.study
    left join scored
        on dates.study = scored.study
        and dates.as_of_date = scored.as_of_date
)

select
    study,
    as_of_date,
    coalesce(scored_by, registration) as registration,
    case
        when scored_by <> registration then 'kept'
        else concat(coalesce(registration, 0), ' ', contents, ' ', hash)
    end as stamp
from dates
