{% set new = by_date('scored_dates', part='study') -%}

-- Who is in a segment, by protected group, against everybody in the study.
with crowds as (
    select
        assignments.study,
        assignments.as_of_date,
        assignments.segment,
        people.groups,
        count(*) as customers
    from {{ ref('segment_assignments') }} as assignments
    left join {{ ref('protected_groups') }} as people
        on assignments.customer_id = people.customer_id
        and assignments.as_of_date = people.as_of_date
    where {{ is_to_write(new, 'assignments.as_of_date', 'assignments.study') }}
    group by assignments.study, assignments.as_of_date, assignments.segment, people.groups
),

known as (
    select
        crowds.study,
        crowds.as_of_date,
        crowds.segment,
        attributes.attribute,
        crowds.groups[attributes.position] as known_group,
        sum(crowds.customers) as customers
    from crowds
    cross join {{ ref('protected_attributes') }} as attributes
    group by crowds.study, crowds.as_of_date, crowds.segment, attributes.attribute, crowds.groups[attributes.position]
),

-- the largest first
sizes as (
    select
        study,
        as_of_date,
        attribute,
        known_group,
        row_number() over (partition by study, as_of_date, attribute order by sum(customers) desc, known_group) as place,
        count(*) over (partition by study, as_of_date, attribute) as places
    from known
    where known_group is not null
    group by study, as_of_date, attribute, known_group
),

-- at most ten groups an attribute: of more, the nine largest and all others
cells as (
    select
        known.study,
        known.as_of_date,
        known.segment,
        known.attribute,
        case when sizes.places > 10 and sizes.place >= 10 then 'all other groups' else known.known_group end as known_group,
        sum(known.customers) as customers
    from known
    left join sizes
        on known.study = sizes.study
        and known.as_of_date = sizes.as_of_date
        and known.attribute = sizes.attribute
        and known.known_group = sizes.known_group
    group by all
),

members as (
    select
        study,
        as_of_date,
        segment,
        attribute,
        coalesce(sum(customers) filter (where known_group is not null), 0) as segment_customers
    from cells
    group by study, as_of_date, segment, attribute
),

-- an attribute of which nothing is known says nothing
groups as (
    select
        study,
        as_of_date,
        attribute,
        known_group,
        sum(customers) as group_customers,
        sum(sum(customers) filter (where known_group is not null)) over (partition by study, as_of_date, attribute) as all_customers
    from cells
    group by study, as_of_date, attribute, known_group
),

-- every group against every segment, also where they do not meet
compared as (
    select
        members.*,
        groups.known_group,
        groups.group_customers,
        groups.all_customers,
        coalesce(cells.customers, 0) as customers
    from members
    inner join groups
        on members.study = groups.study
        and members.as_of_date = groups.as_of_date
        and members.attribute = groups.attribute
    left join cells
        on members.study = cells.study
        and members.as_of_date = cells.as_of_date
        and members.attribute = cells.attribute
        and members.segment = cells.segment
        and groups.known_group is not distinct from cells.known_group
    where groups.all_customers > 0
),

ratios as (
    {{ ratios_to_the_population('compared') }}
)

select
    ratios.study,
    ratios.as_of_date,
    ratios.segment,
    names.persona,
    ratios.attribute,
    cast(dense_rank() over (
        partition by ratios.study, ratios.as_of_date, ratios.attribute
        order by
            bands.position nulls last, ratios.known_group = 'all other groups' nulls last,
            {{ number_from('ratios.known_group') }} nulls last, ratios.known_group nulls last
    ) as integer) as position,
    coalesce(ratios.known_group, 'unknown') as group_name,
    cast(ratios.customers as bigint) as customers,
    -- who is unknown is members, not compared
    case when ratios.known_group is not null then round(ratios.segment_share, 6) end as segment_share,
    case when ratios.known_group is not null then round(ratios.population_share, 6) end as population_share,
    case when ratios.known_group is not null then round(ratios.ratio, 6) end as ratio,
    case when ratios.known_group is not null then round(ratios.ratio_lower, 6) end as ratio_lower,
    case when ratios.known_group is not null then round(ratios.ratio_upper, 6) end as ratio_upper,
    -- rarer or more frequent by more than the rule allows, and that is no chance
    coalesce(
        ratios.known_group is not null
        and (
            (ratios.ratio < {{ var('fairness_ratio') }} and ratios.ratio_upper < 1)
            or (ratios.ratio > 1 / {{ var('fairness_ratio') }} and ratios.ratio_lower > 1)
        ),
        false
    ) as is_flagged,
    names.has_structure,
    names.model_version
from ratios
left join {{ ref('segment_names') }} as names
    on ratios.study = names.study
    and ratios.segment = names.segment
left join {{ ref('protected_attributes') }} as attributes on ratios.attribute = attributes.attribute
left join {{ ref('kpi_bands') }} as bands
    on bands.kpi = 'age_band'
    and attributes.kind = 'age'
    and ratios.known_group = bands.band
