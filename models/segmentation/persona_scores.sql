{{ config(materialized='view') }}

with numbered as (
    select distinct
        study,
        registration,
        segment
    from {{ ref('segment_traits') }}
),

-- every pair, whether or not the persona has traits
personas as (
    select
        study,
        persona,
        row_number() over (partition by study order by persona) as persona_number
    from {{ ref('personas') }}
),

-- how far the z-score lies inside the nearer bound; negative: outside; NULL where the model has not seen the feature
compared as (
    select
        numbered.study,
        numbered.registration,
        numbered.segment,
        traits.persona,
        least(
            coalesce(seen.z_score - {{ claim_lower('levels') }}, {{ claim_upper('levels') }} - seen.z_score),
            coalesce({{ claim_upper('levels') }} - seen.z_score, seen.z_score - {{ claim_lower('levels') }})
        ) as inside,
        {{ within('seen.z_score', claim_lower('levels'), claim_upper('levels')) }} as holds
    from numbered
    inner join {{ ref('persona_traits') }} as traits on numbered.study = traits.study
    inner join {{ ref('trait_levels') }} as levels on traits.level = levels.level
    left join {{ ref('segment_traits') }} as seen
        on numbered.study = seen.study
        and numbered.registration = seen.registration
        and numbered.segment = seen.segment
        and traits.feature = seen.feature
),

scored as (
    select
        study,
        registration,
        segment,
        persona,
        -- of all its traits: one that the model has not seen does not hold
        avg(case when holds then 1.0 else 0.0 end) as match,
        -- between segments for which as many traits hold: for which they hold more clearly
        avg(least(1, greatest(-1, coalesce(inside, -1)))) as clarity
    from compared
    group by study, registration, segment, persona
)

select
    numbered.study,
    numbered.registration,
    numbered.segment,
    cast(personas.persona_number as integer) as persona_number,
    personas.persona,
    round(coalesce(scored.match, 0), 6) as match,
    coalesce(scored.match, 0) >= {{ var('min_persona_match') }} as is_enough,
    -- a match that gives no name costs no other segment its own
    round(
        coalesce(scored.match, 0) * case when scored.match >= {{ var('min_persona_match') }} then 1 else 0.1 end
        + 0.05 * coalesce(scored.clarity, 0),
        6
    ) as score
from numbered
inner join personas on numbered.study = personas.study
left join scored
    on numbered.study = scored.study
    and numbered.registration = scored.registration
    and numbered.segment = scored.segment
    and personas.persona = scored.persona
