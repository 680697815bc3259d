{{ config(materialized='view') }}

-- Every customer of a date, those without a transaction with zeros.
with activity as (
    select
        customers.customer_id,
        customers.as_of_date,
        {% for group in category_groups() -%}
        cast(coalesce(activity.{{ group }}_spend, 0) as double) as {{ group }}_spend,
        {% endfor -%}
        cast(coalesce({{ spend_of_all_groups('activity') }}, 0) as double) as spend,
        cast(coalesce(activity.recent_spend, 0) as double) as recent_spend,
        cast(coalesce(activity.instalment_spend, 0) as double) as instalment_spend,
        cast(coalesce(activity.cash_advances, 0) as double) as cash_advances,
        cast(coalesce(activity.refunds, 0) as double) as refunds,
        coalesce(activity.purchases, 0) as purchases,
        coalesce(activity.uses, 0) as uses,
        coalesce(activity.weekend_uses, 0) as weekend_uses,
        coalesce(activity.night_uses, 0) as night_uses,
        coalesce(activity.active_months, 0) as active_months,
        coalesce(activity.last_day, {{ first_day_of_months('customers.as_of_date', var('window_months')) }} - 1) as last_day
    from {{ ref('customer_dates') }} as customers
    left join {{ ref('customer_activity') }} as activity
        on customers.customer_id = activity.customer_id
        and customers.as_of_date = activity.as_of_date
)

select
    customer_id,
    as_of_date,

    spend / {{ var('window_months') }} as spend_per_month,
    uses / {{ var('window_months') }} as uses_per_month,
    {{ share_of('spend', 'purchases') }} as average_ticket,
    active_months / {{ var('window_months') }} as active_months_share,
    {{ days_between('last_day', 'as_of_date') }} as days_since_last_use,

    {% for group in category_groups() -%}
    {{ share_of(group ~ '_spend', 'spend') }} as {{ group }}_share,
    {% endfor %}
    {{ share_of('instalment_spend', 'spend') }} as instalment_share,
    {{ share_of('cash_advances', '(spend + cash_advances)') }} as cash_advance_share,
    {{ share_of('refunds', '(spend + refunds)') }} as refund_share,
    {{ share_of('weekend_uses', 'uses') }} as weekend_share,
    {{ share_of('night_uses', 'uses') }} as night_share,
    {{ trend('spend - recent_spend', 'recent_spend') }} as spend_trend,

    spend,
    purchases,
    cash_advances
from activity
