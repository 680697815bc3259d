{% set new = by_date('scored_bank_dates') -%}

{%- set parts = ['stayed', 'left', 'joined', 'others'] -%}
with totals as (
    select
        as_of_date,
        count(*) as customers,
        {{ sample_bound(var('median_rows'), 'count(*)') }} as bound
    from {{ ref('segment_combinations') }}
    where {{ is_to_write(new, 'as_of_date') }}
    group by as_of_date
),

figures as (
    select
        totals.as_of_date,
        totals.customers,
        {{ kpi_figures(in_sample('everybody.customer_id', 'totals.bound')) }}
    from {{ ref('segment_combinations') }} as everybody
    inner join totals on everybody.as_of_date = totals.as_of_date
    left join {{ ref('customer_kpis') }} as kpis
        on everybody.customer_id = kpis.customer_id
        and everybody.as_of_date = kpis.as_of_date
    group by totals.as_of_date, totals.customers
),

customers_before as (
    select
        everybody.customer_id,
        dates.as_of_date
    from {{ ref('segment_combinations') }} as everybody
    inner join {{ ref('bank_dates') }} as dates on everybody.as_of_date = dates.date_before
    where {{ is_to_write(new, 'dates.as_of_date') }}
),

today as (
    select *
    from {{ ref('segment_combinations') }}
    where {{ is_to_write(new, 'as_of_date') }}
),

activity as (
    select *
    from {{ ref('customer_activity') }}
    where {{ is_to_write(new, 'as_of_date') }}
),

-- whoever is a customer, was one at the date before, or spent in between: those who left have no key figures any more
people as (
    select
        coalesce(today.as_of_date, before.as_of_date, activity.as_of_date) as as_of_date,
        case
            when today.customer_id is not null and before.customer_id is not null then 'stayed'
            when today.customer_id is not null then 'joined'
            when before.customer_id is not null then 'left'
            else 'others'
        end as part,
        {{ spend_of_all_groups('activity') }} - activity.recent_spend as earlier_spend,
        activity.recent_spend
    from today
    full join customers_before as before
        on today.customer_id = before.customer_id
        and today.as_of_date = before.as_of_date
    full join activity
        on coalesce(today.customer_id, before.customer_id) = activity.customer_id
        and coalesce(today.as_of_date, before.as_of_date) = activity.as_of_date
),

moves as (
    select
        as_of_date,
        {%- for part in parts %}
        count(*) filter (where part = '{{ part }}') as {{ part }}_customers,
        {%- for spend in ['earlier_spend', 'recent_spend'] %}
        {%- set of_part = "case when part = '" ~ part ~ "' then " ~ spend ~ " when " ~ spend ~ " is not null then 0 end" %}
        {{ total_of(of_part) }} as {{ part }}_{{ spend }},
        {%- endfor %}
        {%- endfor %}
        {{ total_of('earlier_spend') }} as everybodys_earlier_spend,
        {{ total_of('recent_spend') }} as everybodys_recent_spend
    from people
    group by as_of_date
),

compared as (
    select
        moves.*,
        dates.date_before
    from moves
    inner join {{ ref('bank_dates') }} as dates
        on moves.as_of_date = dates.as_of_date
        and dates.date_before is not null
)

select
    figures.as_of_date,
    figures.customers,
    figures.relationship_known_on,
    figures.credit_score_known_on,
    figures.card_known_on,
    figures.customers_with_clv,
    figures.clv_mean,
    figures.clv_median,
    figures.clv_total,
    figures.credit_score_mean,
    figures.low_credit_score_share,
    figures.app_usage_mean,
    figures.digital_share,
    figures.support_calls_mean,
    figures.high_support_share,
    figures.customers_with_card,
    figures.card_revenue_mean,
    figures.interchange_total,
    figures.interest_total,
    figures.cash_advance_fees_total,
    figures.card_revenue_total,
    figures.earlier_spend,
    figures.recent_spend,
    {{ spend_change('figures.recent_spend', 'figures.earlier_spend') }} as customers_spend_change,
    figures.spend_fell_share,
    moves.everybodys_earlier_spend,
    moves.everybodys_recent_spend,
    {{ spend_change('moves.everybodys_recent_spend', 'moves.everybodys_earlier_spend') }} as everybodys_spend_change,
    compared.date_before,
    compared.stayed_customers,
    compared.stayed_earlier_spend,
    compared.stayed_recent_spend,
    compared.left_customers,
    compared.left_earlier_spend,
    compared.left_recent_spend,
    compared.joined_customers,
    compared.joined_earlier_spend,
    compared.joined_recent_spend,
    compared.others_earlier_spend,
    compared.others_recent_spend
from figures
left join moves on figures.as_of_date = moves.as_of_date
left join compared on figures.as_of_date = compared.as_of_date
