{{ config(materialized='view') }}

-- The protected groups of every customer, from whichever extract knows them.
select
    dates.customer_id,
    dates.as_of_date,
    age_band.band as age_band,
    demographics.gender,
    demographics.marital_status
from {{ ref('customer_dates') }} as dates
left join {{ ref('stg_customer_demographics') }} as demographics
    on dates.customer_id = demographics.customer_id
    and dates.as_of_date = demographics.as_of_date
left join {{ ref('stg_bank_customers') }} as bank
    on dates.customer_id = bank.customer_id
    and dates.as_of_date = bank.as_of_date
left join {{ ref('stg_financial_profiles') }} as profiles
    on dates.customer_id = profiles.customer_id
    and dates.as_of_date = profiles.as_of_date
{{ join_band('age_band', 'coalesce(demographics.age, bank.age, profiles.age)') }}
