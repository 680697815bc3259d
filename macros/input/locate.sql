{# Where an extract is read from: {from: what stands after "from", label: its name in messages, number_rows: bool},
   or none where it is absent. The sample's seed, unless var bank_files or bank_tables is given. Dbt knows what a model reads when it
   has parsed it, and cannot say then whether there is a seed: so a seed other than those of the sample bank must be asked for. #}
{% macro locate_extract(extract, seed=false) %}
  {%- if var('bank_tables') -%}{{ return(locate_table(extract)) }}{%- endif -%}
  {%- if var('bank_files') -%}{{ return(locate_files(extract) if execute else none) }}{%- endif -%}
  {%- if not execute -%}
    {%- if seed or extract in staged_extracts() -%}{%- do ref('raw_' ~ extract) -%}{%- endif -%}
    {{ return(none) }}
  {%- endif -%}
  {{ return(locate_seed(extract)) }}
{% endmacro %}

{# a seed that the model does not come after may not be there yet, or be an old one: it counts as absent #}
{% macro locate_seed(extract) %}
  {%- set id = 'seed.' ~ project_name ~ '.raw_' ~ extract -%}
  {%- set relation = load_relation(node_relation(graph.nodes[id])) if id in ancestors(model.depends_on.nodes) else none -%}
  {{ return({'from': relation | string, 'label': 'seed raw_' ~ extract, 'number_rows': false} if relation else none) }}
{% endmacro %}

{# the relation of a node of dbt's graph #}
{% macro node_relation(node) %}
  {{- return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) -}}
{% endmacro %}

{# the table of an extract in the database of var bank_tables; none where there is none #}
{% macro locate_table(extract) %}
  {%- set place = var('bank_tables') -%}
  {%- set relation = adapter.get_relation(place.database, place.schema, extract) if execute else none -%}
  {{ return({'from': relation | string, 'label': 'table ' ~ relation, 'number_rows': false} if relation else none) }}
{% endmacro %}

{# the files of an extract by var bank_files; none where there are none #}
{% macro locate_files(extract) %}
  {%- set given = var('bank_files') -%}
  {%- if given is string -%}
    {{ return(read_extract(extract, files_of_folder(given, extract), given, false)) }}
  {%- elif extract in given -%}
    {%- set entry = {'path': given[extract]} if given[extract] is string else given[extract] -%}
    {%- set files = files_at(entry.path) or data_files(files_below(entry.path)) -%}
    {%- if not files -%}
      {{ exceptions.raise_compiler_error("Extract " ~ extract ~ ": there is no file at " ~ entry.path
          ~ " (var bank_files; a relative path starts in the project's folder)") }}
    {%- endif -%}
    {{ return(read_extract(extract, files, entry.path, entry.get('customer_id') == 'row_number')) }}
  {%- endif -%}
  {{ return(none) }}
{% endmacro %}

{# of the files of a folder those that hold data: not the marks and checksums that other engines leave beside them #}
{% macro data_files(files) %}
  {%- set kept = [] -%}
  {%- for file in files if modules.re.search('\\.(csv|csv\\.gz|parquet)$', file | lower) -%}{%- do kept.append(file) -%}{%- endfor -%}
  {{- return(kept) -}}
{% endmacro %}

{# the files of an extract in a folder: E.csv, E.csv.gz, E.parquet, each also below as_of_date=.../, or any below a folder E/ #}
{% macro files_of_folder(folder, extract) %}
  {%- set files = [] -%}
  {%- for file in files_below(folder) -%}
    {%- set path = file.split(folder.lstrip('~'), 1) | last | replace('\\', '/') | lower -%}
    {%- if modules.re.match('^/*(as_of_date=[^/]+/)?' ~ extract ~ '\\.(csv|csv\\.gz|parquet)$', path)
        or modules.re.match('^/*' ~ extract ~ '(\\.csv|\\.parquet)?/.*\\.(csv|csv\\.gz|parquet)$', path) -%}
      {%- do files.append(file) -%}
    {%- endif -%}
  {%- endfor -%}
  {{- return(files) -}}
{% endmacro %}

{# how to read the files of an extract, which are all of one kind; none without files #}
{% macro read_extract(extract, files, path, number_rows) %}
  {%- if not files -%}{{ return(none) }}{%- endif -%}
  {%- set kinds = [] -%}
  {%- for file in files -%}
    {%- set ending = modules.re.search('\\.(csv|csv\\.gz|parquet)$', file | lower) -%}
    {%- if not ending -%}
      {{ exceptions.raise_compiler_error("Extract " ~ extract ~ ": cannot read " ~ file ~ "; give .csv, .csv.gz or .parquet") }}
    {%- endif -%}
    {%- set kind = 'parquet' if ending.group(1) == 'parquet' else 'csv' -%}
    {%- if kind not in kinds -%}{%- do kinds.append(kind) -%}{%- endif -%}
    {%- if is_empty_file(file) -%}
      {{ exceptions.raise_compiler_error("Extract " ~ extract ~ ": the file " ~ file ~ " is empty (0 bytes, not even a header). Export it again, or take it away.") }}
    {%- endif -%}
  {%- endfor -%}
  {%- if kinds | length > 1 -%}
    {{ exceptions.raise_compiler_error("Extract " ~ extract ~ ": " ~ path ~ " holds it as CSV and as Parquet (" ~ files | join(', ') ~ "); keep one.") }}
  {%- endif -%}
  {{ return({'from': read_files(files, kinds[0]), 'label': files[0] if files | length == 1 else files | length ~ ' files at ' ~ path, 'number_rows': number_rows}) }}
{% endmacro %}
