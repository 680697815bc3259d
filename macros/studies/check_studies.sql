{# What makes a study wrong, said in one sentence before anything is fitted: at parse time (check_study_models), at the start of every
   command (check_study_names, check_studies) and when the studies' SQL has run (check_feature_columns) #}

{# A study without its model: dbt would name a model that looks for it, not what to do. All that dbt knows while it parses is the list
   of the project's files; where a version of dbt does not show it, dbt's own message comes. #}
{% macro check_study_models() %}
  {%- if var('studies') is string -%}
    {{ exceptions.raise_compiler_error("var studies is '" ~ var('studies') ~ "'; give a list, such as [" ~ var('studies') ~ "]") }}
  {%- endif -%}
  {%- set files = builtins.ref.manifest.files if builtins.ref.manifest is defined else [] -%}
  {%- set found = [] -%}
  {%- for file in files -%}
    {%- set match = modules.re.search('[/\\\\]features_([^/\\\\]+)[.]sql$', file) -%}
    {%- if match -%}{%- do found.append(match.group(1)) -%}{%- endif -%}
  {%- endfor -%}
  {%- for study in var('studies') if found and study not in found -%}
    {{ exceptions.raise_compiler_error("var studies names '" ~ study ~ "', but there is no models/features/features_" ~ study ~ ".sql; there are studies "
        ~ found | sort | join(', ') ~ ". Correct the name, or add the study as docs/your-study.md does.") }}
  {%- endfor -%}
{% endmacro %}

{# stops at a name in var studies that no column could have, and at one that comes twice #}
{% macro check_study_names() %}
  {%- for study in var('studies') -%}
    {%- if not modules.re.match('[a-z][a-z0-9_]*$', study | string) -%}
      {{ exceptions.raise_compiler_error("var studies names '" ~ study ~ "'; a study is named with lower-case letters, digits and underscores, a letter first: "
          ~ "rename features_" ~ study ~ ".sql and its YAML") }}
    {%- endif -%}
  {%- endfor -%}
  {%- set study = first_repeated(var('studies')) -%}
  {%- if study -%}{{ exceptions.raise_compiler_error("var studies names '" ~ study ~ "' twice; name it once") }}{%- endif -%}
{% endmacro %}

{# what is wrong in the YAML of the studies (study_options and study_features stop at the rest) or in the seeds about personas #}
{% macro check_studies() %}
  {%- for study in var('studies') -%}
    {%- set node = study_node(study) -%}
    {%- if not node.patch_path -%}
      {{ exceptions.raise_compiler_error(node.original_file_path ~ " has no YAML entry: describe features_" ~ study ~ " in a features_" ~ study
          ~ ".yml beside it, as docs/your-study.md does") }}
    {%- endif -%}
    {%- set column = first_repeated(columns_in_yaml(node)) -%}
    {%- if column -%}
      {{ exceptions.raise_compiler_error(yaml_path(node) ~ " lists the column " ~ column ~ " of features_" ~ study ~ " twice; keep one of the two") }}
    {%- endif -%}
    {%- do study_options(study) -%}
    {%- set label = first_repeated(study_features(study) | map(attribute='label')) -%}
    {%- if label -%}
      {{ exceptions.raise_compiler_error(yaml_path(node) ~ " gives two features of study " ~ study ~ " the label '" ~ label ~ "'; give each its own") }}
    {%- endif -%}
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

{# stops where the SQL of a study lacks a column, returns one twice, or has a feature that is no number #}
{% macro check_columns_of_study(study, node, returned) %}
  {%- set types = {} -%}
  {%- for name, type in returned -%}{%- do types.update({name | lower: type}) -%}{%- endfor -%}
  {%- set features = study_features(study) | map(attribute='name') | map('lower') | list -%}
  {%- set listed = node.columns | map('lower') | list -%}
  {%- for name in ['customer_id', 'as_of_date'] + features if name not in types -%}
    {%- set nearest = nearest_name(name, types | reject('in', listed) | list) -%}
    {{ exceptions.raise_compiler_error(node.original_file_path ~ " does not return the column " ~ name
        ~ (", a feature in " ~ yaml_path(node) if name in features else ", which every study needs")
        ~ "; it returns " ~ types | join(', ') ~ ". " ~ ("Did you mean " ~ nearest ~ "?" if nearest else "Add it to the select"
        ~ (", or take it out of the YAML." if name in features else "."))) }}
  {%- endfor -%}
  {%- for name in features if not is_number_type(types[name]) -%}
    {{ exceptions.raise_compiler_error("Feature " ~ name ~ " of study " ~ study ~ " is " ~ types[name] | lower ~ " in " ~ node.original_file_path
        ~ "; a feature is a number: cast it, or turn its values into numbers") }}
  {%- endfor -%}
  {%- for name in types if name not in listed -%}{# DuckDB calls the second x of a select x_1 #}
    {%- set first = modules.re.sub('_[0-9]+$', '', name) -%}
    {%- if first != name and first in listed and first in types -%}
      {{ exceptions.raise_compiler_error(node.original_file_path ~ " returns the column " ~ first ~ " twice, the second time as " ~ name
          ~ "; return it once, or list " ~ name ~ " in " ~ yaml_path(node) ~ " if it is another column") }}
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}

{# the names of a model's columns as its YAML lists them: dbt silently keeps the last of two #}
{% macro columns_in_yaml(node) %}
  {%- set names = [] -%}
  {%- for entry in fromyaml(text_of_file(path_in_project(yaml_path(node)))).models if entry.name == node.name -%}
    {%- for column in entry.columns or [] -%}{%- do names.append(column.name | lower) -%}{%- endfor -%}
  {%- endfor -%}
  {{- return(names) -}}
{% endmacro %}

{# the file in which the YAML of a node stands #}
{% macro yaml_path(node) %}{{ return(node.patch_path.split('://') | last) }}{% endmacro %}

{# dbt may run in another folder than the project's #}
{% macro path_in_project(path) %}{{ return(invocation_args_dict.project_dir ~ '/' ~ path) }}{% endmacro %}

{# stops at a column that the CSV of a seed lacks, and at a key that comes twice; the seed's own tests could only count them. A row
   with a field too few or too many makes one column of all, as DuckDB reads it. #}
{% macro check_seed(seed, key) %}
  {%- set node = graph.nodes['seed.' ~ project_name ~ '.' ~ seed] -%}
  {%- set path = node.original_file_path -%}
  {%- set rows = read_files([path_in_project(path)], 'csv') -%}
  {%- set found = columns_of(rows) | map('first') | map('lower') | list -%}
  {%- for name in node.config.column_types if name not in found -%}
    {{ exceptions.raise_compiler_error("There is no column " ~ name ~ " in " ~ path ~ ", or a row has not as many fields as its columns, which have to be "
        ~ node.config.column_types | join(', ') ~ ": add what is missing, if only a comma, and put text with a comma between quotes") }}
  {%- endfor -%}
  {%- set repeated = run_query('select ' ~ key | join(', ') ~ ', count(*) as times from ' ~ rows ~ ' group by all having count(*) > 1 order by all limit 1') -%}
  {%- if repeated | length -%}
    {{ exceptions.raise_compiler_error(path ~ " has " ~ repeated[0]['times'] ~ " rows of " ~ repeated[0].values()[:-1] | join(', ') ~ " ("
        ~ key | join(', ') ~ "); keep one") }}
  {%- endif -%}
{% endmacro %}

{# for the test primary_key, which would say that SQL of its own fails #}
{% macro check_key_columns(model, key) %}
  {%- set names = columns_of(model | string) | map('first') | map('lower') | list -%}
  {%- for name in key if name not in names -%}
    {{ exceptions.raise_compiler_error(model.identifier ~ " does not return the column " ~ name ~ " of its primary key; it returns " ~ names | join(', ')) }}
  {%- endfor -%}
{% endmacro %}

{# of some names the first that comes a second time, or none #}
{% macro first_repeated(names) %}
  {%- set seen = [] -%}
  {%- for name in names -%}
    {%- if name in seen -%}{{ return(name) }}{%- endif -%}
    {%- do seen.append(name) -%}
  {%- endfor -%}
{% endmacro %}
