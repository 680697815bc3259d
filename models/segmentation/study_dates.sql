-- The only place that says which date of a study is the latest.
with judged as (
    select
        counted.*,
        stamps.stamp,
        counted.customers >= {{ var('min_date_share') }} * max(counted.customers) over (partition by counted.study) as is_complete
    from {{ ref('study_customers') }} as counted
    inner join {{ ref('study_stamps') }} as stamps
        on counted.study = stamps.study
        and counted.as_of_date = stamps.as_of_date
)

select
    study,
    as_of_date,
    customers,
    is_complete,
    stamp,
    coalesce(as_of_date = max(as_of_date) filter (where is_complete) over (partition by study), false) as is_latest
from judged
