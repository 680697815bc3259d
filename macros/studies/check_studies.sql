{# What makes a study wrong, said in one sentence before anything is fitted: at parse time (check_study_models), at the start of every
   command (check_study_names, check_studies) and when the studies' SQL has run (check_feature_columns) #}

{# A study without its model: dbt would name a model that looks for it, not what to do. All that dbt knows while it parses is the list
   of the project's files; where a version of dbt does not show it, dbt's own message comes. #}
{% macro check_study_models() %}
  {%- do refuse(var('studies') is string, "var studies is '" ~ var('studies') ~ "'; give a list, such as [" ~ var('studies') ~ "]") -%}
  {%- set files = builtins.ref.manifest.files if builtins.ref.manifest is defined else [] -%}
  {%- set found = modules.re.findall('(?m)[/\\\\]features_([^/\\\\\n]+)[.]sql$', files | join('\n')) -%}
  {%- for study in var('studies') if found -%}
    {%- do refuse(study not in found, "var studies names '" ~ study ~ "', but there is no models/features/features_" ~ study ~ ".sql; there are studies "
        ~ found | sort | join(', ') ~ ". Correct the name, or add the study as docs/your-study.md does.") -%}
  {%- endfor -%}
{% endmacro %}

{# stops at a name that is none, or that comes twice #}
{% macro check_study_names() %}
  {%- for study in var('studies') -%}
    {%- do refuse(not modules.re.match('[a-z][a-z0-9_]*$', study | string), "var studies names '" ~ study ~ "'; a study is named with lower-case letters, "
        ~ "digits and underscores, a letter first: rename features_" ~ study ~ ".sql and its YAML") -%}
  {%- endfor -%}
  {%- set study = first_repeated(var('studies')) -%}
  {%- do refuse(study, "var studies names '" ~ study ~ "' twice; name it once") -%}
{% endmacro %}

{# what is wrong in the YAML of the studies (study_options and study_features stop at the rest) or in the seeds about personas #}
{% macro check_studies() %}
  {%- for study in var('studies') -%}
    {%- set node = study_node(study) -%}
    {%- do refuse(not node.patch_path, node.original_file_path ~ " has no YAML entry: describe features_" ~ study ~ " in a features_" ~ study
        ~ ".yml beside it, as docs/your-study.md does") -%}
    {%- set column = first_repeated(columns_in_yaml(node)) -%}
    {%- do refuse(column, yaml_path(node) ~ " lists the column " ~ column ~ " of features_" ~ study ~ " twice; keep one of the two") -%}
    {%- do study_options(study) -%}
    {%- set label = first_repeated(study_features(study) | map(attribute='label')) -%}
    {%- do refuse(label, yaml_path(node) ~ " gives two features of study " ~ study ~ " the label '" ~ label ~ "'; give each its own") -%}
  {%- endfor -%}
  {%- do check_protected() -%}
  {%- do check_seed('personas', ['study', 'persona']) -%}
  {%- do check_seed('persona_traits', ['study', 'persona', 'feature']) -%}
  {%- do check_seed('playbook', ['study', 'persona', 'area']) -%}
  {%- do check_seed('trait_levels', ['level']) -%}
{% endmacro %}

{# the YAML's columns against those that the SQL returned; feature_catalog comes after every study and before whatever reads features #}
{% macro check_feature_columns() %}
  {%- for study in (var('studies') if flags.WHICH in ['build', 'run'] else []) -%}
    {%- set node = study_node(study) -%}
    {%- set relation = load_relation(node_relation(node)) -%}
    {%- if relation -%}{%- do check_columns_of_study(study, node, columns_of(relation | string)) -%}{%- endif -%}
  {%- endfor -%}
{% endmacro %}

{# stops at a feature that the SQL does not return, or not as a number, and at a column that it returns twice #}
{% macro check_columns_of_study(study, node, returned) %}
  {%- set types = {} -%}
  {%- for name, type in returned -%}{%- do types.update({name | lower: type}) -%}{%- endfor -%}
  {%- set features = study_features(study) | map(attribute='column') | map('lower') | unique | list -%}
  {%- set listed = node.columns | map('lower') | list -%}
  {%- for name in ['customer_id', 'as_of_date'] + features if name not in types -%}
    {%- set nearest = nearest_name(name, types | reject('in', listed) | list) -%}
    {%- do refuse(true, node.original_file_path ~ " does not return the column " ~ name
        ~ (", a feature in " ~ yaml_path(node) if name in features else ", which every study needs")
        ~ "; it returns " ~ types | join(', ') ~ ". " ~ ("Did you mean " ~ nearest ~ "?" if nearest else "Add it to the select"
        ~ (", or take it out of the YAML." if name in features else "."))) -%}
  {%- endfor -%}
  {%- for feature in study_features(study) if feature.categories or feature.order -%}
    {%- if feature.column | lower in features -%}{%- do features.remove(feature.column | lower) -%}{%- endif -%}
    {%- do check_categories(study, node, feature, types[feature.column | lower]) -%}
  {%- endfor -%}
  {%- for name in features -%}
    {%- do refuse(not is_number_type(types[name]), "Feature " ~ name ~ " of study " ~ study ~ " is " ~ types[name] | lower ~ " in " ~ node.original_file_path
        ~ "; a feature is a number: cast it, or list its values as categories or in an order (docs/your-study.md)") -%}
  {%- endfor -%}
  {%- for name in types if name not in listed -%}{# DuckDB calls the second x of a select x_1 #}
    {%- set first = modules.re.sub('_[0-9]+$', '', name) -%}
    {%- do refuse(first != name and first in listed and first in types, node.original_file_path ~ " returns the column " ~ first ~ " twice, the second time as "
        ~ name ~ "; return it once, or list " ~ name ~ " in " ~ yaml_path(node) ~ " if it is another column") -%}
  {%- endfor -%}
{% endmacro %}

{# stops at a text column that is none, and at values that its list of categories or its order has not: they would count as none of them #}
{% macro check_categories(study, node, feature, type) %}
  {%- set column, listed = feature.column, feature.categories or feature.order -%}
  {%- do refuse(type != 'VARCHAR', "Feature " ~ column ~ " of study " ~ study ~ " has a list of values and is " ~ type | lower ~ " in " ~ node.original_file_path ~ "; values are text") -%}
  {%- if 'other' in listed and not feature.order -%}{{ return('') }}{%- endif -%}
  {%- set others = [] -%}
  {%- for row in run_query('select ' ~ shape_of(column) ~ ' as shape, count(*) as n from ' ~ node_relation(node) ~ ' where not ' ~ is_listed(column, listed)
      ~ ' group by all order by n desc, shape limit 5') -%}
    {%- do others.append(row[0] ~ ' (' ~ row[1] ~ ')') -%}
  {%- endfor -%}
  {%- do refuse(others, "Feature " ~ column ~ " of study " ~ study ~ " has values that are not in its list (" ~ listed | join(', ') ~ "), of the form " ~ others | join(', ')
      ~ ". Look at them in " ~ node.name ~ ", and add them in " ~ yaml_path(node) ~ (", or other, for all that are not listed" if not feature.order else "")) -%}
{% endmacro %}

{# the names of a model's columns as its YAML lists them: dbt silently keeps the last of two #}
{% macro columns_in_yaml(node) %}
  {%- set models = fromyaml(text_of_file(path_in_project(yaml_path(node)))).models | selectattr('name', 'equalto', node.name) | list -%}
  {{- return((models[0].columns or []) | map(attribute='name') | map('lower') | list if models else []) -}}
{% endmacro %}

{# the YAML file of a model, in the project #}
{% macro yaml_path(node) %}{{ return(node.patch_path.split('://') | last) }}{% endmacro %}

{# dbt may run in another folder than the project's #}
{% macro path_in_project(path) %}{{ return(invocation_args_dict.project_dir ~ '/' ~ path) }}{% endmacro %}

{# stops at a column that the CSV of a seed lacks, and at a key that comes twice; the seed's own tests could only count them. A row
   with a field too few or too many makes one column of all, as DuckDB reads it. #}
{% macro check_seed(seed, key) %}
  {%- set node = graph.nodes['seed.' ~ project_name ~ '.' ~ seed] -%}
  {%- set path = node.original_file_path -%}
  {%- set rows = csv_rows(path_in_project(path)) -%}
  {%- set found = columns_of(rows) | map('first') | map('lower') | list -%}
  {%- for name in node.config.column_types -%}
    {%- do refuse(name not in found, "There is no column " ~ name ~ " in " ~ path ~ ", or a row has not as many fields as its columns, which have to be "
        ~ node.config.column_types | join(', ') ~ ": add what is missing, if only a comma, and put text with a comma between quotes") -%}
  {%- endfor -%}
  {%- for row in run_query('select ' ~ key | join(', ') ~ ', count(*) as times from ' ~ rows ~ ' group by all having count(*) > 1 order by all limit 1') -%}
    {%- do refuse(true, path ~ " has " ~ row['times'] ~ " rows of " ~ row.values()[:-1] | join(', ') ~ " (" ~ key | join(', ') ~ "); keep one") -%}
  {%- endfor -%}
{% endmacro %}
