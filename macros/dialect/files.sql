{# What bank/plan.py answers to a request, both as JSON. sample: SQL of values that belong to it, which stand in no statement so, and in no log #}
{% macro bank_plan(request, sample=none) %}{{ return(adapter.dispatch('bank_plan')(request, sample)) }}{% endmacro %}
{% macro duckdb__bank_plan(request, sample) %}
  {%- set asked = "cast(json_merge_patch(" ~ sql_text(request) ~ ", json_object('sample', " ~ sample ~ ')) as varchar)' if sample else sql_text(request) -%}
  {{- return(run_query('select bank_plan(' ~ asked ~ ') as answer')[0][0]) -}}
{% endmacro %}

{# SQL of a JSON with the first values of some columns of whatever stands after "from" #}
{% macro sample_of(from, names) %}{{ return(adapter.dispatch('sample_of')(from, names)) }}{% endmacro %}
{% macro duckdb__sample_of(from, names) %}
  {%- if not names -%}{{ return('json_object()') }}{%- endif -%}
  {%- set lists, columns = [], [] -%}
  {%- for name in names -%}
    {%- set column = '"' ~ name | replace('"', '""') ~ '"' -%}
    {%- do columns.append(column) -%}
    {%- do lists.append(sql_text(name) ~ ', list(' ~ column ~ ') filter (where ' ~ column ~ ' is not null)') -%}
  {%- endfor -%}
  {{- return('(select json_object(' ~ lists | join(', ') ~ ') from (select ' ~ columns | join(', ') ~ ' from ' ~ from ~ ' limit 200) as given)') -}}
{% endmacro %}

{# stops where the profile does not give the connection that function #}
{% macro check_connection() %}{{ return(adapter.dispatch('check_connection')()) }}{% endmacro %}
{% macro duckdb__check_connection() %}
  {%- do refuse(not run_query("select count(*) as n from duckdb_functions() where function_name = 'bank_plan'")[0][0], "The target " ~ target.name
      ~ " of the profile has no plugin that reads a bank's files: add `plugins: [{module: bank.plugin, config: {publish: warehouse/bank.duckdb}}]` to it, as the project's profiles.yml has it") -%}
{% endmacro %}

{# gives the database, and what else is created from here on, to those whom var readable_by names #}
{% macro open_to_readers() %}{{ return(adapter.dispatch('open_to_readers')()) }}{% endmacro %}
{% macro duckdb__open_to_readers() %}{%- do bank_plan(tojson({'readable_by': var('readable_by'), 'database': target.path})) -%}{% endmacro %}

{# what a file says #}
{% macro text_of_file(file) %}{{ return(adapter.dispatch('text_of_file')(file)) }}{% endmacro %}
{% macro duckdb__text_of_file(file) %}
  {{- return(run_query('select content from read_text(' ~ sql_text(file) ~ ')').columns[0].values()[0]) -}}
{% endmacro %}

{# what can stand after "from" to read a CSV of the project's own, all columns as text #}
{% macro csv_rows(file) %}{{ return(adapter.dispatch('csv_rows')(file)) }}{% endmacro %}
{% macro duckdb__csv_rows(file) %}
  {{- return('read_csv(' ~ sql_text(file) ~ ", all_varchar = true, header = true, skip = 0, comment = '', quote = '\"', escape = '\"')") -}}
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
