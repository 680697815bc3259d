{# How files write that a value is missing, beside leaving it out: whatever the case, whatever blanks are around it. One rule for every
   type of column and for keys; only a category that the contract names is more than that. #}
{% macro is_missing(text) %}
  {%- set words = ['', 'NA', 'N/A', '#N/A', '<NA>', 'NAN', '-NAN', 'NAT', 'NULL', '(NULL)', 'NONE', 'NIL', '\\N'] -%}
  {{- return(is_one_of('upper(' ~ text ~ ')', words)) -}}
{% endmacro %}

{# is a raw column of this type read as text, for a column of the contract? #}
{% macro is_read_as_text(column, type) %}
  {%- set is_typed = is_number_type(type) or type == 'BOOLEAN' or type == 'DATE' or type.startswith('TIMESTAMP') -%}
  {{- return(column.type == 'varchar' or not is_typed) -}}
{% endmacro %}

{# A raw value as text, without blanks around it (but those of a number, which hardly ever matter), and without the .0 with which a number of a column that has fractions or missing values
   is written: 1.0 is 1. Where such a number is too large to be exact it stays as it is. #}
{% macro raw_text(raw, column, type) %}
  {%- if column.type == 'double' -%}{{ return('cast(' ~ raw ~ ' as varchar)') }}{%- endif -%}
  {%- set text = trimmed('cast(' ~ raw ~ ' as varchar)') -%}
  {%- if column.type != 'varchar' -%}{{ return(text) }}{%- endif -%}
  {%- set exact = 'true' if type.startswith('DECIMAL') else 'abs(' ~ number_from(text) ~ ') < ' ~ inexact_from(type) -%}
  {{- return('case when ' ~ matches_whole(text, '-?[0-9]+[.]0+') ~ ' and ' ~ exact ~ ' then ' ~ split_text(text, '.') ~ '[1] else ' ~ text ~ ' end') -}}
{% endmacro %}

{# The typed value of a contract column, whose column in the extract has some type; what cannot be cast is NULL here and a reason in
   rejection_rules. #}
{% macro typed_column(column, type, extract) %}
  {%- set value = ('text_' if is_read_as_text(column, type) else 'raw_') ~ column.name -%}
  {%- if column.type == 'double' -%}
    {{- return('coalesce(' ~ number_from(value) ~ ', ' ~ number_from(trimmed(value)) ~ ')' if value.startswith('text_') else number_from(value)) -}}
  {%- endif -%}
  {%- if column.type == 'date' -%}{{ return('cast(' ~ timestamp_from(value, type, is_date=true) ~ ' as date)') }}{%- endif -%}
  {%- if column.type == 'timestamp' -%}{{ return(timestamp_from(value, type)) }}{%- endif -%}
  {%- if not column.get('categories') -%}{{ return(id_from(value, type, column, extract)) }}{%- endif -%}
  {%- set normal = "translate(lower(" ~ value ~ "), ' -', '__')" -%}
  {%- if column.categories == 'any' -%}{{ return('case when not ' ~ is_missing(value) ~ ' then ' ~ normal ~ ' end') }}{%- endif -%}
  {%- set cases = [] -%}
  {%- for category, spellings in column.categories.items() -%}
    {%- set quoted = [sql_text(category)] -%}
    {%- for spelling in spellings -%}{%- do quoted.append(sql_text(spelling)) -%}{%- endfor -%}
    {%- do cases.append('when ' ~ normal ~ ' in (' ~ quoted | join(', ') ~ ') then ' ~ sql_text(category)) -%}
  {%- endfor -%}
  {{ return('case ' ~ cases | join(' ') ~ ' end') }}
{% endmacro %}

{# An id: text as it was delivered, but one thing however its column was stored. Ids that went through numbers that are not exact stop. #}
{% macro id_from(text, type, column, extract) %}
  {%- set inexact = '.*[^-0-9].*' if is_number_type(type) else '-?[0-9]+[.]0+|-?[0-9]([.][0-9]+)?[eE][+][0-9]+' -%}
  {{- return('case when ' ~ is_missing(text) ~ ' then null when ' ~ matches_whole(text, inexact) ~ ' then ' ~ stop(sql_text('Extract ' ~ extract ~ ': column '
      ~ column.name ~ ' holds ids as floating-point numbers, and some have a fraction or are beyond ' ~ inexact_from(type)
      ~ ', from where on such numbers are not exact: two ids may have become one. Export it as text or as whole numbers.')) ~ ' else ' ~ text ~ ' end') -}}
{% endmacro %}
