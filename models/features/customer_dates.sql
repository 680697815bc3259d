-- Who is a customer, and when: whoever any dated extract lists.
with listed as (
    {% for extract in dated_extracts() -%}
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
        {{ date_of_transactions('customer_id') }} as as_of_date
    from {{ ref('stg_card_transactions') }}
    where
        not exists (select 1 from listed)
        and cast(transacted_at as date) <= coalesce({{ date_given() }}, cast(transacted_at as date))
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
