{# dbt's node of features_<study> #}
{% macro study_node(study) %}
  {%- set node = graph.nodes.get('model.' ~ project_name ~ '.features_' ~ study) -%}
  {%- do refuse(not node, "var studies names '" ~ study ~ "', but there is no enabled model features_" ~ study) -%}
  {{- return(node) -}}
{% endmacro %}

{# what var study_overrides says of a study; stops at a key that does not exist #}
{% macro study_override(study) %}
  {%- set override = var('study_overrides').get(study, {}) -%}
  {%- do check_keys(override, ['recipe', 'segments', 'features', 'max_vif'], 'var study_overrides of study ' ~ study) -%}
  {{- return(override) -}}
{% endmacro %}

{# {title, question, recipe, segments, max_vif} of a study: its YAML (config.meta.study), changed by var study_overrides #}
{% macro study_options(study) %}
  {%- set given = study_node(study).config.meta.get('study') -%}
  {%- do refuse(not given, "features_" ~ study ~ " has no config.meta.study in its YAML") -%}
  {%- set options = {'title': study, 'question': '', 'recipe': 'robust', 'segments': 'auto', 'max_vif': none} -%}
  {%- do check_keys(given, options, 'config.meta.study of features_' ~ study) -%}
  {%- do options.update(given) -%}
  {%- do options.update(study_override(study)) -%}
  {%- do options.update({'segments': options.segments | string}) -%}
  {%- do refuse(options.recipe not in recipes(), "Study " ~ study ~ " has the recipe '" ~ options.recipe ~ "'; known: " ~ recipes() | join(', ')) -%}
  {%- do refuse(options.segments not in ['auto'] + (range(2, max_segments() + 1) | map('string') | list), "Study " ~ study ~ " has segments: " ~ options.segments
      ~ "; give auto, or a number from 2 to " ~ max_segments()) -%}
  {%- if options.max_vif is not none -%}{%- do check_vif(options.max_vif, 'Study ' ~ study ~ ' has max_vif') -%}{%- endif -%}
  {{- return(options) -}}
{% endmacro %}

{# The features of a study, in the order of its YAML: [{name, label, unit, transform, role, weight, variable, block, protected, column}]. A text
   column with categories is a feature for each of them; one with an order is their rank. #}
{% macro study_features(study, role=none) %}
  {%- set chosen, without_protected, features = study_override(study).get('features'), var('leave_out_protected'), [] -%}
  {%- for column in study_node(study).columns.values() if column.config.meta.get('feature') is not none -%}
    {%- set given = column.config.meta.feature -%}
    {%- set feature = {'name': column.name, 'label': column.name, 'unit': 'number', 'transform': 'none', 'role': 'cluster', 'weight': 1,
        'variable': column.name, 'block': 'all', 'protected': false} -%}
    {%- do check_keys(given, (feature | list)[1:] + ['vars', 'categories', 'order'], 'config.meta.feature of ' ~ column.name ~ ' in features_' ~ study) -%}
    {%- do feature.update(given) -%}
    {%- do feature.update({'column': column.name}) -%}
    {%- if feature.protected and without_protected -%}
      {%- do refuse(column.name in (chosen or []), "var study_overrides clusters study " ~ study ~ " by " ~ column.name
          ~ ", which is protected, and var leave_out_protected leaves such features out; take one of the two back") -%}
      {%- do feature.update({'role': 'profile'}) -%}
    {%- endif -%}
    {%- do check_feature('Feature ' ~ column.name ~ ' of study ' ~ study, feature) -%}
    {%- set categories = feature.categories or (categories_in_contract(column.name) if given.get('variable') == column.name else []) -%}
    {%- do refuse(given.get('variable') == column.name and not categories, "Feature " ~ column.name ~ " of study " ~ study
        ~ " is a variable of categories, and no contract lists them: add categories: [..., ...] to it in " ~ yaml_path(study_node(study))) -%}
    {%- for category in categories -%}
      {%- do features.append(dict(feature, name=column.name ~ '_' ~ modules.re.sub('[^a-z0-9]+', '_', category | string | lower), unit='share', category=category,
          categories=categories, label=feature.label ~ ': ' ~ category | string | replace('_', ' '))) -%}
    {%- else -%}
      {%- do features.append(feature) -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- for feature in features if chosen -%}
    {%- do feature.update({'role': 'cluster' if feature.name in chosen or feature.column in chosen else 'profile'}) -%}
  {%- endfor -%}
  {%- set names = features | map(attribute='name') | list -%}
  {%- for name in chosen or [] -%}
    {%- do refuse(name not in names + features | map(attribute='column') | list, "var study_overrides: study " ~ study ~ " has no feature '" ~ name ~ "'; it has: " ~ names | join(', ')) -%}
  {%- endfor -%}
  {%- do refuse(not features | selectattr('role', 'equalto', 'cluster') | list, "Study " ~ study ~ " has no feature with role cluster"
      ~ (" besides the protected ones, which var leave_out_protected leaves out: take the study out of var studies, or give it other features"
      if without_protected and features | selectattr('protected') | list else ": give its columns config.meta.feature in the YAML")) -%}
  {{- return(features | selectattr('role', 'equalto', role) | list if role else features) -}}
{% endmacro %}

{# the value of a feature, as SQL over the columns of features_<study>: prefix stands before the column #}
{% macro feature_value(feature, prefix='') %}
  {%- set value = prefix ~ (feature.column or feature.name) -%}
  {%- if feature.category is defined -%}
    {%- if feature.category == 'other' -%}
      {%- set value = 'case when ' ~ value ~ ' is not null then 1 - cast(' ~ is_listed(value, feature.categories | reject('equalto', 'other')) ~ ' as double) end' -%}
    {%- else -%}{%- set value = is_listed(value, [feature.category]) -%}
    {%- endif -%}
  {%- elif feature.order -%}
    {%- set ranks = [] -%}
    {%- for category in feature.order -%}{%- do ranks.append('when ' ~ is_listed(value, [category]) ~ ' then ' ~ loop.index) -%}{%- endfor -%}
    {%- set value = 'case ' ~ ranks | join(' ') ~ ' end' -%}
  {%- endif -%}
  {{- return('cast(' ~ value ~ ' as double)') -}}
{% endmacro %}

{# is a category one of a list, as staging writes them: in lower case, with underscores? #}
{% macro is_listed(value, categories) %}
  {%- set normal = [] -%}
  {%- for category in categories -%}{%- do normal.append(category | string | lower | replace(' ', '_') | replace('-', '_')) -%}{%- endfor -%}
  {{- return(normalised(value) ~ ' in (' ~ sql_texts(normal) ~ ')') -}}
{% endmacro %}

{# the categories that a contract lists for a column of this name, of whichever extract #}
{% macro categories_in_contract(name) %}
  {%- for extract in extract_names() -%}
    {%- for column in extract_contract(extract).columns if column.name == name and column.get('categories') is mapping -%}{{ return(column.categories | list) }}{%- endfor -%}
  {%- endfor -%}
  {{- return([]) -}}
{% endmacro %}

{# stops at what a feature cannot be #}
{% macro check_feature(where, feature) %}
  {%- do refuse(feature.transform not in ['none', 'yeo_johnson'], where ~ " has the transform '" ~ feature.transform ~ "'; known: none, yeo_johnson") -%}
  {%- do refuse(feature.role not in ['cluster', 'profile'], where ~ " has the role '" ~ feature.role ~ "'; known: cluster, profile") -%}
  {%- do refuse(feature.protected is not boolean, where ~ " has protected: " ~ feature.protected ~ "; give true or false") -%}
  {%- for key in ['categories', 'order'] if key in feature -%}
    {%- do refuse(feature[key] is string or feature[key] is not sequence or feature[key] | length < 2 or first_repeated(feature[key]), where ~ " has " ~ key ~ ": " ~ feature[key]
        ~ "; give a list of at least two, each once") -%}
  {%- endfor -%}
  {%- do refuse('categories' in feature and 'order' in feature, where ~ " has categories and an order; keep one") -%}
  {%- do refuse(feature.weight is not number or feature.weight <= 0, where ~ " has the weight " ~ feature.weight ~ "; give a number above 0") -%}
{% endmacro %}

{# stops at what is no limit of variance inflation factors #}
{% macro check_vif(value, where) %}
  {%- do refuse(value is not number or value is boolean or not 1 <= value <= 1e12, where ~ ": " ~ value ~ "; give a number from 1 on (5 is usual)") -%}
{% endmacro %}

{# how vectors can be scaled: segmentation/scaling.py says what each does #}
{% macro recipes() %}{{ return(['standard', 'median_fill', 'robust']) }}{% endmacro %}

{# the largest number of segments that is ever fitted #}
{% macro max_segments() %}{{ return(10) }}{% endmacro %}
