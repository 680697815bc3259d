-- What the scores of a date are made of: its features, the model in force, and the names of its segments.
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
)

select
    dates.study,
    dates.as_of_date,
    md5(concat(stamps.stamp, models.registration, ' ', models.model_version, ' ', models.segments, ' ', models.has_structure, names.names, (
        select string_agg(own.said, ' ' order by own.said)
        from own
        where coalesce(own.as_of_date, dates.as_of_date) <= dates.as_of_date
    ))) as stamp
from {{ ref('study_dates') }} as dates
inner join {{ ref('study_stamps') }} as stamps
    on dates.study = stamps.study
    and dates.as_of_date = stamps.as_of_date
left join {{ ref('segment_models') }} as models on dates.study = models.study
left join names on dates.study = names.study
