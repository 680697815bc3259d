{% set new = by_date('scored_dates', part='study') -%}
{{ config(pre_hook="{{ begin_stage('scoring every customer') }}") }}

-- Each feature is scaled as a column of its own, beside the one row that is the study's model: half the time of a function over lists.
with models as (
    select * from {{ ref('segment_models') }}
),

{% for study in var('studies') -%}
{% set positions = range(1, (study_features(study, 'cluster') if execute else []) | length + 1) | list -%}
prepared_{{ loop.index }} as (
    select
        vectors.customer_id,
        vectors.as_of_date,
        {%- for position in positions %}
        {{ prepared_value('vectors.features[' ~ position ~ ']', 'models', position) }} as x_{{ position }},
        {%- endfor %}
        models.*
    from {{ ref('feature_vectors') }} as vectors
    cross join models
    where
        vectors.study = {{ sql_text(study) }}
        and models.study = {{ sql_text(study) }}
        and {{ is_to_write(new, 'vectors.as_of_date', sql_text(study)) }}
),

{% set z = [] -%}
{% for position in positions %}{% do z.append(scaled_value('prepared.x_' ~ position, 'prepared', position)) %}{% endfor -%}
scaled_{{ loop.index }} as (
    select
        prepared.study,
        prepared.customer_id,
        prepared.as_of_date,
        prepared.model_version,
        prepared.distance_p99,
        prepared.segment_numbers,
        prepared.centres,
        {{ list_of(z) }} as z
    from prepared_{{ loop.index }} as prepared
),

{% endfor -%}
scaled as (
    {% for study in var('studies') -%}
    select * from scaled_{{ loop.index }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

measured as (
    select
        study,
        customer_id,
        as_of_date,
        model_version,
        distance_p99,
        segment_numbers,
        {{ distances('z', 'centres') }} as distances
    from scaled
),

ranked as (
    select
        *,
        {{ positions_by_value('distances') }} as nearest
    from measured
)

select
    study,
    customer_id,
    as_of_date,
    segment_numbers[nearest[1]] as segment,
    distances[nearest[1]] as distance,
    segment_numbers[nearest[2]] as runner_up_segment,
    distances[nearest[2]] as runner_up_distance,
    -- 0 on the border of two segments, 1 in the centre of one
    1 - distances[nearest[1]] / nullif(distances[nearest[2]], 0) as margin,
    -- where all customers of a segment are alike, only rounding lies between them and its centre
    distances[nearest[1]] > distance_p99 + 1e-9 as is_outlier,
    model_version
from ranked
