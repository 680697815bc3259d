{# dbt's node of features_<study> #}
{% macro study_node(study) %}
  {%- set node = graph.nodes.get('model.' ~ project_name ~ '.features_' ~ study) -%}
  {%- if not node -%}
    {{ exceptions.raise_compiler_error("var studies names '" ~ study ~ "', but there is no enabled model features_" ~ study) }}
  {%- endif -%}
  {{- return(node) -}}
{% endmacro %}

{# what var study_overrides says of a study; stops at a key, or a study, that does not exist #}
{% macro study_override(study) %}
  {%- set override = var('study_overrides').get(study, {}) -%}
  {%- do check_keys(override, ['recipe', 'segments', 'features', 'max_vif'], 'var study_overrides of study ' ~ study) -%}
  {{- return(override) -}}
{% endmacro %}

{# {title, question, recipe, segments, max_vif} of a study: its YAML (config.meta.study), changed by var study_overrides #}
{% macro study_options(study) %}
  {%- set options = study_node(study).config.meta.get('study') -%}
  {%- set where = 'config.meta.study of features_' ~ study -%}
  {%- if not options -%}{{ exceptions.raise_compiler_error("features_" ~ study ~ " has no config.meta.study in its YAML") }}{%- endif -%}
  {%- do check_keys(options, ['title', 'question', 'recipe', 'segments', 'max_vif'], where) -%}
  {%- set override = study_override(study) -%}
  {%- set merged = {
      'title': options.get('title', study),
      'question': options.get('question', ''),
      'recipe': override.get('recipe', options.get('recipe', 'robust')),
      'segments': override.get('segments', options.get('segments', 'auto')) | string,
      'max_vif': override.get('max_vif', options.get('max_vif')),
  } -%}
  {%- if merged.recipe not in recipes() -%}
    {{ exceptions.raise_compiler_error("Study " ~ study ~ " has the recipe '" ~ merged.recipe ~ "'; known: " ~ recipes() | join(', ')) }}
  {%- endif -%}
  {%- if merged.segments not in ['auto'] + (range(2, max_segments() + 1) | map('string') | list) -%}
    {{ exceptions.raise_compiler_error("Study " ~ study ~ " has segments: " ~ merged.segments ~ "; give auto, or a number from 2 to " ~ max_segments()) }}
  {%- endif -%}
  {%- if merged.max_vif is not none -%}{%- do check_vif(merged.max_vif, 'Study ' ~ study ~ ' has max_vif') -%}{%- endif -%}
  {{- return(merged) -}}
{% endmacro %}

{# The features of a study, in the order of its YAML: [{name, label, unit, transform, role, weight, variable, block, protected}] #}
{% macro study_features(study, role=none) %}
  {%- set chosen = study_override(study).get('features') -%}
  {%- set columns = study_node(study).columns -%}
  {%- set features = [] -%}
  {%- for column in columns.values() if column.config.meta.get('feature') is not none -%}
    {%- set given = column.config.meta.feature -%}
    {%- do check_keys(given, ['label', 'unit', 'transform', 'role', 'weight', 'variable', 'block', 'protected', 'vars'], 'config.meta.feature of ' ~ column.name ~ ' in features_' ~ study) -%}
    {%- set feature = {
        'name': column.name,
        'label': given.get('label', column.name),
        'unit': given.get('unit', 'number'),
        'transform': given.get('transform', 'none'),
        'role': given.get('role', 'cluster'),
        'weight': given.get('weight', 1),
        'variable': given.get('variable', column.name),
        'block': given.get('block', 'all'),
        'protected': given.get('protected', false),
    } -%}
    {%- if chosen -%}{%- do feature.update({'role': 'cluster' if column.name in chosen else 'profile'}) -%}{%- endif -%}
    {%- if feature.protected and var('leave_out_protected') -%}
      {%- if column.name in (chosen or []) -%}
        {{ exceptions.raise_compiler_error("var study_overrides clusters study " ~ study ~ " by " ~ column.name ~ ", which is protected, and var leave_out_protected leaves such features out; take one of the two back") }}
      {%- endif -%}
      {%- do feature.update({'role': 'profile'}) -%}
    {%- endif -%}
    {%- do check_feature(study, feature) -%}
    {%- do features.append(feature) -%}
  {%- endfor -%}
  {%- for name in chosen or [] if name not in features | map(attribute='name') -%}
    {{ exceptions.raise_compiler_error("var study_overrides: study " ~ study ~ " has no feature '" ~ name ~ "'; it has: " ~ features | map(attribute='name') | join(', ')) }}
  {%- endfor -%}
  {%- if not features | selectattr('role', 'equalto', 'cluster') | list -%}
    {{ exceptions.raise_compiler_error("Study " ~ study ~ " has no feature with role cluster" ~ (" besides the protected ones, which var leave_out_protected leaves out: "
        ~ "take the study out of var studies, or give it other features" if var('leave_out_protected') and features | selectattr('protected') | list
        else ": give its columns config.meta.feature in the YAML")) }}
  {%- endif -%}
  {{- return(features | selectattr('role', 'equalto', role) | list if role else features) -}}
{% endmacro %}

{# stops at a feature whose YAML says what cannot be #}
{% macro check_feature(study, feature) %}
  {%- set where = "Feature " ~ feature.name ~ " of study " ~ study -%}
  {%- if feature.transform not in ['none', 'yeo_johnson'] -%}
    {{ exceptions.raise_compiler_error(where ~ " has the transform '" ~ feature.transform ~ "'; known: none, yeo_johnson") }}
  {%- elif feature.role not in ['cluster', 'profile'] -%}
    {{ exceptions.raise_compiler_error(where ~ " has the role '" ~ feature.role ~ "'; known: cluster, profile") }}
  {%- elif feature.protected is not boolean -%}
    {{ exceptions.raise_compiler_error(where ~ " has protected: " ~ feature.protected ~ "; give true or false") }}
  {%- elif feature.weight is not number or feature.weight <= 0 -%}
    {{ exceptions.raise_compiler_error(where ~ " has the weight " ~ feature.weight ~ "; give a number above 0") }}
  {%- endif -%}
{% endmacro %}

{# stops at what is no limit of variance inflation factors #}
{% macro check_vif(value, where) %}
  {%- if value is not number or value is boolean or not value >= 1 or value > 1e12 -%}
    {{ exceptions.raise_compiler_error(where ~ ": " ~ value ~ "; give a number from 1 on (5 is usual)") }}
  {%- endif -%}
{% endmacro %}

{# how vectors can be scaled: segmentation/scaling.py says what each does #}
{% macro recipes() %}{{ return(['standard', 'median_fill', 'robust']) }}{% endmacro %}

{# the largest number of segments that is ever fitted #}
{% macro max_segments() %}{{ return(10) }}{% endmacro %}
