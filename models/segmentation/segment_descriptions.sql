{{ config(materialized='view') }}

-- What stands out in a segment, in words: the name of a segment that no persona fits.
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
        traits.segment,
        traits.label,
        levels.level,
        row_number() over (
            partition by traits.study, traits.segment, traits.feature
            order by levels.strength desc
        ) as place_in_feature,
        abs(traits.z_score) as size
    from {{ ref('segment_traits') }} as traits
    inner join levels
        on traits.z_score >= levels.z_lower
        or traits.z_score <= levels.z_upper
),

ranked as (
    select
        study,
        segment,
        concat(level, ' ', lower(label)) as phrase,
        row_number() over (partition by study, segment order by size desc, label asc) as place
    from worded
    where place_in_feature = 1
),

described as (
    select
        study,
        segment,
        string_agg(phrase, ', ' order by place) filter (where place <= 2) as short_text,
        string_agg(phrase, ', ' order by place) filter (where place <= 4) as long_text
    from ranked
    group by study, segment
),

segments as (
    select distinct
        study,
        segment
    from {{ ref('segment_traits') }}
),

named as (
    select
        segments.study,
        segments.segment,
        coalesce(described.short_text, 'average customers') as short_text,
        coalesce(described.long_text, 'no feature stands out') as long_text
    from segments
    left join described
        on segments.study = described.study
        and segments.segment = described.segment
)

select
    study,
    segment,
    concat(upper(substr(short_text, 1, 1)), substr(short_text, 2)) as name,
    concat('No persona of the catalogue fits. What stands out: ', long_text, '.') as description,
    concat(upper(substr(long_text, 1, 1)), substr(long_text, 2)) as stands_out
from named
