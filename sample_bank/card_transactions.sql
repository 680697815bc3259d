-- The card transaction extract: one row an event between 2024-07-01 and 2025-06-30, in the archetype's mix of kinds,
-- categories, hours and weekdays. Event k of n falls into the k-th of n equal parts of the customer's time,
-- so that ids follow time within a customer without a sort.

create or replace temp view card_events as
with counted as (
    select
        *,
        greatest(date '2024-07-01', customer_since) as first_day,
        case last_date when 0 then date '2024-12-31' when 1 then date '2025-03-31' else date '2025-06-30' end as last_day,
        least(400, greatest(1, round(card_events_a_year * exp(0.45 * normal(w[18])))))::integer as events_a_year
    from customers
),

listed as (
    select
        *,
        datediff('day', first_day, last_day) + 1 as n_days,
        unnest(range(1, 1 + greatest(1, round(events_a_year * (datediff('day', first_day, last_day) + 1) / 365)::integer)))
            as event_number,
        greatest(1, round(events_a_year * (datediff('day', first_day, last_day) + 1) / 365)::integer) as n_events
    from counted
),

drawn as (
    select
        *,
        words(stream(customer_key, 5000 + event_number), 15) as v
    from listed
),

placed as (
    select
        *,
        first_day + floor(n_days * (event_number - 1 + uniform(v[1])) / n_events)::integer as any_day,
        uniform(v[2]) < weekend_share as on_weekend,
        case
            when uniform(v[3]) < night_share then (20 + floor(8 * uniform(v[4]))::integer) % 24
            else 7 + floor(6.5 * (uniform(v[4]) + uniform(v[5])))::integer
        end as at_hour
    from drawn
)

select
    customer_number * 1000 + event_number as transaction_number,
    customer_id,
    -- Each event is one of the archetype or of the second one, as the customer is blended.
    if(uniform(v[15]) < step / 20, second_archetype, archetype) as archetype,
    -- Move to a weekend or a weekday of the same week, within the customer's time.
    greatest(first_day, least(last_day, date_trunc('week', any_day)::date + if(
        on_weekend, 5 + floor(2 * uniform(v[6]))::integer, floor(5 * uniform(v[6]))::integer
    ))) + to_seconds(at_hour * 3600 + floor(3600 * uniform(v[7]))::integer) as transacted_at,
    ticket_median,
    cash_a_month_median,
    last_day,
    w,
    v
from placed;

create or replace temp view card_transactions as
with chosen as (
    select
        t.*,
        pick(k.options, k.cumulative, uniform(t.v[8])) as kind,
        pick(c.options, c.cumulative, uniform(t.v[9])) as merchant_category
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
        (0.01 + exp(0.35 * normal(w[19]) + 0.6 * normal(v[10])) * case kind
            when 'fee' then 12
            when 'payment' then 5 * ticket_median
            when 'cash_advance' then cash_a_month_median / 2
            else ticket_median * case merchant_category
                when 'travel' then 3 when 'electronics' then 2.5 when 'home' then 2 when 'restaurants' then 0.6
                when 'groceries' then 0.8 when 'entertainment' then 0.6 else 1
            end
        end)::decimal(18, 2) as amount,
        -- Booked within three days; one in two hundred arrives late, up to 45 days.
        if(uniform(v[11]) < 0.005, 4 + floor(42 * uniform(v[12])), floor(4 * pow(uniform(v[12]), 2)))::integer as delay
    from chosen
),

refunds as (
    select
        transaction_number + 500 as transaction_number,
        customer_id,
        transacted_at + to_days(1 + floor(20 * uniform(v[14]))::integer) as transacted_at,
        amount,
        category,
        'refund' as kind,
        delay,
        transaction_number as reverses
    from priced
    where
        kind in ('purchase', 'instalment_purchase')
        and uniform(v[13]) < 0.015
        and transacted_at::date + 20 < last_day
),

rows_of_both as (
    select transaction_number, customer_id, transacted_at, amount, category, kind, delay, null as reverses from priced
    union all
    select transaction_number, customer_id, transacted_at, amount, category, kind, delay, reverses from refunds
)

select
    'T' || lpad(transaction_number::varchar, getvariable('transaction_width'), '0') as transaction_id,
    customer_id,
    transacted_at,
    transacted_at::date + delay as booked_on,
    amount,
    category,
    kind,
    'T' || lpad(reverses::varchar, getvariable('transaction_width'), '0') as reverses
from rows_of_both;
