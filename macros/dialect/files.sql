{# the files below a folder, at most two folders deep #}
{% macro files_below(folder) %}{{ return(adapter.dispatch('files_below')(folder)) }}{% endmacro %}
{% macro duckdb__files_below(folder) %}
  {%- set patterns = [sql_text(folder ~ '/*'), sql_text(folder ~ '/*/*'), sql_text(folder ~ '/*/*/*')] -%}
  {{- return(run_query('select file from glob([' ~ patterns | join(', ') ~ ']) order by file').columns[0].values() | list) -}}
{% endmacro %}

{# the files that a path or pattern names #}
{% macro files_at(path) %}{{ return(adapter.dispatch('files_at')(path)) }}{% endmacro %}
{% macro duckdb__files_at(path) %}
  {{- return(run_query('select file from glob(' ~ sql_text(path) ~ ') order by file').columns[0].values() | list) -}}
{% endmacro %}

{# a file of no byte #}
{% macro is_empty_file(file) %}{{ return(adapter.dispatch('is_empty_file')(file)) }}{% endmacro %}
{% macro duckdb__is_empty_file(file) %}
  {{- return(run_query('select size from read_blob(' ~ sql_text(file) ~ ')').columns[0].values()[0] == 0) -}}
{% endmacro %}

{# what a file says #}
{% macro text_of_file(file) %}{{ return(adapter.dispatch('text_of_file')(file)) }}{% endmacro %}
{% macro duckdb__text_of_file(file) %}
  {{- return(run_query('select content from read_text(' ~ sql_text(file) ~ ')').columns[0].values()[0]) -}}
{% endmacro %}

{# What can stand after "from" to read files of one kind (csv or parquet). CSV columns come as text: types are the staging's
   business, and every line counts (no guessed comments, no skipped lines). A folder such as as_of_date=2025-06-30 gives a column, unless
   the files have one of that name themselves. #}
{% macro read_files(files, kind) %}{{ return(adapter.dispatch('read_files')(files, kind)) }}{% endmacro %}
{% macro duckdb__read_files(files, kind) %}
  {%- set quoted, keys, taken, of_folders = [], [], [], [] -%}
  {%- for file in files -%}
    {%- do quoted.append(sql_text(file)) -%}
    {%- for key in modules.re.findall('([^/\\\\=]+)=[^/\\\\]*[/\\\\]', file) if key not in keys -%}{%- do keys.append(key) -%}{%- endfor -%}
  {%- endfor -%}
  {%- set options = '' if kind == 'parquet' else "all_varchar = true, header = true, skip = 0, comment = '', quote = '\"', escape = '\"', " -%}
  {%- set reader = 'read_' ~ kind ~ '([' ~ quoted | join(', ') ~ '], union_by_name = true, ' ~ options -%}
  {%- for name, type in (columns_of(reader ~ 'hive_partitioning = false)') if keys else []) -%}{%- do taken.append(column_key(name)) -%}{%- endfor -%}
  {%- for key in keys if column_key(key) not in taken -%}
    {%- do of_folders.append("nullif(url_decode(regexp_extract(path_of_file, " ~ sql_text('[/\\\\]' ~ key ~ '=([^/\\\\]*)[/\\\\]') ~ ", 1)), '__HIVE_DEFAULT_PARTITION__') as "
        ~ '"' ~ key ~ '"') -%}
  {%- endfor -%}
  {%- if of_folders | length == keys | length -%}{{ return(reader ~ 'hive_partitioning = ' ~ ('true' if keys else 'false') ~ ')') }}{%- endif -%}
  {%- if not of_folders -%}{{ return(reader ~ 'hive_partitioning = false)') }}{%- endif -%}
  {{- return('(select * exclude (path_of_file), ' ~ of_folders | join(', ') ~ ' from ' ~ reader ~ "hive_partitioning = false, filename = 'path_of_file'))") -}}
{% endmacro %}

{# (name, type) of the columns of whatever stands after "from" #}
{% macro columns_of(from) %}{{ return(adapter.dispatch('columns_of')(from)) }}{% endmacro %}
{% macro duckdb__columns_of(from) %}
  {%- set found = [] -%}
  {%- for row in run_query('describe select * from ' ~ from) -%}{%- do found.append((row[0], row[1])) -%}{%- endfor -%}
  {{- return(found) -}}
{% endmacro %}

{# can a column of this type be averaged? #}
{% macro is_number_type(type) %}{{ return(adapter.dispatch('is_number_type')(type)) }}{% endmacro %}
{% macro duckdb__is_number_type(type) %}
  {{- return(modules.re.match('(U?(TINY|SMALL|BIG|HUGE)?INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL[(][0-9]+,[0-9]+[)])$', type) is not none) -}}
{% endmacro %}

{# numbers the rows of a file in the order of the file #}
{% macro row_number_in_file() %}{{ return(adapter.dispatch('row_number_in_file')()) }}{% endmacro %}
{% macro duckdb__row_number_in_file() %}{{ return('cast(row_number() over () as varchar)') }}{% endmacro %}

{# of some names the one most like another (Jaro-Winkler), or none #}
{% macro nearest_name(wanted, names, likeness=0.6) %}{{ return(adapter.dispatch('nearest_name')(wanted, names, likeness)) }}{% endmacro %}
{% macro duckdb__nearest_name(wanted, names, likeness) %}
  {%- if not names -%}{{ return(none) }}{%- endif -%}
  {%- set rows = [] -%}
  {%- for name in names -%}
    {%- do rows.append('(' ~ sql_text(name) ~ ', jaro_winkler_similarity(' ~ sql_text(column_key(name)) ~ ', ' ~ sql_text(column_key(wanted)) ~ '))') -%}
  {%- endfor -%}
  {%- set best = run_query('select name from (values ' ~ rows | join(', ') ~ ') as t(name, likeness) where likeness > ' ~ likeness ~ ' order by likeness desc, name limit 1') -%}
  {{- return(best.columns[0].values()[0] if best | length else none) -}}
{% endmacro %}
