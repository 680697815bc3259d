-- What became of the customers with a flag: a flag says what was seen, and only this says whether it says more.
with flagged as (
    select
        kpis.customer_id,
        kpis.as_of_date,
        dates.next_date,
        kpis.spend_fell as is_flagged
    from {{ ref('customer_kpis') }} as kpis
    inner join {{ ref('bank_dates') }} as dates
        on kpis.as_of_date = dates.as_of_date
        and dates.next_date is not null
    where kpis.spend_fell is not null
),

counted as (
    select
        flagged.as_of_date as from_date,
        flagged.next_date as to_date,
        count(*) filter (where flagged.is_flagged) as segment_customers,
        count(*) filter (where flagged.is_flagged and later.customer_id is null) as customers,
        count(*) filter (where later.customer_id is null) as group_customers,
        count(*) as all_customers
    from flagged
    left join {{ ref('customer_dates') }} as later
        on flagged.customer_id = later.customer_id
        and flagged.next_date = later.as_of_date
    group by flagged.as_of_date, flagged.next_date
),

-- the flagged are to all customers what a segment is, and who left a group
compared as (
    {{ ratios_to_the_population('counted') }}
)

select
    'spend_fell' as flag,
    from_date,
    to_date,
    segment_customers as flagged,
    customers as came_true,
    round(p, 6) as came_true_share,
    all_customers - segment_customers as others,
    group_customers - customers as others_came_true,
    round(q, 6) as others_came_true_share,
    case when group_customers > 0 then round(ratio, 6) end as lift,
    case when group_customers > 0 then round(ratio_lower, 6) end as lift_lower,
    case when group_customers > 0 then round(ratio_upper, 6) end as lift_upper
from compared
