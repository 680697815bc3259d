{# The two steps of a scaling, for the feature at position i of a model: the only place where one is applied, for fitting and for scoring. `model`
   has the lists of feature_scaling. First nothing is missing and nothing out of bounds: fill, then clip (a NULL bound clips nothing). #}
{% macro prepared_value(x, model, i) -%}
    least(greatest(coalesce({{ x }}, {{ model }}.fill[{{ i }}]), {{ model }}.lower[{{ i }}]), {{ model }}.upper[{{ i }}])
{%- endmacro %}

{# Then Yeo and Johnson's power transform where the model has a lambda (2000, Biometrika 87), and z-scores times weight.
   exp and ln: power() is slow. #}
{% macro scaled_value(x, model, i) -%}
    {%- set power = model ~ '.lambdas[' ~ i ~ ']' -%}
    (
        case
            when {{ power }} is null then {{ x }}
            when {{ x }} >= 0 and abs({{ power }}) < 1e-12 then ln(1 + {{ x }})
            when {{ x }} >= 0 then (exp({{ power }} * ln(1 + {{ x }})) - 1) / {{ power }}
            when abs({{ power }} - 2) < 1e-12 then -ln(1 - {{ x }})
            else -(exp((2 - {{ power }}) * ln(1 - {{ x }})) - 1) / (2 - {{ power }})
        end - {{ model }}.mean[{{ i }}]
    ) / {{ model }}.scale[{{ i }}]
{%- endmacro %}

{# The body of a query: the vectors of a relation (study, features, and the columns named) scaled by the models in force,
   with the columns of segment_models. For few customers: segment_assignments, which scores everybody, does the same column by column. #}
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

{# the number of the segment whose centre stands at a position, and the other way round: the centre of a segment. `model` has the
   columns of segment_models. #}
{% macro segment_number(model, position) %}{{ return(model ~ '.segment_numbers[' ~ position ~ ']') }}{% endmacro %}

{# the centre of a segment; `model` has the columns of segment_models #}
{% macro centre_of(model, segment) %}{{ return(model ~ '.centres[' ~ position_in(model ~ '.segment_numbers', segment) ~ ']') }}{% endmacro %}

{# the coordinate on a principal component, from the rows of scaled_vectors #}
{% macro component(number) -%}
    {%- set loadings = 'loadings[' ~ number ~ ']' -%}
    {{ dot_product('z', loadings) }} - {{ dot_product('component_centre', loadings) }}
{%- endmacro %}

{# A query: the distance of each vector of a relation (study, customer_id, as_of_date, features) to every segment's centre.
   Joined with the segments, not unnested: so a filter by customer reaches the vectors before anything is computed. #}
{% macro distances_to_segments(vectors) -%}
{{ scaled_vectors(vectors, ['customer_id', 'as_of_date']) }},

numbered as (
    select
        models.study,
        numbers.position,
        models.segment_numbers[numbers.position] as segment
    from {{ ref('segment_models') }} as models,
        {{ positions_of('models.centres', 'numbers') }}
)

select
    scaled.study,
    scaled.customer_id,
    scaled.as_of_date,
    numbered.segment,
    names.persona,
    {{ distance('scaled.z', 'scaled.centres[numbered.position]') }} as distance,
    names.has_structure,
    scaled.model_version
from scaled
inner join numbered on scaled.study = numbered.study
left join {{ ref('segment_names') }} as names
    on numbered.study = names.study
    and numbered.segment = names.segment
{%- endmacro %}

{# The same for values that are typed in, such as {'balance': 1200, 'purchases': 300}; features that are left out count as missing.
   dbt show --limit 10 --inline "{{ distances_of_values('card_usage', {'balance': 1200, 'purchases': 300}) }}" #}
{% macro distances_of_values(study, values) -%}
    {%- do refuse(study not in var('studies'), "There is no study '" ~ study ~ "'; enabled: " ~ var('studies') | join(', ')) -%}
    {%- set features, vector = study_features(study, 'cluster') | map(attribute='name') | list if execute else [], [] -%}
    {%- if execute -%}{%- do check_keys(values, features, 'the values of study ' ~ study) -%}{%- endif -%}
    {%- for name in features -%}{%- do vector.append('cast(' ~ ('null' if values.get(name) is none else values[name]) ~ ' as double)') -%}{%- endfor -%}
    {{ distances_to_segments('(select ' ~ sql_text(study) ~ " as study, 'values typed in' as customer_id, cast(null as date) as as_of_date, " ~ list_of(vector) ~ ' as features)') }}
{%- endmacro %}
