-- One row a customer: archetype, blended parameters, when they are with the bank, and the key (w) of the
-- random words that fix what they are like at every date. A view, so that a million customers stream through.

create or replace temp view customers as
with numbered as (
    select
        n as customer_number,
        key_within(getvariable('seed'), n) as w
    from range(1, getvariable('customers') + 1) as r (n)
),

typed as (
    select
        numbered.*,
        pick(shares.archetypes, shares.cumulative, uniform(w, 1)) as archetype,
        pick(shares.archetypes, shares.cumulative, uniform(w, 2)) as second_archetype,
        floor(11 * pow(uniform(w, 3), 3))::integer as step,
        -- 2.5 % join and 2.5 % leave between two dates; with one date only, everybody is there.
        case
            when getvariable('dates') = 1 then 0
            when uniform(w, 4) < 0.025 then 1
            when uniform(w, 4) < 0.05 then 2
            else 0
        end as first_date,
        case
            when getvariable('dates') = 1 then 2
            when uniform(w, 5) < 0.025 then 0
            when uniform(w, 5) < 0.05 then 1
            else 2
        end as last_date,
        -- Before 2024-12-31 nobody leaves for good: 2.5 % are away at the turn of one quarter, and 2.5 % of the next.
        case when uniform(w, 50) < 0.025 then -2 when uniform(w, 50) < 0.05 then -1 end as away_at
    from numbered
    cross join archetype_shares as shares
),

aged as (
    select
        typed.*,
        p.* exclude (archetype, second_archetype, step),
        least(90.0, greatest(18.0, p.age_mean + p.age_sd * normal(w, 6))) as age_at_start
    from typed
    inner join blended_parameters as p
        on
            typed.archetype = p.archetype
            and typed.second_archetype = p.second_archetype
            and typed.step = p.step
)

select
    aged.* exclude (last_date),
    greatest(first_date, last_date) as last_date,
    'C' || lpad(customer_number::varchar, getvariable('id_width'), '0') as customer_id,
    -- The extracts list a customer from the sixth month on: who joins has been here for 6 to 9 months.
    case
        when first_date = 1 then date '2024-09-30' - floor(90 * uniform(w, 7))::integer
        when first_date = 2 then date '2024-12-31' - floor(90 * uniform(w, 7))::integer
        else
            date '2024-06-30'
            - floor(365.25 * least(age_at_start - 17.5, years_with_bank_median * exp(0.6 * normal(w, 8))))::integer
    end as customer_since
from aged;
