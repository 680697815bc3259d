{{ config(materialized='view', tags=['fit']) }}

with samples as (
    select * from {{ ref('training_sample') }}
),

scaling as (
    select * from {{ ref('feature_scaling') }}
),

filled as (
    select
        samples.study,
        samples.model_version,
        samples.settings_hash,
        samples.customer_id,
        samples.features,
        {{ prepared('samples.features', 'scaling') }} as x,
        scaling.*
    from samples
    inner join scaling
        on samples.study = scaling.study
        and samples.model_version = scaling.model_version
)

select
    filled.study,
    filled.model_version,
    filled.settings_hash,
    filled.customer_id,
    filled.features,
    {{ scaled('filled.x', 'filled') }} as z
from filled
