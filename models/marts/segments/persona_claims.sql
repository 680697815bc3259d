with claims as (
    select
        profiles.study,
        profiles.as_of_date,
        profiles.segment,
        profiles.persona,
        profiles.feature,
        profiles.label,
        traits.level as expected_level,
        levels.z_lower,
        levels.z_upper,
        profiles.z_score,
        profiles.mean,
        profiles.population_mean,
        profiles.has_structure
    from {{ ref('segment_profiles') }} as profiles
    inner join {{ ref('persona_traits') }} as traits
        on profiles.study = traits.study
        and profiles.persona = traits.persona
        and profiles.feature = traits.feature
    inner join {{ ref('trait_levels') }} as levels on traits.level = levels.level
),

-- of a hash sample that there is already: no further look at all customers
standings as (
    select
        claims.study,
        claims.as_of_date,
        claims.segment,
        claims.feature,
        -- the mean has six digits
        round({{ share_where('round(customers.value, 6) <= claims.mean', 'claims.mean') }}, 4) as percentile
    from claims
    inner join {{ ref('feature_values') }} as customers
        on claims.study = customers.study
        and claims.as_of_date = customers.as_of_date
        and claims.feature = customers.feature
    group by claims.study, claims.as_of_date, claims.segment, claims.feature
)

select
    claims.study,
    claims.as_of_date,
    claims.segment,
    claims.persona,
    claims.feature,
    claims.label,
    claims.expected_level,
    claims.z_lower,
    claims.z_upper,
    claims.z_score,
    standings.percentile,
    coalesce(
        claims.z_score >= coalesce(claims.z_lower, claims.z_score)
        and claims.z_score <= coalesce(claims.z_upper, claims.z_score),
        false
    ) as holds,
    claims.mean,
    claims.population_mean,
    claims.has_structure
from claims
left join standings
    on claims.study = standings.study
    and claims.as_of_date = standings.as_of_date
    and claims.segment = standings.segment
    and claims.feature = standings.feature
