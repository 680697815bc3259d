-- The same of all studies at once, and of the date with which the bank's is compared.
with scored as (
    select
        as_of_date,
        md5(string_agg(concat(study, stamp), ' ' order by study)) as stamp
    from {{ ref('scored_dates') }}
    group by as_of_date
)

select
    scored.as_of_date,
    md5(concat(scored.stamp, dates.stamp_of_change, before.stamp)) as stamp
from scored
left join {{ ref('bank_dates') }} as dates on scored.as_of_date = dates.as_of_date
left join scored as before on dates.date_before = before.as_of_date
