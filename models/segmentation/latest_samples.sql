{{ config(materialized='view', tags=['fit']) }}

-- A sample of the customers of the latest date, where the model in force was fitted on another one and something has moved since: whether
-- the rule still finds its segments there, structure_checks asks. It costs some seconds a study, and where nothing has moved no segment can
-- have gone.
with moved as (
    select
        study,
        as_of_date
    from {{ ref('feature_drift') }}
    where level <> 'stable'
    union distinct
    select
        study,
        as_of_date
    from {{ ref('segment_drift') }}
    where level <> 'stable'
),

samples as (
    select
        dates.study,
        dates.as_of_date,
        models.model_version,
        models.segments,
        models.segment_numbers,
        {{ sample_bound(var('structure_rows'), 'dates.customers') }} as bound
    from {{ ref('study_dates') }} as dates
    inner join {{ ref('segment_models') }} as models
        on dates.study = models.study
        and dates.as_of_date <> models.fitted_as_of
    inner join moved
        on dates.study = moved.study
        and dates.as_of_date = moved.as_of_date
    where dates.is_latest
)

select
    samples.study,
    samples.model_version,
    samples.segments,
    samples.as_of_date,
    vectors.customer_id,
    vectors.features,
    cast({{ position_in('samples.segment_numbers', 'assignments.segment') }} as integer) as position
from {{ ref('feature_vectors') }} as vectors
inner join samples
    on vectors.study = samples.study
    and vectors.as_of_date = samples.as_of_date
inner join {{ ref('segment_assignments') }} as assignments
    on vectors.study = assignments.study
    and vectors.as_of_date = assignments.as_of_date
    and vectors.customer_id = assignments.customer_id
where {{ in_sample('vectors.customer_id', 'samples.bound') }}
