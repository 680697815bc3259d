with customers as (
    select
        assignments.study,
        assignments.as_of_date,
        assignments.segment,
        coalesce(kpis.credit_score_band, 'unknown') as credit_score_band,
        coalesce(kpis.risk_level, 'unknown') as risk_level,
        count(*) as customers
    from {{ ref('segment_assignments') }} as assignments
    left join {{ ref('customer_kpis') }} as kpis
        on assignments.customer_id = kpis.customer_id
        and assignments.as_of_date = kpis.as_of_date
    group by 1, 2, 3, 4, 5
)

select
    customers.study,
    customers.as_of_date,
    customers.segment,
    names.persona,
    customers.credit_score_band,
    coalesce(bands.position, 0) as band_position,
    customers.risk_level,
    customers.customers,
    round(
        customers.customers
        / sum(customers.customers) over (partition by customers.study, customers.as_of_date, customers.segment),
        6
    ) as share_of_segment,
    names.has_structure
from customers
left join {{ ref('segment_names') }} as names
    on customers.study = names.study
    and customers.segment = names.segment
left join {{ ref('kpi_bands') }} as bands
    on bands.kpi = 'credit_score'
    and customers.credit_score_band = bands.band
