{% set new = by_date('scored_bank_dates') -%}

{% set pair = 'study_a, study_b, as_of_date' -%}
with studies as (
    select
        study,
        position
    from {{ ref('study_settings') }}
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
        segment_by_study,
        count(*) as customers
    from {{ ref('segment_combinations') }}
    where {{ is_to_write(new, 'as_of_date') }}
    group by as_of_date, segment_by_study
),

paired as (
    select
        pairs.study_a,
        pairs.study_b,
        combinations.as_of_date,
        combinations.segment_by_study[pairs.position_a] as segment_a,
        combinations.segment_by_study[pairs.position_b] as segment_b,
        combinations.customers
    from combinations
    cross join pairs
),

-- combinations without customers are not there
counted as (
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
),

dates as (
    select distinct
        study_a,
        study_b,
        as_of_date
    from counted
),

dates_of_the_bank as (
    select distinct as_of_date
    from dates
),

-- with the names of today where a study has nobody at a date
named as (
    select
        study,
        as_of_date,
        segment,
        persona,
        has_structure
    from {{ ref('segments_of_dates') }}
    union all
    select
        names.study,
        others.as_of_date,
        names.segment,
        names.persona,
        names.has_structure
    from {{ ref('segment_names') }} as names
    cross join dates_of_the_bank as others
    left join {{ ref('scored_dates') }} as scored
        on names.study = scored.study
        and others.as_of_date = scored.as_of_date
    where scored.study is null
),

personas as (
    select * from named
    union all
    select distinct
        study,
        as_of_date,
        0 as segment,
        'not in this study' as persona,
        has_structure
    from named
),

-- every combination of segments, with or without customers
cells as (
    select
        dates.study_a,
        dates.study_b,
        dates.as_of_date,
        a.segment as segment_a,
        a.persona as persona_a,
        b.segment as segment_b,
        b.persona as persona_b,
        coalesce(counted.customers, 0) as customers,
        a.segment > 0 and b.segment > 0 as is_in_both,
        a.has_structure and b.has_structure as has_structure
    from dates
    inner join personas as a
        on dates.study_a = a.study
        and dates.as_of_date = a.as_of_date
    inner join personas as b
        on dates.study_b = b.study
        and dates.as_of_date = b.as_of_date
    left join counted
        on dates.study_a = counted.study_a
        and dates.study_b = counted.study_b
        and dates.as_of_date = counted.as_of_date
        and a.segment = counted.segment_a
        and b.segment = counted.segment_b
    where
        counted.customers is not null
        or (a.segment > 0 and b.segment > 0)
),

totals as (
    select
        *,
        sum(customers) over (partition by {{ pair }}, segment_a) as customers_a,
        sum(customers) over (partition by {{ pair }}, segment_b) as customers_b,
        -- of these, those who are in both studies
        sum(customers) over (partition by {{ pair }}, segment_a, is_in_both) as both_a,
        sum(customers) over (partition by {{ pair }}, segment_b, is_in_both) as both_b,
        sum(customers) over (partition by {{ pair }}, is_in_both) as both_all
    from cells
)

select
    study_a,
    study_b,
    as_of_date,
    segment_a,
    persona_a,
    segment_b,
    persona_b,
    customers,
    case when segment_a > 0 then round(customers / nullif(customers_a, 0), 6) end as share_of_a,
    case when segment_b > 0 then round(customers / nullif(customers_b, 0), 6) end as share_of_b,
    case when is_in_both then round(customers / nullif(both_a, 0) / nullif(both_b, 0) * both_all, 6) end as lift,
    has_structure
from totals
