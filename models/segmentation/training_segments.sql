{{ config(materialized='view', tags=['fit']) }}

select
    vectors.study,
    vectors.model_version,
    models.segments,
    vectors.customer_id,
    vectors.features,
    vectors.z,
    cast({{ positions_by_value(distances('vectors.z', 'models.centres')) }}[1] as integer) as position
from {{ ref('training_vectors') }} as vectors
inner join {{ ref('segment_models') }} as models
    on vectors.study = models.study
    and vectors.model_version = models.model_version
