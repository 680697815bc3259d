-- name: health
select
    study,
    verdict,
    caveat,
    in_words,
    reason,
    segments,
    rule_segments,
    silhouette,
    excess,
    stability,
    stability_min,
    smallest_share,
    border_share,
    gap_segments
from segmentation_health
where is_in_force;

-- name: recipes
select
    study,
    recipe,
    label,
    is_of_study,
    silhouette,
    null_silhouette,
    excess,
    stability,
    agreement
from recipe_sensitivity
order by study, is_of_study desc, recipe;

-- name: recipe_pairs
with pairs as (
    select study, label_a, label_b, agreement from recipe_agreement
    union all
    select study, label_b as label_a, label_a as label_b, agreement from recipe_agreement
)

select
    study,
    label_a,
    label_b,
    agreement
from pairs
order by study, label_a, label_b;

-- name: features
select
    study,
    label,
    place,
    agreement,
    round(1 - agreement, 4) as change
from feature_sensitivity
order by study, place;

-- name: algorithms
select
    study,
    label,
    segments_found,
    noise_share,
    silhouette,
    calinski_harabasz,
    davies_bouldin,
    agreement,
    seconds
from algorithm_comparison
order by study, agreement desc nulls last, label;

-- name: drivers
select
    study,
    segment,
    persona,
    label,
    position,
    share,
    direction,
    is_protected
from segment_drivers
where position <= 3
order by study, segment, position;

-- name: claims
select
    claims.study,
    claims.segment,
    claims.persona,
    claims.label,
    claims.expected_level,
    claims.z_score,
    claims.percentile,
    claims.mean,
    claims.population_mean,
    catalog.unit,
    claims.holds
from persona_claims as claims
inner join segment_personas as personas
    on claims.study = personas.study
    and claims.segment = personas.segment
    and claims.as_of_date = personas.as_of_date
inner join feature_catalog as catalog
    on claims.study = catalog.study
    and claims.feature = catalog.feature
order by claims.study, claims.segment, claims.label;

-- name: fairness
select
    fairness.study,
    fairness.segment,
    fairness.persona,
    fairness.attribute,
    dense_rank() over (partition by fairness.study order by fairness.attribute, fairness.position) as place,
    fairness.group_name,
    concat(fairness.attribute, ': ', fairness.group_name) as header,
    round(fairness.segment_share, 4) as segment_share,
    round(fairness.population_share, 4) as population_share,
    round(fairness.ratio, 4) as ratio,
    round(fairness.ratio_lower, 4) as ratio_lower,
    round(fairness.ratio_upper, 4) as ratio_upper,
    fairness.is_flagged,
    settings.fairness_ratio
from segment_fairness as fairness
cross join report_settings as settings
inner join segment_personas as personas
    on fairness.study = personas.study
    and fairness.segment = personas.segment
    and fairness.as_of_date = personas.as_of_date
where fairness.ratio is not null
order by fairness.study, fairness.attribute, fairness.position, fairness.segment;

-- name: protected
select attribute
from protected_attributes
order by position;

-- name: registry
select
    study,
    registration,
    model_version,
    fitted_as_of,
    fitted_customers,
    recipe,
    segments,
    segment_numbers,
    segment_overlaps,
    agreement,
    kept_share,
    is_in_force,
    reason
from model_registry
order by study, registration desc;

-- name: cards
select
    study,
    purpose,
    data,
    clustered_features,
    described_features,
    protected_features,
    method,
    health,
    personas,
    fairness,
    limits,
    monitoring
from model_cards;
