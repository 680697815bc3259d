{{ config(materialized='view') }}

-- Which transactions count at an as_of_date, and with which amount.
with windows as (
    select distinct
        as_of_date,
        {%- for month in range(1, var('window_months')) %}
        {{ first_day_of_months('as_of_date', month) }} as first_day_{{ month }},
        {%- endfor %}
        {{ first_day_of_months('as_of_date', var('window_months')) }} as first_day
    from {{ ref('customer_dates') }}
),

-- what was given back of a transaction, and since when all of it was
reversed as (
    select
        customer_id,
        reverses as transaction_id,
        max({{ booking_day('') }}) as given_back_on,
        sum({{ exact('amount') }}) as given_back
    from {{ ref('stg_card_transactions') }}
    where reverses is not null
    group by customer_id, reverses
),

-- joined before the windows, while DuckDB still knows which side is the small one
transactions as (
    select
        transactions.customer_id,
        transactions.transacted_at,
        cast(transactions.transacted_at as date) as day,
        {{ booking_day('transactions.') }} as booked_on,
        {{ exact('transactions.amount') }} as amount,
        transactions.category,
        transactions.kind,
        reversed.given_back,
        reversed.given_back_on
    from {{ ref('stg_card_transactions') }} as transactions
    left join reversed
        on transactions.customer_id = reversed.customer_id
        and transactions.transaction_id = reversed.transaction_id
    where transactions.reverses is null or transactions.kind = 'refund'
),

dated as (
    select
        transactions.customer_id,
        windows.as_of_date,
        transactions.transacted_at,
        transactions.day,
        transactions.kind,
        transactions.category,
        transactions.amount,
        case when transactions.given_back_on <= windows.as_of_date then transactions.given_back end as given_back,
        {{ months_back('transactions.day', 'windows') }} as month
    from transactions
    inner join windows
        on transactions.day >= windows.first_day
        and transactions.day <= windows.as_of_date
        and transactions.booked_on <= windows.as_of_date
)

select
    dated.customer_id,
    dated.as_of_date,
    dated.transacted_at,
    dated.day,
    dated.kind,
    dated.kind in ('purchase', 'instalment_purchase') as is_purchase,
    dated.kind in ('purchase', 'instalment_purchase', 'cash_advance') as is_use,
    dated.category,
    coalesce(categories.category_group, 'other') as category_group,
    dated.amount - coalesce(dated.given_back, 0) as amount,
    dated.month
from dated
left join {{ ref('merchant_categories') }} as categories on dated.category = categories.category
where dated.given_back is null or dated.given_back < dated.amount
