{{ config(severity='warn') }}

-- Studies whose data show no segments: whatever they are cut into is arbitrary.
select
    study,
    reason
from {{ ref('segmentation_health') }}
where is_in_force and verdict = 'none'
