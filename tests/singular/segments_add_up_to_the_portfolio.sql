-- Customers, shares, the total CLV and card revenue of the segments against those of all customers, in every mart that has them.
with portfolio as (
    select
        assignments.study,
        assignments.as_of_date,
        count(*) as customers,
        cast(sum({{ exact('kpis.clv_proxy') }}) as double) as clv_total,
        cast(sum({{ exact('kpis.card_revenue') }}) as double) as card_revenue_total
    from {{ ref('segment_assignments') }} as assignments
    left join {{ ref('customer_kpis') }} as kpis
        on assignments.customer_id = kpis.customer_id
        and assignments.as_of_date = kpis.as_of_date
    where {{ is_of_this_build(ref('segment_kpis'), 'assignments.') }}
    group by assignments.study, assignments.as_of_date
),

kpis as (
    select
        study,
        as_of_date,
        sum(customers) as customers,
        sum(share) as share,
        sum(clv_total) as clv_total,
        sum(card_revenue_total) as card_revenue_total,
        0.01 * count(*) as tolerance
    from {{ ref('segment_kpis') }}
    group by study, as_of_date
),

bands as (
    select
        study,
        as_of_date,
        sum(customers) as customers
    from {{ ref('credit_risk_distribution') }}
    group by study, as_of_date
)

select portfolio.*
from portfolio
left join kpis
    on portfolio.study = kpis.study
    and portfolio.as_of_date = kpis.as_of_date
left join bands
    on portfolio.study = bands.study
    and portfolio.as_of_date = bands.as_of_date
where
    portfolio.customers is distinct from kpis.customers
    or portfolio.customers is distinct from bands.customers
    or (abs(kpis.share - 1) < 0.0001) is distinct from true
    or abs(coalesce(portfolio.clv_total, 0) - coalesce(kpis.clv_total, 0)) > kpis.tolerance
    or abs(coalesce(portfolio.card_revenue_total, 0) - coalesce(kpis.card_revenue_total, 0)) > kpis.tolerance
