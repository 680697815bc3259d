{{ config(materialized='view') }}

-- Which transactions count at an as_of_date, and with which amount. What is small is joined before the days, while DuckDB still knows
-- how many transactions there are: else it builds its hash tables on them.
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
        reversed.given_back,
        reversed.given_back_on
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
        case when transactions.given_back_on <= days.as_of_date then transactions.given_back end as given_back
    from transactions
    inner join {{ ref('window_days') }} as days
        on transactions.day = days.day
        and transactions.booked_on <= days.as_of_date
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
    amount - coalesce(given_back, 0) as amount,
    month
from dated
where given_back is null or given_back < amount
