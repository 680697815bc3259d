with vectors as (
    {% for study in var('studies') -%}
    select
        {{ sql_text(study) }} as study,
        features.as_of_date,
        features.customer_id,
        {{ list_of(feature_doubles(study)) }} as features
    {{ from_sampled_features(study, var('exploration_rows')) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
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
