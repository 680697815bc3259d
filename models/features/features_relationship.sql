{{ config(materialized='view') }}

select
    customer_id,
    as_of_date,

    age,
    income,
    credit_score,
    account_tenure,
    monthly_spending,
    transaction_frequency,
    avg_account_balance,
    num_products,
    app_usage_score,
    support_calls,

    {{ ratio('monthly_spending * 12', 'income') }} as spending_ratio,
    app_usage_score * 2 - support_calls as engagement_score,
    {{ clv_proxy('avg_account_balance', 'account_tenure') }} as clv_proxy
from {{ ref('stg_bank_customers') }}
