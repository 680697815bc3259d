-- The demographic extract: who a customer is. A few per cent of the codes are spelt as people type them.

-- A code as people type it: one in twenty in capitals, with a capital, or with a trailing blank.
create or replace temp macro typed(code, e, i) as
    case
        when uniform(e, i) < 0.015 then upper(code)
        when uniform(e, i) < 0.03 then upper(left(code, 1)) || substr(code, 2)
        when uniform(e, i) < 0.045 then code || ' '
        else code
    end;

create or replace temp view customer_demographics as
with coded as (
    select
        d.*,
        case
            when uniform(w, 42) < 0.5 then 'female'
            when uniform(w, 42) < 0.985 then 'male'
            else 'other'
        end as gender,
        ['primary', 'secondary', 'vocational', 'bachelor', 'master', 'doctorate'][
            greatest(1, least(6, round(education_level_mean + 0.8 * normal(w, 43))))::integer
        ] as education,
        case
            when uniform(w, 44) >= married_share then 'single'
            when uniform(w, 45) < 0.16 and age > 28 then 'divorced'
            when uniform(w, 45) > 1 - greatest(0, (age - 55) / 80) then 'widowed'
            else 'married'
        end as marital_status,
        least(6, greatest(0, floor(dependents_mean + 0.5 + 0.7 * normal(w, 46))))::integer as dependents,
        ['north', 'south', 'east', 'west', 'central'][1 + floor(5 * pow(uniform(w, 47), 1.3))::integer] as region,
        case
            when age >= 68 and uniform(w, 49) < 0.85 then 'retired'
            else pick(o.options, o.cumulative, uniform(w, 48))
        end as any_occupation
    from customer_dates as d
    inner join archetype_choices as o
        on
            o.choice = 'occupation'
            and if(uniform(d.w, 37) < d.step / 20, d.second_archetype, d.archetype) = o.archetype
),

-- Nobody is retired at 45 or a student at 60, whatever the archetype's mix says.
plausible as (
    select
        *,
        case
            when any_occupation = 'retired' and age < 55 then 'employee'
            when any_occupation = 'student' and age > 32 then 'employee'
            else any_occupation
        end as occupation
    from coded
)

select
    customer_id,
    as_of_date,
    age,
    case
        when uniform(e, 42) between 0.5 and 0.52 then upper(left(gender, 1))
        else typed(gender, e, 42)
    end as gender,
    income,
    typed(education, e, 43) as education,
    typed(marital_status, e, 44) as marital_status,
    dependents,
    typed(region, e, 45) as region,
    case
        when uniform(e, 46) between 0.5 and 0.8 and occupation = 'self_employed' then 'Self-Employed'
        else typed(occupation, e, 46)
    end as occupation,
    customer_since
from plausible;
