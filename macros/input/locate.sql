{# Where an extract is read from: {from: what stands after "from", label: its name in messages, number_rows: bool},
   or none where it is absent. The sample's seed, unless var bank_files or bank_tables is given. Dbt knows what a model reads when it
   has parsed it, and cannot say then whether there is a seed: so a seed other than those of the sample bank must be asked for. #}
{% macro locate_extract(extract, seed=false) %}
  {%- set tables, files = var('bank_tables'), var('bank_files') -%}
  {%- if not execute -%}
    {%- if not tables and not files and (seed or extract in staged_extracts()) -%}{%- do ref('raw_' ~ extract) -%}{%- endif -%}
    {{ return(none) }}
  {%- elif files -%}
    {{ return(locate_files(extract, files)) }}
  {%- elif tables -%}
    {%- set relation = adapter.get_relation(tables.database, tables.schema, extract) -%}
    {%- set label = 'table ' ~ relation -%}
  {%- else -%}{#- a seed that the model does not come after may not be there yet, or be an old one: it counts as absent -#}
    {%- set id, label = 'seed.' ~ project_name ~ '.raw_' ~ extract, 'seed raw_' ~ extract -%}
    {%- set relation = load_relation(node_relation(graph.nodes[id])) if id in ancestors(model.depends_on.nodes) else none -%}
  {%- endif -%}
  {{ return({'from': relation | string, 'label': label, 'number_rows': false} if relation else none) }}
{% endmacro %}

{# the relation of a node of dbt's graph #}
{% macro node_relation(node) %}
  {{- return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) -}}
{% endmacro %}

{# the same from var bank_files: a folder, or a mapping of extracts to their paths #}
{% macro locate_files(extract, given) %}
  {%- if given is not string and extract not in given -%}{{ return(none) }}{%- endif -%}
  {%- set entry = {'path': given} if given is string else {'path': given[extract]} if given[extract] is string else given[extract] -%}
  {%- set files = files_of_folder(given, extract) if given is string else files_at(entry.path) or data_files(files_below(entry.path)) -%}
  {%- if not files and given is string -%}{{ return(none) }}{%- endif -%}
  {%- do refuse(not files, "Extract " ~ extract ~ ": there is no file at " ~ entry.path ~ " (var bank_files; a relative path starts in the project's folder)") -%}
  {%- for file in files -%}
    {%- do refuse(not data_files([file]), "Extract " ~ extract ~ ": cannot read " ~ file ~ "; give .csv, .csv.gz or .parquet") -%}
    {%- do refuse(is_empty_file(file), "Extract " ~ extract ~ ": the file " ~ file ~ " is empty (0 bytes, not even a header). Export it again, or take it away.") -%}
  {%- endfor -%}
  {%- set parquet = files | map('lower') | map('last') | select('equalto', 't') | list -%}{#- the others end in v or z -#}
  {%- do refuse(0 < parquet | length < files | length, "Extract " ~ extract ~ ": " ~ entry.path ~ " holds it as CSV and as Parquet (" ~ files | join(', ') ~ "); keep one.") -%}
  {{ return({'from': read_files(files, 'parquet' if parquet else 'csv'), 'label': files[0] if files | length == 1 else files | length ~ ' files at ' ~ entry.path,
      'number_rows': entry.get('customer_id') == 'row_number'}) }}
{% endmacro %}

{# of some files those that hold data: not the marks and checksums that other engines leave beside them #}
{% macro data_files(files) %}
  {%- set kept = [] -%}
  {%- for file in files if modules.re.search('\\.(csv|csv\\.gz|parquet)$', file | lower) -%}{%- do kept.append(file) -%}{%- endfor -%}
  {{- return(kept) -}}
{% endmacro %}

{# the files of an extract in a folder: E.csv, E.csv.gz, E.parquet, each also below as_of_date=.../, or any below a folder E/ #}
{% macro files_of_folder(folder, extract) %}
  {%- set files = [] -%}
  {%- for file in data_files(files_below(folder)) -%}
    {%- set path = file.split(folder.lstrip('~'), 1) | last | replace('\\', '/') | lower -%}
    {%- if modules.re.match('^/*((as_of_date=[^/]+/)?' ~ extract ~ '\\.(csv|csv\\.gz|parquet)$|' ~ extract ~ '(\\.csv|\\.parquet)?/)', path) -%}
      {%- do files.append(file) -%}
    {%- endif -%}
  {%- endfor -%}
  {{- return(files) -}}
{% endmacro %}
