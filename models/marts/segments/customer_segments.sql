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
left join {{ ref('segments_of_dates') }} as names
    on assignments.study = names.study
    and assignments.as_of_date = names.as_of_date
    and assignments.segment = names.segment
