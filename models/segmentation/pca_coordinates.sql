{{ config(materialized='view') }}

{{ scaled_vectors(ref('feature_vectors'), ['customer_id', 'as_of_date']) }}

select
    study,
    customer_id,
    as_of_date,
    {{ dot_product('z', 'loadings[1]') }} - {{ dot_product('component_centre', 'loadings[1]') }} as component_1,
    {{ dot_product('z', 'loadings[2]') }} - {{ dot_product('component_centre', 'loadings[2]') }} as component_2,
    model_version
from scaled
