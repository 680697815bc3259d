{{ config(materialized='view') }}

-- What stands out in a segment, the clearest first.
with levels as (
    select
        level,
        z_lower,
        z_upper,
        coalesce(abs(z_lower), abs(z_upper)) as strength
    from {{ ref('trait_levels') }}
    where z_lower is null or z_upper is null
),

worded as (
    select
        traits.study,
        traits.registration,
        traits.segment,
        traits.feature,
        traits.label,
        levels.level,
        levels.z_lower,
        levels.z_upper,
        row_number() over (
            partition by traits.study, traits.registration, traits.segment, traits.feature
            order by levels.strength desc
        ) as place_in_feature,
        abs(traits.z_score) as size
    from {{ ref('segment_traits') }} as traits
    inner join levels
        on traits.z_score >= levels.z_lower
        or traits.z_score <= levels.z_upper
)

select
    study,
    registration,
    segment,
    cast(row_number() over (partition by study, registration, segment order by size desc, label asc) as integer) as place,
    feature,
    z_lower,
    z_upper,
    concat(level, ' ', lower(label)) as phrase
from worded
where place_in_feature = 1
