-- The only place that says which date of a study is the latest.
with judged as (
    select
        *,
        customers >= {{ var('min_date_share') }} * max(customers) over (partition by study) as is_complete
    from {{ ref('study_customers') }}
)

select
    study,
    as_of_date,
    customers,
    is_complete,
    coalesce(as_of_date = max(as_of_date) filter (where is_complete) over (partition by study), false) as is_latest
from judged
