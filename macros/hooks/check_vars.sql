{# What stops a command before anything is built: vars that do not make sense, alone or together, and what is wrong with a study #}
{% macro check_vars() %}
  {%- if not execute -%}{{ return('') }}{%- endif -%}
  {%- set studies, refit = var('studies'), var('refit') -%}
  {%- do check_connection() -%}
  {%- do check_var_names() -%}
  {%- for name, rule in var_rules().items() if rule -%}{%- do check_var(name, var(name), *rule) -%}{%- endfor -%}
  {%- do refuse(var('window_months') % 2, "var window_months is " ~ var('window_months')
      ~ "; give an even number from 2 to 60, since the later half is compared with the earlier") -%}
  {%- for figure in ['excess', 'stability'] -%}
    {%- set values = [var('min_' ~ figure), var('moderate_' ~ figure), var('strong_' ~ figure)] -%}
    {%- do refuse(values != values | sort, "vars min_" ~ figure ~ ", moderate_" ~ figure ~ " and strong_" ~ figure ~ " are " ~ values | join(', ')
        ~ "; none may be below the one before it") -%}
  {%- endfor -%}
  {%- do refuse(var('psi_watch') > var('psi_drift'), "vars psi_watch and psi_drift are " ~ var('psi_watch') ~ ", " ~ var('psi_drift')
      ~ "; the second may not be below the first") -%}
  {%- do refuse(studies is string or not studies, "var studies names no study; give a list, such as [card_usage]") -%}
  {%- do check_study_names() -%}
  {%- do check_keys(var('study_overrides'), studies, 'var study_overrides (of the enabled studies)') -%}
  {%- do refuse(refit is number and refit is not boolean, "var refit is " ~ refit ~ "; give true, or a list of the enabled studies") -%}
  {%- do check_keys([] if refit is boolean else [refit] if refit is string else refit, studies, 'var refit (true, or a list of the enabled studies)') -%}
  {%- do check_keys(pinned_versions(), studies, 'var model_versions (of the enabled studies)') -%}
  {%- do check_date_and_zone(var('as_of_date'), var('time_zone')) -%}
  {%- do refuse(var('restate') is string and var('restate') != 'all', "var restate is '" ~ var('restate') ~ "'; give a list of dates, such as [2025-05-31], or all") -%}
  {%- do refuse(var('forget_dates') is string, "var forget_dates is '" ~ var('forget_dates') ~ "'; give a list of dates, such as [2025-05-31]") -%}
  {%- do check_vif(var('screening_max_vif'), 'var screening_max_vif is') -%}
  {%- do check_inputs(var('bank_files'), var('bank_tables'), var('extracts')) -%}
  {%- do check_studies() -%}
  {%- do open_to_readers() -%}
{% endmacro %}

{# The vars of dbt_project.yml, which dbt does not list. Of those that are one number or word: what check_var asks of them. #}
{% macro var_rules() %}
  {%- set rules, distances = {}, 'all distances of so many customers are taken' -%}
  {%- for names, rule in [
      ('studies bank bank_files as_of_date time_zone screening_max_vif refit restate forget_dates', none),
      ('study_overrides', ['mapping', '{card_usage: {segments: 4}}']),
      ('extracts', ['mapping', '{card_usage: cards.csv}']),
      ('attach', ['mapping', '{crm: postgres}']),
      ('bank_tables', ['mapping', '{database: core, schema: raw}']),
      ('model_versions', ['mapping', '{card_usage: 0a1b2c3d4e5f}']),
      ('leave_out_protected keep_scores', ['boolean']),
      ('max_volume_change min_shared_customers max_rejected_share', ['number', 0, 1]),
      ('min_excess min_stability min_segment_share excess_tolerance relative_excess_tolerance raise_excess_share', ['number', 0, 1]),
      ('moderate_excess moderate_stability strong_excess strong_stability', ['number', 0, 1]),
      ('min_recipe_agreement min_algorithm_agreement border_margin min_persona_match', ['number', 0, 1]),
      ('interchange_rate cash_advance_fee', ['number', 0, 1]),
      ('interest_rate', ['number', 0, 10, '0.2 is 20 % a year']),
      ('min_date_share spend_fall', ['number', 0.01, 1]),
      ('psi_watch psi_drift', ['between', 0, 10]),
      ('refit_after_dates', ['whole', 1, 1000]),
      ('clv_divisor', ['between', 0, 1000000]),
      ('fairness_ratio', ['between', 0, 1, '0.8 is the four-fifths rule']),
      ('window_months', ['whole', 2, 60, 'and an even one, since the later half is compared with the earlier']),
      ('transaction_partitions', ['whole', 1, 10000]),
      ('exploration_rows fit_rows', ['whole', 20, 100000000]),
      ('structure_rows sensitivity_rows algorithm_rows', ['whole', 20, 10000, distances]),
      ('median_rows', ['whole', 20, 1000000000]),
      ('scatter_points', ['whole', 1, 100000]),
      ('readable_by', ['text', 'owner, group or everybody', 'owner|group|everybody']),
      ('currency', ['text', 'a symbol or an ISO code, such as € or CHF', '.{1,10}']),
      ('locale', ['text', 'a locale, such as en_GB, de_DE or fr_CH', '[a-z]{2,3}([_-][A-Z][a-z]{3})?([_-]([A-Z]{2}|[0-9]{3}))?'])] -%}
    {%- for name in names.split() -%}{%- do rules.update({name: rule}) -%}{%- endfor -%}
  {%- endfor -%}
  {{- return(rules) -}}
{% endmacro %}

{# Stops at a var that is not what its rule says, with what was given and what is allowed. whole, number: from a to b; between: neither of these two. #}
{% macro check_var(name, value, kind, a=none, b=none, why='') %}
  {%- set is_number = value is number and value is not boolean -%}
  {%- if kind == 'mapping' -%}{%- set fits, wanted = value is mapping, 'a mapping such as ' ~ a -%}
  {%- elif kind == 'boolean' -%}{%- set fits, wanted = value is boolean, 'true or false' -%}
  {%- elif kind == 'text' -%}{%- set fits, wanted = value is string and modules.re.match('^' ~ b ~ '$', value | trim), a -%}
  {%- elif kind == 'between' -%}{%- set fits, wanted = is_number and a < value < b, 'a number between ' ~ a ~ ' and ' ~ b -%}
  {%- elif kind == 'whole' -%}{%- set fits, wanted = value is integer and is_number and a <= value <= b, 'a whole number from ' ~ a ~ ' to ' ~ b -%}
  {%- else -%}{%- set fits, wanted = is_number and a <= value <= b, 'a number from ' ~ a ~ ' to ' ~ b -%}
  {%- endif -%}
  {%- do refuse(not fits, "var " ~ name ~ " is " ~ ("'" ~ value ~ "'" if value is string else value) ~ "; give " ~ wanted ~ (' (' ~ why ~ ')' if why else '')) -%}
{% endmacro %}

{# Stops at a var that the project does not have, of the command line or in dbt_project.yml: misspelt, it would be without effect in silence.
   dbt shows those of the command line only, so the file is read. #}
{% macro check_var_names() %}
  {#- attach_folder: what bank/settings.py adds -#}
  {%- set known, given = var_rules() | list + ['attach_folder'], invocation_args_dict.get('vars') -%}
  {%- set in_file = dict(fromyaml(text_of_file(path_in_project('dbt_project.yml'))).vars) -%}
  {%- do in_file.update(in_file.pop(project_name, {})) -%}
  {%- for name in (given | list if given is mapping else []) + in_file | list if name not in known -%}
    {%- set nearest = nearest_name(name, known) -%}
    {%- do refuse(true, "There is no var '" ~ name ~ "'" ~ (', which stands in dbt_project.yml' if name in in_file else '')
        ~ ('; did you mean ' ~ nearest ~ '?' if nearest else '.') ~ (' docs/settings.md' if name in in_file else ' dbt_project.yml') ~ ' lists all vars with their defaults.') -%}
  {%- endfor -%}
{% endmacro %}

{# Stops at a date that is none, and at a time zone that is none #}
{% macro check_date_and_zone(date, zone) %}
  {%- do refuse(date and (not modules.re.match('^[0-9]{4}-[0-9]{2}-[0-9]{2}$', date | string)
      or run_query('select try_cast(' ~ sql_text(date) ~ ' as date) is null as is_none')[0][0]), "var as_of_date is '" ~ date ~ "'; give a date such as 2025-06-30") -%}
  {%- if zone != 'UTC' and zone not in time_zones() -%}
    {%- set alike = [] -%}
    {%- for name in time_zones() if zone | string | lower | replace(' ', '_') in name | lower -%}{%- do alike.append(name) -%}{%- endfor -%}
    {%- set nearest = alike[0] if alike else nearest_name(zone | string, time_zones()) -%}
    {%- do refuse(true, "var time_zone is '" ~ zone ~ "'; give a name of the time zone database, such as UTC or Europe/Zurich"
        ~ ("; did you mean " ~ nearest ~ "?" if nearest else "")) -%}
  {%- endif -%}
{% endmacro %}

{# Stops where vars extracts, bank_files and bank_tables do not say where extracts are. bank/plan.py checks what is said of each. #}
{% macro check_inputs(files, tables, extracts) %}
  {%- do check_keys(extracts, extract_names(), "extracts of the bank's file (those of models/sources.yml)") -%}
  {%- do refuse(files and tables, "Both var bank_files and var bank_tables are given; extracts come from one of them") -%}
  {%- do check_keys(tables, ['database', 'schema'], 'var bank_tables') -%}
  {%- do refuse(tables and tables | length < 2, "var bank_tables needs a database and a schema: {database: core, schema: raw}") -%}
  {%- if files is mapping -%}
    {%- do check_keys(files, extract_names(), 'var bank_files (extracts of models/sources.yml)') -%}
    {%- for extract, entry in files.items() if entry is mapping -%}
      {%- do check_keys(entry, ['path', 'customer_id'], 'var bank_files, extract ' ~ extract) -%}
      {%- do refuse(not entry.path or entry.get('customer_id', 'row_number') != 'row_number', "var bank_files, extract " ~ extract
          ~ ": give a path, or {path: PATH, customer_id: row_number}") -%}
    {%- endfor -%}
  {%- elif files -%}
    {%- do refuse(files is not string, "var bank_files is " ~ files ~ "; give a folder, or a mapping such as {card_usage: PATH}") -%}
    {%- do refuse(not fromjson(bank_plan(tojson({'files_in': files}))).files, "var bank_files: there are no files in the folder " ~ files
        ~ " (a relative path starts in the project's folder)") -%}
  {%- endif -%}
{% endmacro %}
