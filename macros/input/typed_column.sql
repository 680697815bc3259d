{# How files write that a value is missing, beside leaving it out: whatever the case, whatever blanks are around it. One rule for every
   type of column and for keys; only a category that the contract names is more than that. #}
{% macro is_missing(text) %}
  {%- set words = ['', 'NA', 'N/A', '#N/A', '<NA>', 'NAN', '-NAN', 'NAT', 'NULL', '(NULL)', 'NONE', 'NIL', '\\N'] -%}
  {{- return(is_one_of('upper(' ~ text ~ ')', words)) -}}
{% endmacro %}

{# The raw value of a column of raw_columns as text, without blanks around it (but those of a number, which hardly ever matter), and without the .0 with
   which a number of a column that has fractions or missing values is written: 1.0 is 1. Where such a number is too large to be exact it stays.
   Then what the bank says of values: which of them mean that nothing is known, and what others are in the contract's words. #}
{% macro raw_text(column) %}
  {%- set text, readings = 'cast(raw_' ~ column.name ~ ' as varchar)', column.readings or {} -%}
  {%- if column.type != 'double' -%}{%- set text = trimmed(text) -%}{%- endif -%}
  {%- if column.type == 'varchar' -%}
    {%- set exact = 'true' if column.raw_type.startswith('DECIMAL') else 'abs(' ~ number_from(text) ~ ') < ' ~ inexact_from(column.raw_type) -%}
    {%- set text = 'case when ' ~ matches_whole(text, '-?[0-9]+[.]0+') ~ ' and ' ~ exact ~ ' then ' ~ split_text(text, '.') ~ '[1] else ' ~ text ~ ' end' -%}
  {%- endif -%}
  {%- if not readings.missing and not readings.get('values') -%}{{ return(text) }}{%- endif -%}
  {%- set cases = [] -%}
  {%- for word in ([readings.missing] if readings.missing is not sequence or readings.missing is string else readings.missing) or [] if readings.missing -%}
    {%- do cases.append('when ' ~ is_value(text, word, column.type) ~ ' then null') -%}
  {%- endfor -%}
  {%- for theirs, ours in (readings.get('values') or {}).items() -%}
    {%- do cases.append('when ' ~ is_value(text, theirs, column.type) ~ ' then ' ~ sql_text(ours)) -%}
  {%- endfor -%}
  {{- return('case ' ~ cases | join(' ') ~ ' else ' ~ text ~ ' end') -}}
{% endmacro %}

{# is a text this value, whatever the case and the blanks around it, and a number however it is written? #}
{% macro is_value(text, value, type) %}
  {%- set same = 'upper(' ~ trimmed(text) ~ ') = upper(' ~ sql_text(value | string | trim) ~ ')' -%}
  {%- set is_number = modules.re.match('^-?[0-9]+([.][0-9]+)?$', value | string) -%}
  {{- return('(' ~ same ~ (' or ' ~ number_from(text) ~ ' = ' ~ value if is_number and type != 'varchar' else '') ~ ')') -}}
{% endmacro %}

{# The typed value of a column of raw_columns; what cannot be cast is NULL here, and a reason or a loss in rejection_rules. #}
{% macro typed_column(column, extract) %}
  {%- if column.folder -%}{{ return(agreed(column, extract)) }}{%- endif -%}
  {%- set value, type, readings = column.value or ('text_' if column.is_text else 'raw_') ~ column.name, column.raw_type, column.readings or {} -%}
  {%- if column.is_text and type != 'VARCHAR' and ('missing' in readings or 'values' in readings) -%}{%- set type = 'VARCHAR' -%}{%- endif -%}
  {%- set is_time = type == 'DATE' or type.startswith('TIMESTAMP') -%}
  {%- if column.type == 'double' and (readings.dates or is_time and column.unit in ['years', 'months']) -%}
    {{- return(units_between(value if is_time else declared_time(value, readings, 'date'), 'as_of_date', column.unit)) -}}
  {%- elif column.type == 'double' -%}
    {%- set number = declared_number(value, readings) if column.is_text else none -%}
    {{- return(number or number_from(value, trimmed(value) if column.is_text else none)) -}}
  {%- elif column.type in ['date', 'timestamp'] -%}
    {%- set time = declared_time(value, readings, column.type) if column.is_text else none -%}
    {%- set time = time or timestamp_from(value, type, is_date=column.type == 'date', forms=readings.forms, zone=readings.zone) -%}
    {{- return('cast(' ~ time ~ ' as date)' if column.type == 'date' else time) -}}
  {%- elif not column.get('categories') -%}
    {{- return(id_from(value, type, column.name, extract, readings.ids)) -}}
  {%- endif -%}
  {%- set normal, cases = normalised(value), [] -%}
  {%- if column.categories == 'any' -%}{{ return('case when not ' ~ is_missing(value) ~ ' then ' ~ normal ~ ' end') }}{%- endif -%}
  {%- for category, spellings in column.categories.items() -%}
    {%- do cases.append('when ' ~ normal ~ ' in (' ~ sql_texts([category] + spellings) ~ ') then ' ~ sql_text(category)) -%}
  {%- endfor -%}
  {{ return('case ' ~ cases | join(' ') ~ ' end') }}
{% endmacro %}

{# a category as it is compared: in lower case, with underscores for blanks and hyphens #}
{% macro normalised(value) %}{{ return("translate(lower(" ~ value ~ "), ' -', '__')") }}{% endmacro %}

{# A number as the bank says that it is written (decimal, thousands, signs, percent, negative), or none where it says nothing. A sign between
   thousands must stand between groups of three digits: 1.08 is no number where the point is that sign. #}
{% macro declared_number(value, readings) %}
  {%- set keys = [] -%}
  {%- for key in ['decimal', 'thousands', 'signs', 'percent', 'negative'] if readings[key] -%}{%- do keys.append(key) -%}{%- endfor -%}
  {%- if not keys -%}{{ return(none) }}{%- endif -%}
  {%- set thousands = readings.thousands or '' -%}
  {%- set decimal = readings.decimal or (',' if thousands == '.' else '.') -%}
  {%- set negative = [readings.negative] if readings.negative is string else readings.negative or [] -%}
  {%- set signs = [readings.signs] if readings.signs is string else readings.signs or [] -%}
  {%- set text, around = trimmed(value), [] -%}
  {%- for sign in signs -%}{%- do around.append(modules.re.escape(sign | string)) -%}{%- endfor -%}
  {%- if readings.percent -%}{%- do around.append('%') -%}{%- endif -%}
  {%- if around -%}{%- set text = replaced(text, '^(-?)\\s*(?:' ~ around | join('|') ~ ')\\s*|\\s*(?:' ~ around | join('|') ~ ')(-?)$', '\\1\\2') -%}{%- endif -%}
  {%- if 'parentheses' in negative -%}{%- set text = replaced(text, '^\\((.*)\\)$', '-\\1') -%}{%- endif -%}
  {%- if 'behind' in negative -%}{%- set text = replaced(text, '^(.*\\S)\\s*-$', '-\\1') -%}{%- endif -%}
  {%- set point, group = modules.re.escape(decimal), modules.re.escape(thousands) -%}
  {%- if thousands == ' ' -%}{%- set group = '[\\s\\x{A0}\\x{202F}]' -%}{%- endif -%}
  {%- set whole = '(?:[0-9]{1,3}(?:' ~ group ~ '[0-9]{3})+|[0-9]+)' if thousands else '[0-9]+' -%}
  {%- set pattern = '[-+]?\\s*(?:' ~ whole ~ '(?:' ~ point ~ '[0-9]*)?|' ~ point ~ '[0-9]+)(?:[eE][-+]?[0-9]+)?' -%}
  {%- set plain = replaced(text, group ~ '|\\s', '') if thousands else replaced(text, '\\s', '') -%}
  {%- if decimal != '.' -%}{%- set plain = 'replace(' ~ plain ~ ', ' ~ sql_text(decimal) ~ ", '.')" -%}{%- endif -%}
  {%- set number = 'case when ' ~ matches_whole(text, pattern) ~ ' then ' ~ number_from(plain) ~ ' end' -%}
  {{- return('case when right(' ~ trimmed(value) ~ ", 1) = '%' then (" ~ number ~ ') / 100 else ' ~ number ~ ' end' if readings.percent == 'share' else number) -}}
{% endmacro %}

{# A time in one of the forms that the bank says, or none where it says nothing; of a zone that it says the local time of var time_zone #}
{% macro declared_time(value, readings, type) %}
  {%- if not readings.dates -%}{{ return(none) }}{%- endif -%}
  {%- set time = time_in_forms(value, readings.forms or [], type == 'date') -%}
  {%- if readings.is_excel -%}{%- set time = 'coalesce(' ~ time_of_serial(value) ~ ', ' ~ time ~ ')' if readings.forms else time_of_serial(value) -%}{%- endif -%}
  {{- return(in_zone(time, readings.zone) if readings.zone and type == 'timestamp' else time) -}}
{% endmacro %}

{# A value that the folder of its file says as well: two sources of one fact that disagree stop #}
{% macro agreed(column, extract) %}
  {%- set typed = typed_column(dict(column, folder=none), extract) -%}
  {%- set of_folder = typed_column(dict(column, folder=none, value='folder_' ~ column.name, raw_type='VARCHAR', is_text=true, readings={}), extract) -%}
  {{- return('case when ' ~ typed ~ ' <> ' ~ of_folder ~ ' then ' ~ stop("concat('Extract " ~ extract ~ ": a folder says " ~ column.name ~ " ', folder_" ~ column.name
      ~ ", ', and a row in it says otherwise. Mend the folder or the file.')") ~ ' else ' ~ typed ~ ' end') -}}
{% endmacro %}

{# An id: text as it was delivered, but one thing however its column was stored. Ids that went through numbers that are not exact stop. Where the
   bank says that ids are numbers, zeros before them say nothing. #}
{% macro id_from(text, type, name, extract, ids='text') %}
  {%- set inexact = '.*[^-0-9].*' if is_number_type(type) else '-?[0-9]+[.]0+|-?[0-9]([.][0-9]+)?[eE][+][0-9]+' -%}
  {%- set id = replaced(text, '^(-?)0+([0-9])', '\\1\\2') if ids == 'number' else text -%}
  {{- return('case when ' ~ is_missing(text) ~ ' then null when ' ~ matches_whole(text, inexact) ~ ' then ' ~ stop(sql_text('Extract ' ~ extract ~ ': column '
      ~ name ~ ' holds ids as floating-point numbers, and some have a fraction or are beyond ' ~ inexact_from(type)
      ~ ', from where on such numbers are not exact: two ids may have become one. Export it as text or as whole numbers.')) ~ ' when ' ~ has_zero_byte(text) ~ ' then '
      ~ stop(sql_text('Extract ' ~ extract ~ ': column ' ~ name ~ ' holds an id with a zero byte, which no text has. Export it again.')) ~ ' else ' ~ id ~ ' end') -}}
{% endmacro %}

{# Of a column of dates as text that the bank says nothing of: the forms in which day or month come first, as far as the column tells which. It
   is told by values above 12. Stops where it is not. #}
{% macro decided_forms(raw, name, place) %}
  {%- set forms = [] -%}
  {%- for sign, first, second, n in day_or_month(raw, place.from) -%}
    {%- do refuse((first > 12) == (second > 12), "Extract " ~ place.extract ~ ", read from " ~ place.label ~ ": in the column " ~ name ~ " " ~ n ~ (' dates are' if n > 1 else ' date is') ~ " written as 99" ~ sign ~ "99"
        ~ sign ~ "9999, and " ~ ('both numbers reach above 12' if first > 12 else 'no number above 12 tells whether the day or the month comes first')
        ~ ". Say which in the bank's file: `dates: dd" ~ sign ~ "mm" ~ sign ~ "yyyy` or `dates: mm" ~ sign ~ "dd" ~ sign ~ "yyyy` (of several forms a list).") -%}
    {%- do forms.append(('%d' ~ sign ~ '%m' if first > 12 else '%m' ~ sign ~ '%d') ~ sign ~ '%Y') -%}
  {%- endfor -%}
  {{- return(forms) -}}
{% endmacro %}
