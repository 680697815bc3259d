-- The days whose transactions count at an as_of_date. A day is looked up in it: a join by a range of days takes ten times as long.
with months as (
    select
        dates.as_of_date,
        numbers.number as month,
        {{ first_day_of_months('dates.as_of_date', 'numbers.number + 1') }} as first_day,
        {{ first_day_of_months('dates.as_of_date', 'numbers.number') }} as next_day
    from {{ ref('bank_dates') }} as dates,
        {{ whole_numbers(0, var('window_months') - 1, 'numbers') }}
)

select
    months.as_of_date,
    days.day,
    cast(months.month as integer) as month
from months,
    {{ days_from_to('months.first_day', 'months.next_day', 'days') }}
