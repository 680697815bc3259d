{%- set attributes = {'age': 'age_band', 'gender': 'gender', 'marital status': 'marital_status'} -%}
-- Who is in a segment, by protected group, against everybody in the study.
with people as (
    select
        dates.customer_id,
        dates.as_of_date,
        age_band.band as age_band,
        age_band.position as age_band_position,
        demographics.gender,
        1 as gender_position,
        demographics.marital_status,
        1 as marital_status_position
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
),

-- few rows, whatever the number of customers
crowds as (
    select
        assignments.study,
        assignments.as_of_date,
        assignments.segment,
        {%- for column in attributes.values() %}
        people.{{ column }},
        people.{{ column }}_position,
        {%- endfor %}
        count(*) as customers
    from {{ ref('segment_assignments') }} as assignments
    left join people
        on assignments.customer_id = people.customer_id
        and assignments.as_of_date = people.as_of_date
    group by all
),

cells as (
    {% for attribute, column in attributes.items() -%}
    select
        study,
        as_of_date,
        segment,
        '{{ attribute }}' as attribute,
        coalesce({{ column }}, 'unknown') as group_name,
        min(case when {{ column }} is not null then {{ column }}_position end) as group_order,
        sum(customers) as customers
    from crowds
    group by study, as_of_date, segment, coalesce({{ column }}, 'unknown')
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)
select * from cells
