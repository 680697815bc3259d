{{ config(materialized='view') }}

select
    customer_id,
    as_of_date,
    age,
    gender,
    income,
    education,
    marital_status,
    dependents,
    region,
    occupation,
    customer_since
from {{ ref('checked_customer_demographics') }}
where rejection_reason is null
