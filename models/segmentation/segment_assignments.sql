{{ scaled_vectors(ref('feature_vectors'), ['customer_id', 'as_of_date']) }},

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
