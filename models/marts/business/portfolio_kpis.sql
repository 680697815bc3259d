with totals as (
    select
        as_of_date,
        count(*) as customers
    from {{ ref('segment_combinations') }}
    group by as_of_date
),

figures as (
    select
        totals.as_of_date,
        totals.customers,
        {{ kpi_figures(in_hash_sample('everybody.customer_id', var('median_rows'), 'totals.customers')) }}
    from {{ ref('segment_combinations') }} as everybody
    inner join totals on everybody.as_of_date = totals.as_of_date
    left join {{ ref('customer_kpis') }} as kpis
        on everybody.customer_id = kpis.customer_id
        and everybody.as_of_date = kpis.as_of_date
    group by totals.as_of_date, totals.customers
)

select
    as_of_date,
    customers,
    customers_with_clv,
    clv_mean,
    clv_median,
    clv_total,
    credit_score_mean,
    high_risk_share,
    app_usage_mean,
    digital_share,
    support_calls_mean,
    high_support_share,
    customers_with_card,
    card_revenue_mean,
    interchange_total,
    interest_total,
    cash_advance_fees_total,
    card_revenue_total,
    earlier_spend,
    recent_spend,
    {{ spend_change('recent_spend', 'earlier_spend') }} as spend_change,
    spend_fell_share
from figures
