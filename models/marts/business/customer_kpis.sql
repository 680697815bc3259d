select
    customers.customer_id,
    customers.as_of_date,
    round({{ clv_proxy('customers.avg_account_balance', 'customers.account_tenure') }}, 2) as clv_proxy,
    customers.credit_score,
    credit_score.band as credit_score_band,
    risk_level.band as risk_level,
    customers.app_usage_score,
    digital_adoption.band as digital_adoption,
    customers.support_calls,
    support_load.band as support_load
from {{ ref('stg_bank_customers') }} as customers
{{ join_band('credit_score', 'customers.credit_score') }}
{{ join_band('risk_level', 'customers.credit_score') }}
{{ join_band('digital_adoption', 'customers.app_usage_score') }}
{{ join_band('support_load', 'customers.support_calls') }}
