{# What follows "select": a hash sample of about `rows` customers of each as_of_date of a study, as `features` #}
{% macro from_sampled_features(study, rows) -%}
    from {{ ref('features_' ~ study) }} as features
    inner join (
        select
            as_of_date,
            {{ sample_bound(rows, 'count(*)') }} as bound
        from {{ ref('features_' ~ study) }}
        group by as_of_date
    ) as samples on features.as_of_date = samples.as_of_date
    where {{ in_sample('features.customer_id', 'samples.bound') }}
{%- endmacro %}

{# the features of a study, clustered or not, as expressions of doubles: in the order of feature_catalog.position #}
{% macro feature_doubles(study) %}
  {%- set values = [] -%}
  {%- for feature in (study_features(study) if execute else []) -%}
    {%- do values.append('cast(features.' ~ feature.name ~ ' as double)') -%}
  {%- endfor -%}
  {{- return(values) -}}
{% endmacro %}
