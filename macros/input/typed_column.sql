{# How files write that a value is missing, beside leaving it out: whatever the case, whatever blanks are around it. One rule for every
   type of column and for keys; only a category that the contract names is more than that. #}
{% macro is_missing(text) %}
  {%- set words = ['', 'NA', 'N/A', '#N/A', '<NA>', 'NAN', '-NAN', 'NAT', 'NULL', '(NULL)', 'NONE', 'NIL', '\\N'] -%}
  {{- return(is_one_of('upper(' ~ text ~ ')', words)) -}}
{% endmacro %}

{# The raw value of a column of raw_columns as text, without blanks around it (but those of a number, which hardly ever matter), and without the .0 with
   which a number of a column that has fractions or missing values is written: 1.0 is 1. Where such a number is too large to be exact it stays. #}
{% macro raw_text(column) %}
  {%- set text = 'cast(raw_' ~ column.name ~ ' as varchar)' -%}
  {%- if column.type == 'double' -%}{{ return(text) }}{%- endif -%}
  {%- set text = trimmed(text) -%}
  {%- if column.type != 'varchar' -%}{{ return(text) }}{%- endif -%}
  {%- set exact = 'true' if column.raw_type.startswith('DECIMAL') else 'abs(' ~ number_from(text) ~ ') < ' ~ inexact_from(column.raw_type) -%}
  {{- return('case when ' ~ matches_whole(text, '-?[0-9]+[.]0+') ~ ' and ' ~ exact ~ ' then ' ~ split_text(text, '.') ~ '[1] else ' ~ text ~ ' end') -}}
{% endmacro %}

{# The typed value of a column of raw_columns; what cannot be cast is NULL here and a reason in rejection_rules. #}
{% macro typed_column(column, extract) %}
  {%- set value, type = ('text_' if column.is_text else 'raw_') ~ column.name, column.raw_type -%}
  {%- if column.type == 'double' -%}
    {{- return('coalesce(' ~ number_from(value) ~ ', ' ~ number_from(trimmed(value)) ~ ')' if column.is_text else number_from(value)) -}}
  {%- elif column.type == 'date' -%}
    {{- return('cast(' ~ timestamp_from(value, type, is_date=true) ~ ' as date)') -}}
  {%- elif column.type == 'timestamp' -%}
    {{- return(timestamp_from(value, type)) -}}
  {%- elif not column.get('categories') -%}
    {{- return(id_from(value, type, column.name, extract)) -}}
  {%- endif -%}
  {%- set normal, cases = "translate(lower(" ~ value ~ "), ' -', '__')", [] -%}
  {%- if column.categories == 'any' -%}{{ return('case when not ' ~ is_missing(value) ~ ' then ' ~ normal ~ ' end') }}{%- endif -%}
  {%- for category, spellings in column.categories.items() -%}
    {%- do cases.append('when ' ~ normal ~ ' in (' ~ sql_texts([category] + spellings) ~ ') then ' ~ sql_text(category)) -%}
  {%- endfor -%}
  {{ return('case ' ~ cases | join(' ') ~ ' end') }}
{% endmacro %}

{# An id: text as it was delivered, but one thing however its column was stored. Ids that went through numbers that are not exact stop. #}
{% macro id_from(text, type, name, extract) %}
  {%- set inexact = '.*[^-0-9].*' if is_number_type(type) else '-?[0-9]+[.]0+|-?[0-9]([.][0-9]+)?[eE][+][0-9]+' -%}
  {{- return('case when ' ~ is_missing(text) ~ ' then null when ' ~ matches_whole(text, inexact) ~ ' then ' ~ stop(sql_text('Extract ' ~ extract ~ ': column '
      ~ name ~ ' holds ids as floating-point numbers, and some have a fraction or are beyond ' ~ inexact_from(type)
      ~ ', from where on such numbers are not exact: two ids may have become one. Export it as text or as whole numbers.')) ~ ' else ' ~ text ~ ' end') -}}
{% endmacro %}
