-- One row a customer and as_of_date with what several extracts share: age, income, credit score, tenure, the
-- growth so far, and the key of this date's noise (e). Dates are numbered from 0, the last of 2024; those before it
-- have negative numbers.

create or replace temp view customer_dates as
with dated as (
    select
        c.*,
        d.as_of_date,
        d.date_number,
        key_within(c.w, 1000 + d.date_number) as e,
        pow(1 + c.growth_a_quarter, d.date_number) as growth
    from customers as c
    cross join (
        values
        (-3, date '2024-03-31'), (-2, date '2024-06-30'), (-1, date '2024-09-30'),
        (0, date '2024-12-31'), (1, date '2025-03-31'), (2, date '2025-06-30')
    ) as d (date_number, as_of_date)
    where
        d.date_number >= 3 - getvariable('dates')
        and d.date_number <= c.last_date
        and (d.date_number >= c.first_date or (c.first_date = 0 and d.date_number < 0))
        and d.date_number is distinct from c.away_at
        -- The extracts list a customer from the sixth month on.
        and (d.date_number >= 0 or c.customer_since <= d.as_of_date - 183)
)

select
    dated.*,
    floor(greatest(18, age_at_start + 0.25 * date_number))::integer as age,
    -- Income hardly moves within a year: no noise of the date but 1 %.
    round(income_median * growth * exp(0.28 * normal(w, 10) + 0.01 * normal(e, 10)), 2)::decimal(18, 2) as income,
    greatest(300, least(850, round(
        credit_score_mean + 42 * level(w, e, 11)
        + 150 * greatest(-0.1, least(0.1, growth - 1))
    )))::integer as credit_score,
    datediff('day', customer_since, as_of_date) as days_with_bank
from dated;
