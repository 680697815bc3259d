with studies as (
    select
        study,
        position
    from (
        values
        {% for study in var('studies') -%}
        ({{ sql_text(study) }}, {{ loop.index }}){{ ',' if not loop.last }}
        {% endfor -%}
    ) as listed (study, position)  -- noqa: AL05
),

pairs as (
    select
        a.study as study_a,
        b.study as study_b,
        a.position as position_a,
        b.position as position_b
    from studies as a
    inner join studies as b on a.study < b.study
),

-- the only look at the customers: what follows works on their few combinations
combinations as (
    select
        as_of_date,
        segments,
        count(*) as customers
    from {{ ref('segment_combinations') }}
    group by as_of_date, segments
),

paired as (
    select
        pairs.study_a,
        pairs.study_b,
        combinations.as_of_date,
        combinations.segments[pairs.position_a] as segment_a,
        combinations.segments[pairs.position_b] as segment_b,
        combinations.customers
    from combinations
    cross join pairs
)

select
    study_a,
    study_b,
    as_of_date,
    coalesce(segment_a, 0) as segment_a,
    coalesce(segment_b, 0) as segment_b,
    cast(sum(customers) as bigint) as customers
from paired
-- who is in none of the two studies says nothing of the pair
where segment_a is not null or segment_b is not null
group by study_a, study_b, as_of_date, segment_a, segment_b
