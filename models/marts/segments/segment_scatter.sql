{% set new = by_date('scored_dates', part='study') -%}

-- A view of few customers for a picture: drawn first, so that nobody else is scaled.
{% set drawn -%}
    (
        select
            vectors.study,
            vectors.customer_id,
            vectors.as_of_date,
            vectors.features
        from {{ ref('feature_vectors') }} as vectors
        inner join (
            select
                study,
                as_of_date,
                {{ sample_bound(var('scatter_points'), 'customers') }} as bound
            from {{ ref('study_dates') }}
        ) as samples
            on vectors.study = samples.study
            and vectors.as_of_date = samples.as_of_date
        where
            {{ in_sample('vectors.customer_id', 'samples.bound') }}
            and {{ is_to_write(new, 'vectors.as_of_date', 'vectors.study') }}
    )
{%- endset -%}
{{ scaled_vectors(drawn, ['customer_id', 'as_of_date']) }}

select
    scaled.study,
    scaled.as_of_date,
    -- in the order of a hash, so that a number says nothing of the customer
    cast(row_number() over (
        partition by scaled.study, scaled.as_of_date
        order by md5(scaled.customer_id), scaled.customer_id
    ) as integer) as point,
    assignments.segment,
    names.persona,
    round({{ component(1) }}, 4) as component_1,
    round({{ component(2) }}, 4) as component_2,
    names.has_structure,
    scaled.model_version
from scaled
inner join {{ ref('segment_assignments') }} as assignments
    on scaled.study = assignments.study
    and scaled.customer_id = assignments.customer_id
    and scaled.as_of_date = assignments.as_of_date
left join {{ ref('segment_names') }} as names
    on assignments.study = names.study
    and assignments.segment = names.segment
