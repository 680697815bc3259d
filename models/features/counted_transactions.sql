{{ config(materialized='view') }}

-- Which transactions count at an as_of_date, and with which amount. What is small is joined before the days, while DuckDB still knows
-- how many transactions there are: else it builds its hash tables on them. So a transaction of which something is given back comes once for
-- each as_of_date, and keeps its own when the days are joined.
with transactions as (
    select
        transactions.customer_id,
        transactions.transacted_at,
        cast(transactions.transacted_at as date) as day,
        {{ booking_day('transactions.') }} as booked_on,
        {{ exact('transactions.amount') }} as amount,
        coalesce(transactions.category, 'none') as category,
        coalesce(categories.category_group, 'other') as category_group,
        transactions.kind,
        reversed.as_of_date as given_back_by,
        coalesce(reversed.given_back, 0) as given_back
    from {{ ref('stg_card_transactions') }} as transactions
    left join {{ ref('given_back') }} as reversed
        on transactions.customer_id = reversed.customer_id
        and transactions.transaction_id = reversed.transaction_id
    left join {{ ref('merchant_categories') }} as categories
        on coalesce(transactions.category, 'none') = categories.category
    where transactions.reverses is null or transactions.kind = 'refund'
),

dated as (
    select
        transactions.customer_id,
        days.as_of_date,
        days.day,
        days.month,
        transactions.transacted_at,
        transactions.kind,
        transactions.category,
        transactions.category_group,
        transactions.amount,
        transactions.given_back
    from transactions
    inner join {{ ref('window_days') }} as days
        on transactions.day = days.day
        and transactions.booked_on <= days.as_of_date
        and coalesce(transactions.given_back_by, days.as_of_date) = days.as_of_date
)

select
    customer_id,
    as_of_date,
    transacted_at,
    day,
    kind,
    kind in ('purchase', 'instalment_purchase') as is_purchase,
    kind in ('purchase', 'instalment_purchase', 'cash_advance') as is_use,
    category,
    category_group,
    amount - given_back as amount,
    month
from dated
where given_back = 0 or given_back < amount
