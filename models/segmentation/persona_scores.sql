{{ config(materialized='view') }}

with traits as (
    select
        traits.study,
        traits.persona,
        traits.feature,
        levels.z_lower,
        levels.z_upper
    from {{ ref('persona_traits') }} as traits
    inner join {{ ref('trait_levels') }} as levels on traits.level = levels.level
),

compared as (
    select
        segments.study,
        segments.registration,
        segments.segment,
        traits.persona,
        -- how far the z-score lies inside the nearer bound; negative: outside
        least(
            coalesce(segments.z_score - traits.z_lower, traits.z_upper - segments.z_score),
            coalesce(traits.z_upper - segments.z_score, segments.z_score - traits.z_lower)
        ) as inside
    from {{ ref('segment_traits') }} as segments
    inner join traits
        on segments.study = traits.study
        and segments.feature = traits.feature
),

scored as (
    select
        study,
        registration,
        segment,
        persona,
        avg(case when inside >= 0 then 1.0 else 0.0 end) as match,
        -- between segments for which as many traits hold: for which they hold more clearly
        avg(least(1, greatest(-1, inside))) as clarity
    from compared
    group by study, registration, segment, persona
),

segments as (
    select distinct
        study,
        registration,
        segment
    from {{ ref('segment_traits') }}
),

pairs as (
    select
        segments.study,
        segments.registration,
        segments.segment,
        personas.persona,
        dense_rank() over (partition by segments.study order by personas.persona) as persona_number
    from segments
    inner join {{ ref('personas') }} as personas on segments.study = personas.study
)

select
    pairs.study,
    pairs.registration,
    pairs.segment,
    cast(pairs.persona_number as integer) as persona_number,
    pairs.persona,
    round(coalesce(scored.match, 0), 6) as match,
    coalesce(scored.match, 0) >= {{ var('min_persona_match') }} as is_enough,
    -- a match that gives no name costs no other segment its own
    round(
        coalesce(scored.match, 0) * case when scored.match >= {{ var('min_persona_match') }} then 1 else 0.1 end
        + 0.05 * coalesce(scored.clarity, 0),
        6
    ) as score
from pairs
left join scored
    on pairs.study = scored.study
    and pairs.registration = scored.registration
    and pairs.segment = scored.segment
    and pairs.persona = scored.persona
