{% set new = by_date('study_stamps', part='study') -%}

with vectors as (
    {{ sampled_features(new, var('exploration_rows')) }}
),

long as (
    select
        vectors.study,
        vectors.as_of_date,
        catalog.feature,
        vectors.customer_id,
        vectors.features[catalog.position] as value
    from vectors
    inner join {{ ref('feature_catalog') }} as catalog on vectors.study = catalog.study
)

select
    study,
    as_of_date,
    feature,
    customer_id,
    value
from long
where value is not null
