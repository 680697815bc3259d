{{ config(materialized='view') }}

select
    customer_id,
    as_of_date,
    age,
    annual_income,
    credit_score,
    loan_amount,
    investment
from {{ ref('checked_financial_profiles') }}
where rejection_reason is null
