{% set new = by_date('bank_dates') -%}

-- Who is a customer, and when: whoever any dated extract lists.
with listed as (
    {% for extract in dated_extracts() -%}
    select
        customer_id,
        as_of_date
    from {{ ref('stg_' ~ extract) }}
    where {{ is_to_write(new, 'as_of_date') }}
    {% if not loop.last %}union distinct{% endif %}
    {% endfor %}
),

-- With card transactions alone: whoever has one up to the date.
active as (
    select distinct
        transactions.customer_id,
        dates.as_of_date
    from {{ ref('stg_card_transactions') }} as transactions
    inner join {{ ref('bank_dates') }} as dates
        on dates.is_of_transactions
        and cast(transactions.transacted_at as date) <= dates.as_of_date
    where {{ is_to_write(new, 'dates.as_of_date') }}
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
