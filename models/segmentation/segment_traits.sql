{{ config(materialized='view') }}

with features as (
    select
        study,
        feature,
        label,
        row_number() over (partition by study order by position) as place
    from {{ ref('feature_catalog') }}
    where role = 'cluster'
),

segments as (
    select
        models.study,
        models.model_version,
        numbers.position as segment,
        models.profile_z[numbers.position] as z_scores,
        models.scale
    from {{ ref('segment_models') }} as models,
        {{ positions_of('models.profile_z', 'numbers') }}
)

select
    segments.study,
    segments.model_version,
    cast(segments.segment as integer) as segment,
    features.feature,
    features.label,
    segments.z_scores[features.place] as z_score
from segments
inner join features on segments.study = features.study
-- what max_vif leaves out has formed no segment, so it names none
where not {{ is_infinite('segments.scale[features.place]') }}
