-- Who is in a segment, by protected group, against everybody in the study.
with cells as (
    {{ customers_by_group() }}
),

segments as (
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
        segments.*,
        groups.known_group,
        groups.group_customers,
        groups.all_customers,
        coalesce(cells.customers, 0) as customers
    from segments
    inner join groups
        on segments.study = groups.study
        and segments.as_of_date = groups.as_of_date
        and segments.attribute = groups.attribute
    left join cells
        on segments.study = cells.study
        and segments.as_of_date = cells.as_of_date
        and segments.attribute = cells.attribute
        and segments.segment = cells.segment
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
        order by bands.position nulls last, ratios.known_group nulls last
    ) as integer) as position,
    coalesce(ratios.known_group, 'unknown') as group_name,
    cast(ratios.customers as bigint) as customers,
    -- who is unknown is counted, not compared
    case when ratios.known_group is not null then round(ratios.segment_share, 6) end as segment_share,
    case when ratios.known_group is not null then round(ratios.population_share, 6) end as population_share,
    case when ratios.known_group is not null then round(ratios.ratio, 6) end as ratio,
    case when ratios.known_group is not null then round(ratios.ratio_lower, 6) end as ratio_lower,
    case when ratios.known_group is not null then round(ratios.ratio_upper, 6) end as ratio_upper,
    coalesce(
        ratios.known_group is not null
        and (ratios.ratio_upper < {{ var('fairness_ratio') }} or ratios.ratio_lower > 1 / {{ var('fairness_ratio') }}),
        false
    ) as is_flagged,
    names.has_structure,
    names.model_version
from ratios
left join {{ ref('segment_names') }} as names
    on ratios.study = names.study
    and ratios.segment = names.segment
left join {{ ref('kpi_bands') }} as bands
    on bands.kpi = 'age_band'
    and ratios.attribute = 'age'
    and ratios.known_group = bands.band
