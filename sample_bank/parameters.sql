-- The parameters of the archetypes as rows that customers join.

create or replace temp table archetype_parameters as
select * from
    (unpivot parameter_file
        on columns(* exclude (parameter, blend, meaning)) into name archetype value amount);

-- Nobody is a pure type: a customer is blended with a second archetype, by 0 to 50 % in steps of 5 %.
create or replace temp table blended_parameters as
pivot (
    select
        a.archetype,
        b.archetype as second_archetype,
        s.step::integer as step,
        a.parameter,
        case
            when a.blend = 'geometric' then exp((1 - s.step / 20) * ln(a.amount) + s.step / 20 * ln(b.amount))
            else (1 - s.step / 20) * a.amount + s.step / 20 * b.amount
        end as amount
    from archetype_parameters as a
    inner join archetype_parameters as b on a.parameter = b.parameter
    cross join range(0, 11) as s (step)
    where a.parameter <> 'share'
)
on parameter using max(amount) group by archetype, second_archetype, step;

-- One row: the archetypes and their cumulative shares (the last is left out: it is all the rest).
create or replace temp table archetype_shares as
select
    list(archetype order by archetype) as archetypes,
    list(cumulative order by archetype) filter (where not is_last) as cumulative
from (
    select
        archetype,
        sum(amount::decimal(9, 4)) over (order by archetype)::double as cumulative,
        lead(archetype) over (order by archetype) is null as is_last
    from archetype_parameters
    where parameter = 'share'
);

-- One row an archetype and choice (occupation, kind, category): the options and their cumulative shares.
create or replace temp table archetype_choices as
with choices as (
    select * from
        (unpivot choice_file on columns(* exclude (choice, option)) into name archetype value weight)
),

cumulated as (
    select
        choice,
        archetype,
        option,
        sum(weight) over (partition by choice, archetype order by option)::double
        / sum(weight) over (partition by choice, archetype) as cumulative,
        lead(option) over (partition by choice, archetype order by option) is null as is_last
    from choices
)

select
    choice,
    archetype,
    list(option order by option) as options,
    list(cumulative order by option) filter (where not is_last) as cumulative
from cumulated
group by choice, archetype;

-- The last date at which the past differs from today by a planted change; NULL in a bank without it.
create or replace temp macro planted_until(name) as (
    select max(last_date) from planted_changes where change = name
);
