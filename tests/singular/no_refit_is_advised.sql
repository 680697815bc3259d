{{ config(severity='warn') }}

-- Studies whose model has got old for its customers. It stays in force until var refit asks for a new fit.
select
    study,
    reasons
from {{ ref('refit_advice') }}
where advice = 'refit'
