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
    support_calls
from {{ ref('checked_bank_customers') }}
where rejection_reason is null
