{{ config(materialized='view') }}

select
    customer_id,
    as_of_date,
    age,
    annual_income,
    credit_score,
    loan_amount,
    investment
from {{ ref('stg_financial_profiles') }}
