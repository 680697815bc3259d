-- What the scores of a date are made of: its features, the model in force, and the names of its segments.
with names as (
    select
        study,
        string_agg(concat(segment, ' ', persona, ' ', has_structure), ', ' order by segment) as names
    from {{ ref('segment_names') }}
    group by study
)

select
    dates.study,
    dates.as_of_date,
    md5(concat(dates.stamp, models.registration, ' ', models.model_version, ' ', models.segments, ' ', models.has_structure, names.names)) as stamp
from {{ ref('study_dates') }} as dates
left join {{ ref('segment_models') }} as models on dates.study = models.study
left join names on dates.study = names.study
