{{ config(materialized='view') }}

with customers as (
    select
        demographics.customer_id,
        demographics.as_of_date,
        demographics.age,
        demographics.income,
        education.level as education_level,
        demographics.dependents,
        demographics.customer_since,
        demographics.marital_status,
        demographics.gender,
        case
            when demographics.occupation is not null then coalesce(occupations.occupation_group, 'other_occupation')
        end as occupation_group
    from {{ ref('stg_customer_demographics') }} as demographics
    left join {{ ref('ordinal_levels') }} as education
        on education.attribute = 'education'
        and demographics.education = education.category
    left join {{ ref('occupation_groups') }} as occupations on demographics.occupation = occupations.occupation
)

select
    customer_id,
    as_of_date,

    age,
    income,
    education_level,
    dependents,
    {{ days_between('customer_since', 'as_of_date') }} / 365.25 as years_with_bank,

    {% for status in ['single', 'married', 'divorced', 'widowed'] -%}
    {{ is_category('marital_status', status) }} as is_{{ status }},
    {% endfor %}
    {% for group in ['employed', 'managerial', 'self_employed', 'in_education', 'retired', 'not_working', 'other_occupation'] -%}
    {{ is_category('occupation_group', group) }} as is_{{ group }},
    {% endfor %}
    {{ is_category('gender', 'female') }} as is_female
from customers
