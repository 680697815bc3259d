{# What the features of a study are made of, from dbt's graph: {vars, hash}. The vars, as text such as "window_months: 6", are settings of its
   fit: those that the models and macros above it read, less those that only say which data come from where, those that belong to
   one feature (meta.feature.vars) that is not clustered, and the time zone where no extract has a time. The hash is over the vars, the SQL of features_<study>, of the models and of
   the project's macros above it (comments and blanks do not count), the contracts of their extracts and the reference seeds.
   read: what was read of texts already, for the next study: they share most. #}
{% macro study_definition(study, read={}) %}
  {%- set macros = builtins.ref.manifest.macros if builtins.ref.manifest is defined else {} -%}
  {%- set ids, macro_ids, texts, parts, types = [study_node(study).unique_id], [], [], [], [] -%}
  {%- for id in ids -%}
    {%- set node = graph.nodes[id] -%}
    {%- if node.resource_type == 'model' -%}
      {%- do texts.append(node.raw_code) -%}
      {%- do macro_ids.extend(node.depends_on.macros | reject('in', macro_ids) | list) -%}
      {#- which dates there are is no matter of what a feature is -#}
      {%- do ids.extend(node.depends_on.nodes | select('in', graph.nodes) | reject('in', ids + ['model.' ~ project_name ~ '.bank_dates']) | list) -%}
    {%- elif node.fqn[1] == 'reference' -%}
      {%- do parts.append(node.name ~ ' ' ~ node.checksum.checksum) -%}
    {%- endif -%}
    {%- if node.name.startswith('checked_') and node.name[8:] in extract_names() -%}
      {%- do parts.append(tojson(extract_contract(node.name[8:]), sort_keys=true)) -%}
      {%- do types.extend(extract_contract(node.name[8:]).columns | map(attribute='type')) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- for id in macro_ids if id in macros and macros[id].package_name == project_name and not modules.re.search('macros.(hooks|dates)', macros[id].original_file_path) -%}
    {%- do texts.append(macros[id].macro_sql) -%}
    {%- do macro_ids.extend(macros[id].depends_on.macros | reject('in', macro_ids) | list) -%}
  {%- endfor -%}
  {%- set counting, elsewhere = [], ([] if 'timestamp' in types else ['time_zone']) -%}
  {%- set clustered = study_features(study, 'cluster') | map(attribute='column') | list -%}
  {%- for column in study_node(study).columns.values() if column.config.meta.get('feature') is not none -%}
    {%- do (counting if column.name in clustered else elsewhere).extend(column.config.meta.feature.get('vars', [])) -%}
  {%- endfor -%}
  {%- set vars = {} -%}
  {%- for text in texts -%}
    {%- if text not in read -%}
      {%- do read.update({text: (local_md5(modules.re.sub('\\s+', ' ', modules.re.sub('(?s)[{]#.*?#[}]|--[^\\n]*', ' ', text))),
          modules.re.findall("\\bvar\\(\\s*['\"]([a-z0-9_]+)['\"]\\s*[,)]", text) | reject('in', vars_of_no_feature()) | list)}) -%}
    {%- endif -%}
    {%- do parts.append(read[text][0]) -%}
    {%- for name in read[text][1] -%}
      {%- if name in counting or name not in elsewhere -%}{%- do vars.update({name: name ~ ': ' ~ tojson(var(name, none), sort_keys=true)}) -%}{%- endif -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- set listed = vars.values() | sort | join(', ') -%}
  {{- return({'vars': listed, 'hash': local_md5(listed ~ '\n' ~ parts | sort | join('\n'))[:12]}) -}}
{% endmacro %}

{# which data, from where, and of which date; how they are read; what else is a setting already #}
{% macro vars_of_no_feature() %}
  {{- return(['studies', 'study_overrides', 'bank', 'extracts', 'attach', 'bank_files', 'bank_tables', 'as_of_date', 'restate', 'forget_dates', 'max_rejected_share', 'max_volume_change', 'transaction_partitions',
      'model_versions', 'keep_scores', 'refit', 'leave_out_protected', 'readable_by']) -}}
{% endmacro %}

{# for whoever reads of a model whose features are made otherwise today #}
{% macro defined_otherwise() -%}
    The model was fitted on other definitions of its features (vars, SQL, contracts or reference data) than today''s: refit it, or pin it and know it
{%- endmacro %}

{# What the marts are made of, besides extracts and fits, as one text: the SQL of models and macros, the reference seeds, the YAML of the studies.
   Where it changes, every date is written again. #}
{% macro definition_of_marts() %}
  {%- set manifest, parts = builtins.ref.manifest, [] -%}
  {%- if not execute or manifest is not defined or 'nodes' not in graph -%}{{ return('') }}{%- endif -%}
  {%- for node in graph.nodes.values() if node.resource_type == 'model' or node.resource_type == 'seed' and node.fqn[1] == 'reference' -%}
    {%- do parts.append(node.name ~ ' ' ~ node.checksum.checksum) -%}
    {%- for column in node.columns.values() if column.config.meta -%}{%- do parts.append(node.name ~ column.name ~ tojson(column.config.meta, sort_keys=true)) -%}{%- endfor -%}
  {%- endfor -%}
  {%- for macro in manifest.macros.values() if macro.package_name == project_name and 'hooks' not in macro.original_file_path -%}{%- do parts.append(macro.macro_sql) -%}{%- endfor -%}
  {{- return(local_md5(parts | sort | join('\n'))) -}}
{% endmacro %}
