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
    coalesce(
        profiles.z_score >= coalesce(levels.z_lower, profiles.z_score)
        and profiles.z_score <= coalesce(levels.z_upper, profiles.z_score),
        false
    ) as holds,
    profiles.mean,
    profiles.population_mean,
    profiles.has_structure
from {{ ref('segment_profiles') }} as profiles
inner join {{ ref('persona_traits') }} as traits
    on profiles.study = traits.study
    and profiles.persona = traits.persona
    and profiles.feature = traits.feature
inner join {{ ref('trait_levels') }} as levels on traits.level = levels.level
