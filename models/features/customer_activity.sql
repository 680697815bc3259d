{{ config(post_hook="{{ insert_other_partitions('customer_id') }}") }}

-- One scan of the transactions for all as_of_dates. A transaction counts at a date if it was made in the months before and
-- booked by then; what was given back by then is taken off, and one that was given back in full counts nowhere.
with windows as (
    select distinct
        as_of_date,
        {%- for month in range(1, var('window_months')) %}
        {{ first_day_of_months('as_of_date', month) }} as first_day_{{ month }},
        {%- endfor %}
        {{ first_day_of_months('as_of_date', var('window_months') // 2) }} as first_recent_day,
        {{ first_day_of_months('as_of_date', var('window_months')) }} as first_day
    from {{ ref('customer_dates') }}
),

transactions as (
    select
        customer_id,
        transaction_id,
        transacted_at,
        cast(transacted_at as date) as day,
        coalesce(booked_on, cast(transacted_at as date)) as booked_on,
        {{ exact('amount') }} as amount,
        category,
        kind,
        reverses
    from {{ ref('stg_card_transactions') }}
    where {{ in_partition('customer_id') }}
),

reversed as (
    select
        transactions.customer_id,
        transactions.reverses as transaction_id,
        windows.as_of_date,
        sum(transactions.amount) as given_back
    from transactions
    inner join windows on transactions.booked_on <= windows.as_of_date
    where transactions.reverses is not null
    group by transactions.customer_id, transactions.reverses, windows.as_of_date
),

counted as (
    select
        transactions.customer_id,
        windows.as_of_date,
        transactions.day,
        transactions.kind,
        case
            when transactions.kind in ('purchase', 'instalment_purchase') then coalesce(categories.category_group, 'other')
        end as category_group,
        transactions.amount - coalesce(reversed.given_back, 0) as amount,
        transactions.kind in ('purchase', 'instalment_purchase', 'cash_advance') as is_use,
        transactions.day >= windows.first_recent_day as is_recent,
        {{ is_weekend('transactions.transacted_at') }} as on_weekend,
        {{ is_night('transactions.transacted_at') }} as at_night,
        {{ months_back('transactions.day', 'windows') }} as month
    from transactions
    inner join windows
        on transactions.day >= windows.first_day
        and transactions.day <= windows.as_of_date
        and transactions.booked_on <= windows.as_of_date
    left join reversed
        on transactions.customer_id = reversed.customer_id
        and transactions.transaction_id = reversed.transaction_id
        and windows.as_of_date = reversed.as_of_date
    left join {{ ref('merchant_categories') }} as categories on transactions.category = categories.category
    where
        (transactions.reverses is null or transactions.kind = 'refund')
        and (reversed.given_back is null or reversed.given_back < transactions.amount)
)

select
    customer_id,
    as_of_date,
    {%- for group in category_groups() %}
    coalesce(sum(amount) filter (where category_group = '{{ group }}'), 0) as {{ group }}_spend,
    {%- endfor %}
    coalesce(sum(amount) filter (where category_group is not null and is_recent), 0) as recent_spend,
    coalesce(sum(amount) filter (where kind = 'instalment_purchase'), 0) as instalment_spend,
    coalesce(sum(amount) filter (where kind = 'cash_advance'), 0) as cash_advances,
    coalesce(sum(amount) filter (where kind = 'refund'), 0) as refunds,
    count(category_group) as purchases,
    count(*) filter (where is_use) as uses,
    count(*) filter (where is_use and on_weekend) as weekend_uses,
    count(*) filter (where is_use and at_night) as night_uses,
    {{ count_small_where('month', 'is_use') }} as active_months,
    max(day) filter (where is_use) as last_day
from counted
group by customer_id, as_of_date
