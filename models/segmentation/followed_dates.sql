-- What is known of a date and of the two after it, by which flags are tested.
select
    dates.as_of_date,
    md5(concat(now.stamp, dates.next_date, next_one.stamp, next_dates.next_date, second.stamp)) as stamp
from {{ ref('bank_dates') }} as dates
inner join {{ ref('scored_bank_dates') }} as now on dates.as_of_date = now.as_of_date
left join {{ ref('bank_dates') }} as next_dates on dates.next_date = next_dates.as_of_date
left join {{ ref('scored_bank_dates') }} as next_one on dates.next_date = next_one.as_of_date
left join {{ ref('scored_bank_dates') }} as second on next_dates.next_date = second.as_of_date
