{# Stops before anything is built where the vars do not make sense together #}
{% macro check_vars() %}
  {%- if not execute -%}{{ return('') }}{%- endif -%}
  {%- if var('studies') is string or not var('studies') -%}
    {{ exceptions.raise_compiler_error("var studies names no study; give a list, such as [card_usage]") }}
  {%- endif -%}
  {%- do check_keys(var('study_overrides'), var('studies'), 'var study_overrides (of the enabled studies)') -%}
  {%- if var('refit') is not sameas true and var('refit') is not sameas false -%}
    {%- do check_keys([var('refit')] if var('refit') is string else var('refit'), var('studies'), 'var refit (true, or a list of the enabled studies)') -%}
  {%- endif -%}
  {%- if var('as_of_date') and not modules.re.match('^[0-9]{4}-[0-9]{2}-[0-9]{2}$', var('as_of_date') | string) -%}
    {{ exceptions.raise_compiler_error("var as_of_date is '" ~ var('as_of_date') ~ "'; give a date such as 2025-06-30") }}
  {%- endif -%}
  {%- do check_inputs() -%}
{% endmacro %}

{% macro check_inputs() %}
  {%- set files, tables = var('bank_files'), var('bank_tables') -%}
  {%- if files and tables -%}
    {{ exceptions.raise_compiler_error("Both var bank_files and var bank_tables are given; extracts come from one of them") }}
  {%- elif tables -%}
    {%- do check_keys(tables, ['database', 'schema'], 'var bank_tables') -%}
    {%- if tables | length < 2 -%}
      {{ exceptions.raise_compiler_error("var bank_tables needs a database and a schema: {database: core, schema: raw}") }}
    {%- endif -%}
  {%- elif files is mapping -%}
    {%- do check_keys(files, extract_names(), 'var bank_files (extracts of models/sources.yml)') -%}
    {%- for extract, entry in files.items() if entry is mapping -%}
      {%- do check_keys(entry, ['path', 'customer_id'], 'var bank_files, extract ' ~ extract) -%}
      {%- if not entry.path or entry.get('customer_id', 'row_number') != 'row_number' -%}
        {{ exceptions.raise_compiler_error("var bank_files, extract " ~ extract ~ ": give a path, or {path: PATH, customer_id: row_number}") }}
      {%- endif -%}
    {%- endfor -%}
  {%- elif files and files_below(files) | length == 0 -%}
    {{ exceptions.raise_compiler_error("var bank_files: there are no files in the folder " ~ files ~ " (a relative path starts in the project's folder)") }}
  {%- endif -%}
{% endmacro %}
