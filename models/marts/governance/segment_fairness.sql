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

-- Shares and ratio of those whose group is known; who is unknown is counted, not compared. The segment is part of the population, so the
-- two shares are not independent. Those inside (p) and outside the segment (q) are: the interval is made for p / q, from Wilson's
-- intervals of the two shares (1927) by variance estimates recovery for ratios (Donner and Zou 2012; Newcombe 2016, Statistical Methods
-- in Medical Research 21 and 25), and then carried over: with w, the segment's part of the population, the ratio to the population is
-- p / (w p + (1 - w) q), which grows with p / q. Unlike Katz's interval (1978) it has both ends where a group is wholly inside the
-- segment or wholly outside. NULL where nobody is outside, or inside.
shares as (
    select
        *,
        case when known_group is not null then cast(customers as double) / nullif(segment_customers, 0) end as p,
        case
            when known_group is not null then cast(group_customers - customers as double) / nullif(all_customers - segment_customers, 0)
        end as q,
        case when known_group is not null then cast(group_customers as double) / all_customers end as population_share,
        cast(segment_customers as double) / all_customers as w
    from compared
),

ends as (
    select
        *,
        {{ wilson_end('p', 'segment_customers', '-') }} as p_lower,
        {{ wilson_end('p', 'segment_customers', '+') }} as p_upper,
        {{ wilson_end('q', '(all_customers - segment_customers)', '-') }} as q_lower,
        {{ wilson_end('q', '(all_customers - segment_customers)', '+') }} as q_upper
    from shares
),

-- the ends of p / q as fractions; their bottoms may be 0
fractions as (
    select
        *,
        p_lower * (2 * p - p_lower) as lower_top,
        p * q + sqrt(greatest(0, p * q * p * q - p_lower * (2 * p - p_lower) * q_upper * (2 * q - q_upper))) as lower_bottom,
        p * q + sqrt(greatest(0, p * q * p * q - p_upper * (2 * p - p_upper) * q_lower * (2 * q - q_lower))) as upper_top,
        q_lower * (2 * q - q_lower) as upper_bottom
    from ends
),

ratios as (
    select
        *,
        p / population_share as ratio,
        case
            when customers = 0 and q is not null then 0
            else lower_top / (w * lower_top + (1 - w) * lower_bottom)
        end as ratio_lower,
        case
            when customers = group_customers and p is not null and q is not null then 1 / w
            else upper_top / (w * upper_top + (1 - w) * upper_bottom)
        end as ratio_upper
    from fractions
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
    round(ratios.p, 6) as segment_share,
    round(ratios.population_share, 6) as population_share,
    round(ratios.ratio, 6) as ratio,
    round(ratios.ratio_lower, 6) as ratio_lower,
    round(ratios.ratio_upper, 6) as ratio_upper,
    -- rarer or more frequent by more than the rule allows, and that is no chance
    coalesce(
        ratios.ratio < {{ var('fairness_ratio') }} and ratios.ratio_upper < 1
        or ratios.ratio > 1 / {{ var('fairness_ratio') }} and ratios.ratio_lower > 1,
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
