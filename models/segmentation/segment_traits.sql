{{ config(materialized='view') }}

-- Of every model that has been in force, since names are handed on from model to model.
with features as (
    select
        registered.study,
        registered.registration,
        numbers.position as place,
        {{ split_text('registered.features', ', ') }}[numbers.position] as feature
    from {{ ref('model_registrations') }} as registered,
        {{ positions_of(split_text('registered.features', ', '), 'numbers') }}
),

segments as (
    select
        registered.study,
        registered.registration,
        registered.segment_numbers[numbers.position] as segment,
        fits.profile_z[numbers.position] as z_scores,
        scaling.scale
    from {{ ref('model_registrations') }} as registered
    inner join {{ ref('kmeans_fits') }} as fits
        on registered.study = fits.study
        and registered.model_version = fits.model_version
        and registered.segments = fits.segments
    inner join {{ ref('feature_scaling') }} as scaling
        on registered.study = scaling.study
        and registered.model_version = scaling.model_version
    cross join {{ positions_of('registered.segment_numbers', 'numbers') }}
)

select
    segments.study,
    segments.registration,
    segments.segment,
    features.feature,
    catalog.label,
    segments.z_scores[features.place] as z_score
from segments
inner join features
    on segments.study = features.study
    and segments.registration = features.registration
inner join {{ ref('feature_catalog') }} as catalog
    on features.study = catalog.study
    and features.feature = catalog.feature
-- what max_vif leaves out has formed no segment, so it names none
where not {{ is_infinite('segments.scale[features.place]') }}
