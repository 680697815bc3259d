-- The card transaction extract: the events with kind, category and amount in the archetype's mix, and refunds.
-- A refund has the number of the purchase that it reverses + 500, a second one + 900. With two, the first gives back about a third of
-- the amount, the second, two to three months later, another part.

create or replace temp view card_transactions as
with chosen as (
    select
        t.*,
        pick(k.options, k.cumulative, uniform(t.v, 8)) as kind,
        pick(c.options, c.cumulative, uniform(t.v, 9)) as merchant_category
    from card_events as t
    inner join archetype_choices as k on t.archetype = k.archetype and k.choice = 'kind'
    inner join archetype_choices as c on t.archetype = c.archetype and c.choice = 'category'
),

priced as (
    select
        *,
        -- Payments and fees have no merchant, hence no category.
        case
            when kind in ('payment', 'fee') then null
            when kind = 'cash_advance' then 'cash'
            else merchant_category
        end as category,
        (0.01 + exp(0.35 * normal(w, 19) + 0.6 * normal(v, 10)) * case kind
            when 'fee' then 12
            when 'payment' then 5 * ticket_median
            when 'cash_advance' then cash_a_month_median / 2
            else ticket_median * case merchant_category
                when 'travel' then 3 when 'electronics' then 2.5 when 'home' then 2 when 'restaurants' then 0.6
                when 'groceries' then 0.8 when 'entertainment' then 0.6 else 1
            end
        end)::decimal(18, 2) as amount,
        -- Booked within three days; one in two hundred arrives late, up to 45 days.
        if(uniform(v, 11) < 0.005, 4 + floor(42 * uniform(v, 12)), floor(4 * pow(uniform(v, 12), 2)))::integer as delay
    from chosen
),

refunded as (
    select
        *,
        transacted_at + to_days(1 + floor(20 * uniform(v, 14))::integer) as refunded_at,
        amount >= 1
        and transaction_number % 1000 < 100
        and uniform(v, 16) < 0.4
        and transacted_at::date + 110 < last_day as is_refunded_twice
    from priced
    where
        kind in ('purchase', 'instalment_purchase')
        and uniform(v, 13) < 0.015
        and transacted_at::date + 20 < last_day
),

refunds as (
    select
        series,
        transaction_number + if(is_second, 900, 500) as transaction_number,
        customer_id,
        refunded_at + to_days(if(is_second, 60 + floor(30 * uniform(v, 17))::integer, 0)) as transacted_at,
        case
            when is_second then amount / 3 * (0.5 + uniform(v, 18))
            when is_refunded_twice then amount / 3
            else amount
        end::decimal(18, 2) as amount,
        category,
        'refund' as kind,
        delay,
        transaction_number as reverses
    from refunded
    cross join (values (false), (true)) as parts (is_second)
    where is_refunded_twice or not is_second
),

rows_of_both as (
    select * from refunds
    union all by name
    select
        series, transaction_number, customer_id, transacted_at, amount, category, kind, delay, null as reverses
    from priced
)

select
    series || lpad(transaction_number::varchar, getvariable('transaction_width'), '0') as transaction_id,
    customer_id,
    transacted_at,
    transacted_at::date + delay as booked_on,
    amount,
    category,
    kind,
    series || lpad(reverses::varchar, getvariable('transaction_width'), '0') as reverses
from rows_of_both;
