-- When customers use their cards: one row an event, with the archetype's hours and weekdays. There are two series: T
-- between 2024-07-01 and 2025-06-30, and S in the nine months before it, for the dates of 2024 that need them. Event k
-- of n falls into the k-th of n equal parts of the customer's time, so that numbers nearly follow time within a customer
-- without a sort. Transaction numbers of a series: customer number * 1000 + k, k at most 400.

create or replace temp view card_events as
with present as (
    select
        c.*,
        s.series,
        s.first_key,
        greatest(s.begins, c.customer_since) as first_day,
        case
            when s.series = 'S' then date '2024-06-30'
            when c.last_date = 0 then date '2024-12-31'
            when c.last_date = 1 then date '2025-03-31'
            else date '2025-06-30'
        end as last_day,
        c.card_events_a_year * exp(0.45 * normal(c.w, 18)) as events_a_year
    from customers as c
    cross join (values ('T', 5000, date '2024-07-01'), ('S', 6000, date '2023-10-01')) as s (series, first_key, begins)
    where s.series = 'T' or (getvariable('dates') > 3 and c.first_date = 0)
),

counted as (
    select
        *,
        datediff('day', first_day, last_day) + 1 as n_days,
        least(400, greatest(1, round(events_a_year * (datediff('day', first_day, last_day) + 1) / 365)))::integer
            as n_events
    from present
    where first_day <= last_day
),

listed as (
    select
        *,
        unnest(range(1, n_events + 1)) as event_number
    from counted
),

drawn as (
    select
        *,
        key_within(w, first_key + event_number) as v
    from listed
),

placed as (
    select
        *,
        first_day + floor(n_days * (event_number - 1 + uniform(v, 1)) / n_events)::integer as any_day,
        uniform(v, 2) < weekend_share as on_weekend,
        case
            when uniform(v, 3) < night_share then (20 + floor(8 * uniform(v, 4))::integer) % 24
            else 7 + floor(6.5 * (uniform(v, 4) + uniform(v, 5)))::integer
        end as at_hour
    from drawn
)

select
    series,
    customer_number * 1000 + event_number as transaction_number,
    customer_id,
    -- Each event is one of the archetype or of the second one, as the customer is blended.
    if(uniform(v, 15) < step / 20, second_archetype, archetype) as archetype,
    -- Move to a weekend or a weekday of the same week, within the customer's time.
    greatest(first_day, least(last_day, date_trunc('week', any_day)::date + if(
        on_weekend, 5 + floor(2 * uniform(v, 6))::integer, floor(5 * uniform(v, 6))::integer
    ))) + to_seconds(at_hour * 3600 + floor(3600 * uniform(v, 7))::integer) as transacted_at,
    ticket_median,
    cash_a_month_median,
    last_day,
    w,
    v
from placed;
