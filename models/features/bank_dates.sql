{%- set half = var('window_months') // 2 -%}
-- What was delivered at which date. Dates are compared where the same extracts are complete: else who is in another one would seem to come
-- and go.
with dates as (
    select
        as_of_date,
        count(*) filter (where is_complete) as complete_extracts
    from {{ ref('extract_dates') }}
    group by as_of_date
),

pairs as (
    select
        these.as_of_date,
        others.as_of_date as other_date,
        count(*) as complete_in_both
    from {{ ref('extract_dates') }} as these
    inner join {{ ref('extract_dates') }} as others on these.extract = others.extract
    where these.is_complete and others.is_complete
    group by these.as_of_date, others.as_of_date
),

neighbours as (
    select
        pairs.as_of_date,
        max(pairs.other_date) filter (
            where pairs.complete_in_both = others.complete_extracts
            and pairs.other_date < {{ first_day_of_months('pairs.as_of_date', half) }}
        ) as date_before,
        min(pairs.other_date) filter (where pairs.other_date > pairs.as_of_date) as next_date
    from pairs
    inner join dates
        on pairs.as_of_date = dates.as_of_date
        and pairs.complete_in_both = dates.complete_extracts
    inner join dates as others on pairs.other_date = others.as_of_date
    group by pairs.as_of_date
)

select
    dates.as_of_date,
    dates.complete_extracts,
    neighbours.date_before,
    neighbours.next_date
from dates
left join neighbours on dates.as_of_date = neighbours.as_of_date
