{%- set dated = ['bank_customers', 'card_usage', 'customer_demographics', 'financial_profiles'] -%}
-- Who is a customer, and when: whoever any dated extract lists.
with listed as (
    {% for extract in dated -%}
    select
        customer_id,
        as_of_date
    from {{ ref('stg_' ~ extract) }}
    {% if not loop.last %}union distinct{% endif %}
    {% endfor %}
),

-- With card transactions alone: whoever has one up to var as_of_date.
active as (
    select distinct
        customer_id,
        {% if var('as_of_date') -%}
        cast('{{ var('as_of_date') }}' as date)
        {%- else -%}
        {{ stop("concat('Extract card_transactions has rows (such as one of customer ', customer_id, '), but no extract says at which dates to look at "
            ~ "them. Give an extract with an as_of_date, or set it: --vars ''{as_of_date: 2025-06-30}''.')") }}
        {%- endif %} as as_of_date
    from {{ ref('stg_card_transactions') }}
    where
        not exists (select 1 from listed)
        {%- if var('as_of_date') %}
        and cast(transacted_at as date) <= cast('{{ var('as_of_date') }}' as date)
        {%- endif %}
)

select
    customer_id,
    as_of_date
from listed
union all
select
    customer_id,
    as_of_date
from active
