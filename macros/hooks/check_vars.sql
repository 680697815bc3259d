{# Stops before anything is built where the vars do not make sense together #}
{% macro check_vars() %}
  {%- if not execute -%}{{ return('') }}{%- endif -%}
  {%- do check_var_names() -%}
  {%- do check_var_values() -%}
  {%- if var('studies') is string or not var('studies') -%}
    {{ exceptions.raise_compiler_error("var studies names no study; give a list, such as [card_usage]") }}
  {%- endif -%}
  {%- do check_study_names() -%}
  {%- do check_keys(var('study_overrides'), var('studies'), 'var study_overrides (of the enabled studies)') -%}
  {%- if var('refit') is number and var('refit') is not boolean -%}
    {{ exceptions.raise_compiler_error("var refit is " ~ var('refit') ~ "; give true, or a list of the enabled studies") }}
  {%- elif var('refit') is not boolean -%}
    {%- do check_keys([var('refit')] if var('refit') is string else var('refit'), var('studies'), 'var refit (true, or a list of the enabled studies)') -%}
  {%- endif -%}
  {%- do check_keys(pinned_versions(), var('studies'), 'var model_versions (of the enabled studies)') -%}
  {%- do check_dates_and_zone() -%}
  {%- do check_vif(var('screening_max_vif'), 'var screening_max_vif is') -%}
  {%- do check_inputs() -%}
  {%- do check_studies() -%}
{% endmacro %}

{# The vars of dbt_project.yml, which dbt does not list, in its order. Of those that are one number or word: what it is, and its range.
   whole, number: from the first to the second; between: neither of these two. #}
{% macro var_rules() %}
  {%- set distances = 'all distances of so many customers are taken' -%}
  {%- set share = ['number', 0, 1] -%}
  {{- return({
      'studies': none,
      'study_overrides': ['mapping', '{card_usage: {segments: 4}}'],
      'bank_files': none,
      'bank_tables': ['mapping', '{database: core, schema: raw}'],
      'as_of_date': none,
      'time_zone': none,
      'min_date_share': ['number', 0.01, 1],
      'min_shared_customers': share,
      'max_rejected_share': share,
      'window_months': ['whole', 2, 60, 'and an even one, since the later half is compared with the earlier'],
      'transaction_partitions': ['whole', 1, 10000],
      'exploration_rows': ['whole', 20, 100000000],
      'screening_max_vif': none,
      'model_versions': ['mapping', '{card_usage: 0a1b2c3d4e5f}'],
      'refit': none,
      'fit_rows': ['whole', 20, 100000000],
      'structure_rows': ['whole', 20, 10000, distances],
      'min_excess': share,
      'min_stability': share,
      'min_segment_share': share,
      'excess_tolerance': share,
      'relative_excess_tolerance': share,
      'raise_excess_share': share,
      'moderate_excess': share,
      'moderate_stability': share,
      'strong_excess': share,
      'strong_stability': share,
      'min_recipe_agreement': share,
      'min_algorithm_agreement': share,
      'border_margin': share,
      'sensitivity_rows': ['whole', 20, 10000, distances],
      'algorithm_rows': ['whole', 20, 10000, distances],
      'min_persona_match': share,
      'clv_divisor': ['between', 0, 1000000],
      'interchange_rate': share,
      'interest_rate': ['number', 0, 10, '0.2 is 20 % a year'],
      'cash_advance_fee': share,
      'spend_fall': ['number', 0.01, 1],
      'median_rows': ['whole', 20, 1000000000],
      'leave_out_protected': ['boolean'],
      'fairness_ratio': ['between', 0, 1, '0.8 is the four-fifths rule'],
      'currency': ['text', '.{1,10}', 'a symbol or an ISO code, such as € or CHF'],
      'locale': ['text', '[a-z]{2,3}([_-][A-Z][a-z]{3})?([_-]([A-Z]{2}|[0-9]{3}))?', 'a locale, such as en_GB, de_DE or fr_CH'],
      'scatter_points': ['whole', 1, 100000]}) -}}
{% endmacro %}

{# Stops at a var that is not what var_rules says, with what was given and what is allowed #}
{% macro check_var_values() %}
  {%- for name, rule in var_rules().items() if rule -%}
    {%- set value, kind = var(name), rule[0] -%}
    {%- set is_number = value is number and value is not boolean -%}
    {%- if kind == 'mapping' -%}
      {%- set wanted = none if value is mapping else 'a mapping such as ' ~ rule[1] -%}
    {%- elif kind == 'boolean' -%}
      {%- set wanted = none if value is boolean else 'true or false' -%}
    {%- elif kind == 'text' -%}
      {%- set wanted = none if value is string and modules.re.match('^' ~ rule[1] ~ '$', value | trim) else rule[2] -%}
    {%- elif kind == 'between' -%}
      {%- set wanted = none if is_number and rule[1] < value < rule[2] else 'a number between ' ~ rule[1] ~ ' and ' ~ rule[2] -%}
    {%- elif kind == 'whole' -%}
      {%- set wanted = none if is_number and value is integer and rule[1] <= value <= rule[2] else 'a whole number from ' ~ rule[1] ~ ' to ' ~ rule[2] -%}
    {%- else -%}
      {%- set wanted = none if is_number and rule[1] <= value <= rule[2] else 'a number from ' ~ rule[1] ~ ' to ' ~ rule[2] -%}
    {%- endif -%}
    {%- if wanted -%}
      {{ exceptions.raise_compiler_error("var " ~ name ~ " is " ~ ("'" ~ value ~ "'" if value is string else value) ~ "; give " ~ wanted
          ~ (' (' ~ rule[3] ~ ')' if rule | length > 3 else '')) }}
    {%- endif -%}
  {%- endfor -%}
  {%- if var('window_months') % 2 -%}
    {{ exceptions.raise_compiler_error("var window_months is " ~ var('window_months') ~ "; give an even number from 2 to 60, since the later half is compared with the earlier") }}
  {%- endif -%}
  {%- for figure in ['excess', 'stability'] -%}
    {%- set values = [var('min_' ~ figure), var('moderate_' ~ figure), var('strong_' ~ figure)] -%}
    {%- if values != values | sort -%}
      {{ exceptions.raise_compiler_error("vars min_" ~ figure ~ ", moderate_" ~ figure ~ " and strong_" ~ figure ~ " are " ~ values | join(', ')
          ~ "; none may be below the one before it") }}
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}

{# Stops at a var that the project does not have, of the command line or in dbt_project.yml: misspelt, it would be without effect in silence.
   dbt shows those of the command line only, so the file is read. #}
{% macro check_var_names() %}
  {%- set given = invocation_args_dict.get('vars') -%}
  {%- set own = dict(fromyaml(text_of_file(path_in_project('dbt_project.yml'))).vars) -%}
  {%- set of_project = own.pop(project_name, {}) -%}
  {%- do check_names_of_vars(given if given is mapping else [], '') -%}
  {%- do check_names_of_vars(own | list + of_project | list, ', which stands in dbt_project.yml') -%}
{% endmacro %}

{# stops at a name that is no var, with the one that it resembles; `where` says where it stands #}
{% macro check_names_of_vars(names, where) %}
  {%- set known = var_rules() | list -%}
  {%- for name in names if name not in known -%}
    {%- set nearest = nearest_name(name, known) -%}
    {{ exceptions.raise_compiler_error("There is no var '" ~ name ~ "'" ~ where ~ ("; did you mean " ~ nearest ~ "?" if nearest else ".")
        ~ (" docs/settings.md" if where else " dbt_project.yml") ~ " lists all vars with their defaults.") }}
  {%- endfor -%}
{% endmacro %}

{# Stops at a date that is none, and at a time zone that is none #}
{% macro check_dates_and_zone() %}
  {%- set given, zone = var('as_of_date'), var('time_zone') -%}
  {%- if given and (not modules.re.match('^[0-9]{4}-[0-9]{2}-[0-9]{2}$', given | string)
      or run_query('select try_cast(' ~ sql_text(given) ~ ' as date) is null as is_none')[0][0]) -%}
    {{ exceptions.raise_compiler_error("var as_of_date is '" ~ given ~ "'; give a date such as 2025-06-30") }}
  {%- endif -%}
  {%- if zone != 'UTC' and zone not in time_zones() -%}
    {%- set alike = [] -%}
    {%- for name in time_zones() if zone | string | lower | replace(' ', '_') in name | lower -%}{%- do alike.append(name) -%}{%- endfor -%}
    {%- set nearest = alike[0] if alike else nearest_name(zone | string, time_zones()) -%}
    {{ exceptions.raise_compiler_error("var time_zone is '" ~ zone ~ "'; give a name of the time zone database, such as UTC or Europe/Zurich"
        ~ ("; did you mean " ~ nearest ~ "?" if nearest else "")) }}
  {%- endif -%}
{% endmacro %}

{# stops at vars bank_files and bank_tables that contradict each other, or lack something #}
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
  {%- elif files and files is not string -%}
    {{ exceptions.raise_compiler_error("var bank_files is " ~ files ~ "; give a folder, or a mapping such as {card_usage: PATH}") }}
  {%- elif files and files_below(files) | length == 0 -%}
    {{ exceptions.raise_compiler_error("var bank_files: there are no files in the folder " ~ files ~ " (a relative path starts in the project's folder)") }}
  {%- endif -%}
{% endmacro %}
