{{ config(materialized='view') }}

{{ scaled_vectors(ref('feature_vectors'), ['customer_id', 'as_of_date']) }}

select
    study,
    customer_id,
    as_of_date,
    {{ component(1) }} as component_1,
    {{ component(2) }} as component_2,
    model_version
from scaled
