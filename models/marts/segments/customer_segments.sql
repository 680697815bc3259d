{{ config(materialized='view') }}

select
    assignments.study,
    assignments.customer_id,
    assignments.as_of_date,
    assignments.segment,
    names.persona,
    assignments.distance,
    assignments.runner_up_segment,
    assignments.runner_up_distance,
    assignments.margin,
    assignments.is_outlier,
    names.has_structure,
    assignments.model_version
from {{ ref('segment_assignments') }} as assignments
left join {{ ref('segment_names') }} as names
    on assignments.study = names.study
    and assignments.segment = names.segment
