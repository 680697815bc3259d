{{ config(severity='warn') }}

-- Studies that are in no mart because they cannot be segmented; those that could not be fitted again keep the model in force.
select
    study,
    is_left_out,
    reason
from {{ ref('studies_left_out') }}
