{#- downstream of every study, so that a run of one study also refreshes what is rendered from its YAML -#}
{% for study in var('studies') -%}
-- depends_on: {{ ref('features_' ~ study) }}
{% endfor %}
-- depends_on: {{ ref('checked_own_extracts') }}
{% do check_feature_columns() if execute else check_study_models() %}
{% set rows = feature_catalog_rows() if execute else [] %}
select
    cast(study as varchar) as study,
    cast(position as integer) as position,
    cast(feature as varchar) as feature,
    cast(label as varchar) as label,
    cast(unit as varchar) as unit,
    cast(transform as varchar) as transform,
    cast(role as varchar) as role,
    cast(weight as double) as weight,
    cast(variable as varchar) as variable,
    cast(block as varchar) as block,
    cast(is_protected as boolean) as is_protected
from (
    values
    {{ rows | join(',\n    ') or '(null, null, null, null, null, null, null, null, null, null, null)' }}
) as catalog (study, position, feature, label, unit, transform, role, weight, variable, block, is_protected)  -- noqa: AL05
