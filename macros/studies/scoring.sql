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

{# A query: the distance of each vector of a relation (study, customer_id, as_of_date, features) to every segment's centre #}
{% macro distances_to_segments(vectors) -%}
{{ scaled_vectors(vectors, ['customer_id', 'as_of_date']) }},

measured as (
    select
        study,
        customer_id,
        as_of_date,
        model_version,
        {{ distances('z', 'centres') }} as distances
    from scaled
)

select
    measured.study,
    measured.customer_id,
    measured.as_of_date,
    cast(numbers.position as integer) as segment,
    measured.distances[numbers.position] as distance,
    measured.model_version
from measured,
    {{ positions_of('measured.distances', 'numbers') }}
{%- endmacro %}

{# The same for values that are typed in, such as {'balance': 1200, 'purchases': 300}; features that are left out count as missing.
   dbt show --inline "{{ distances_of_values('card_usage', {'balance': 1200, 'purchases': 300}) }}" #}
{% macro distances_of_values(study, values) -%}
    {%- if study not in var('studies') -%}
        {{ exceptions.raise_compiler_error("There is no study '" ~ study ~ "'; enabled: " ~ var('studies') | join(', ')) }}
    {%- endif -%}
    {%- set features = study_features(study, 'cluster') | map(attribute='name') | list if execute else [] -%}
    {%- if execute -%}{%- do check_keys(values, features, 'the values of study ' ~ study) -%}{%- endif -%}
    {%- set vector = [] -%}
    {%- for name in features -%}
        {%- set value = values.get(name) -%}
        {%- do vector.append('cast(' ~ ('null' if value is none else value) ~ ' as double)') -%}
    {%- endfor -%}
    {%- set row -%}
    (
        select
            {{ sql_text(study) }} as study,
            'values typed in' as customer_id,
            cast(null as date) as as_of_date,
            {{ list_of(vector) }} as features
    )
    {%- endset -%}
    {{ distances_to_segments(row) }}
{%- endmacro %}
