{# Stops before anything is built where the vars do not make sense together #}
{% macro check_vars() %}
  {%- if not execute -%}{{ return('') }}{%- endif -%}
  {%- do check_var_names() -%}
  {%- if var('studies') is string or not var('studies') -%}
    {{ exceptions.raise_compiler_error("var studies names no study; give a list, such as [card_usage]") }}
  {%- endif -%}
  {%- do check_study_names() -%}
  {%- do check_keys(var('study_overrides'), var('studies'), 'var study_overrides (of the enabled studies)') -%}
  {%- if var('refit') is not sameas true and var('refit') is not sameas false -%}
    {%- do check_keys([var('refit')] if var('refit') is string else var('refit'), var('studies'), 'var refit (true, or a list of the enabled studies)') -%}
  {%- endif -%}
  {%- do check_keys(pinned_versions(), var('studies'), 'var model_versions (of the enabled studies)') -%}
  {%- if var('as_of_date') and not modules.re.match('^[0-9]{4}-[0-9]{2}-[0-9]{2}$', var('as_of_date') | string) -%}
    {{ exceptions.raise_compiler_error("var as_of_date is '" ~ var('as_of_date') ~ "'; give a date such as 2025-06-30") }}
  {%- endif -%}
  {%- do check_vif(var('screening_max_vif'), 'var screening_max_vif is') -%}
  {%- do check_thresholds() -%}
  {%- do check_window() -%}
  {%- do check_fair_use() -%}
  {%- do check_inputs() -%}
  {%- do check_studies() -%}
{% endmacro %}

{# Stops at a var of the command line that is almost one of the project's: misspelt, it would build the sample bank in silence #}
{% macro check_var_names() %}
  {%- set given = invocation_args_dict.get('vars') -%}
  {%- for name in (given if given is mapping else []) if name not in known_vars() -%}
    {%- set nearest = nearest_name(name, known_vars(), 0.85) -%}
    {%- if nearest -%}
      {{ exceptions.raise_compiler_error("There is no var '" ~ name ~ "'; did you mean " ~ nearest ~ "?") }}
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}

{# the vars of dbt_project.yml, which dbt does not list #}
{% macro known_vars() %}
  {{- return([
      'studies', 'study_overrides', 'bank_files', 'bank_tables', 'as_of_date', 'time_zone', 'max_rejected_share', 'window_months', 'transaction_partitions',
      'exploration_rows', 'screening_max_vif', 'model_versions', 'refit', 'fit_rows', 'structure_rows', 'min_excess', 'min_stability',
      'min_segment_share', 'excess_tolerance', 'relative_excess_tolerance', 'moderate_excess', 'moderate_stability', 'strong_excess',
      'strong_stability', 'raise_excess_share', 'min_recipe_agreement', 'min_algorithm_agreement', 'border_margin', 'sensitivity_rows', 'algorithm_rows', 'min_persona_match', 'clv_divisor', 'interchange_rate', 'interest_rate',
      'cash_advance_fee', 'attrition_decline', 'median_rows', 'leave_out_protected', 'fairness_ratio', 'currency', 'locale', 'scatter_points']) -}}
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

{% macro check_fair_use() %}
  {%- set ratio = var('fairness_ratio') -%}
  {%- if var('leave_out_protected') is not boolean -%}
    {{ exceptions.raise_compiler_error("var leave_out_protected is '" ~ var('leave_out_protected') ~ "'; give true or false") }}
  {%- elif ratio is not number or ratio is boolean or not (ratio > 0 and ratio < 1) -%}
    {{ exceptions.raise_compiler_error("var fairness_ratio is " ~ ratio ~ "; give a number between 0 and 1 (0.8 is the four-fifths rule)") }}
  {%- endif -%}
{% endmacro %}

{% macro check_window() %}
  {%- set months, parts = var('window_months'), var('transaction_partitions') -%}
  {%- if months is not integer or months % 2 or months < 2 or months > 60 -%}
    {{ exceptions.raise_compiler_error("var window_months is " ~ months ~ "; give an even number from 2 to 60, since the later half is compared with the earlier") }}
  {%- endif -%}
  {%- if parts is not integer or parts < 1 -%}
    {{ exceptions.raise_compiler_error("var transaction_partitions is " ~ parts ~ "; give a whole number from 1 on") }}
  {%- endif -%}
{% endmacro %}
