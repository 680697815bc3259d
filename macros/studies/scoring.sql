{# The body of a query: the vectors of a relation (study, features, and the columns named) scaled by the models in force,
   with the columns of segment_models. Everything that scores starts here. #}
{% macro scaled_vectors(vectors, columns) -%}
with filled as (
    select
        {%- for column in columns %}
        vectors.{{ column }},
        {%- endfor %}
        {{ prepared('vectors.features', 'models') }} as x,
        models.*
    from {{ vectors }} as vectors
    inner join {{ ref('segment_models') }} as models on vectors.study = models.study
),

scaled as (
    select
        *,
        {{ scaled('filled.x', 'filled') }} as z
    from filled
)
{%- endmacro %}
