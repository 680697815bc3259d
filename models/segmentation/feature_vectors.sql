{{ config(materialized='view') }}

-- depends_on: {{ ref('feature_catalog') }}
{% for study in var('studies') -%}
{%- set values = [] -%}
{%- for feature in (study_features(study, 'cluster') if execute else []) -%}
{%- do values.append(feature_value(feature)) -%}
{%- endfor -%}
select
    {{ sql_text(study) }} as study,
    customer_id,
    as_of_date,
    {{ list_of(values) }} as features
from {{ ref('features_' ~ study) }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
