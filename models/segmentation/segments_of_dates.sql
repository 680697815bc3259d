{% set new = by_date('scored_dates', part='study') -%}
-- The segments of each date as they were numbered and named when it was scored: of a date that keeps its scores, those of an earlier model.
select
    dates.study,
    dates.as_of_date,
    names.segment,
    names.persona,
    names.theme,
    names.has_structure,
    names.model_version
from {{ ref('scored_dates') }} as dates
inner join {{ ref('segment_names') }} as names on dates.study = names.study
where {{ is_to_write(new, 'dates.as_of_date', 'dates.study') }}
