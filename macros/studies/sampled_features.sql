{# A query of a model by_date: of each study and as_of_date that is written (new, of by_date) a hash sample of about `rows` customers, with their features as a list #}
{% macro sampled_features(new, rows) -%}
    {% for study in var('studies') -%}
    select
        {{ sql_text(study) }} as study,
        features.as_of_date,
        features.customer_id,
        {{ list_of(feature_doubles(study)) }} as features
    from {{ ref('features_' ~ study) }} as features
    inner join (
        select
            as_of_date,
            {{ sample_bound(rows, 'customers') }} as bound
        from {{ ref('study_dates') }}
        where study = {{ sql_text(study) }}
    ) as samples on features.as_of_date = samples.as_of_date
    where
        {{ in_sample('features.customer_id', 'samples.bound') }}
        and {{ is_to_write(new, 'features.as_of_date', sql_text(study)) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
{%- endmacro %}

{# the features of a study, clustered or not, as expressions of doubles: in the order of feature_catalog.position #}
{% macro feature_doubles(study) %}
  {%- set values = [] -%}
  {%- for feature in (study_features(study) if execute else []) -%}
    {%- do values.append(feature_value(feature, 'features.')) -%}
  {%- endfor -%}
  {{- return(values) -}}
{% endmacro %}
