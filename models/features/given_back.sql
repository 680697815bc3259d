{% set new = by_date('bank_dates') -%}

-- What other transactions give back of one by each as_of_date: nothing at those before. A table, so that DuckDB knows how few they are
-- when it joins them.
with dates as (
    select as_of_date
    from {{ ref('bank_dates') }}
    where {{ is_to_write(new, 'as_of_date') }}
),

reversals as (
    select
        customer_id,
        reverses as transaction_id,
        {{ exact('amount') }} as amount,
        {{ booking_day('') }} as booked_on
    from {{ ref('stg_card_transactions') }}
    where reverses is not null
)

select
    reversals.customer_id,
    reversals.transaction_id,
    dates.as_of_date,
    coalesce(sum(reversals.amount) filter (where reversals.booked_on <= dates.as_of_date), 0) as given_back
from reversals
cross join dates
group by reversals.customer_id, reversals.transaction_id, dates.as_of_date
