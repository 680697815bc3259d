{# a value as a text literal of SQL #}
{% macro sql_text(value) %}{{ return("'" ~ (value | string | replace("'", "''")) ~ "'") }}{% endmacro %}

{# some values as text literals, with commas between #}
{% macro sql_texts(values) %}{{ return("'" ~ (values | map('string') | map('replace', "'", "''") | join("', '")) ~ "'") }}{% endmacro %}

{# ends the query with a sentence for the user; a scalar expression, evaluated only where it is reached #}
{% macro stop(sentence) %}{{ return(adapter.dispatch('stop')(sentence)) }}{% endmacro %}
{% macro duckdb__stop(sentence) %}{{ return('error(' ~ sentence ~ ')') }}{% endmacro %}

{# some columns, named without their prefix, as JSON text #}
{% macro row_json(names, prefix='') %}{{ return(adapter.dispatch('row_json')(names, prefix)) }}{% endmacro %}
{% macro duckdb__row_json(names, prefix) %}
  {%- set parts = [] -%}
  {%- for name in names -%}{%- do parts.append(sql_text(name) ~ ', ' ~ prefix ~ name) -%}{%- endfor -%}
  {{- return('cast(json_object(' ~ parts | join(', ') ~ ') as varchar)') -}}
{% endmacro %}

{# a number for people: commas between the thousands, at most so many decimals, no zeros at the end of these, no minus before nothing #}
{% macro number_text(expression, decimals) %}{{ return(adapter.dispatch('number_text')(expression, decimals)) }}{% endmacro %}
{% macro duckdb__number_text(expression, decimals) -%}
    {%- set text -%}format('{:,.{{ decimals }}f}', round(cast({{ expression }} as double), {{ decimals }}) + 0){%- endset -%}
    {{ "rtrim(rtrim(" ~ text ~ ", '0'), '.')" if decimals else text }}
{%- endmacro %}

{# the same, but with three digits in powers of ten where fewer than three would be left: 1.25e-08 #}
{% macro small_number_text(expression, decimals) %}{{ return(adapter.dispatch('small_number_text')(expression, decimals)) }}{% endmacro %}
{% macro duckdb__small_number_text(expression, decimals) -%}
    case
        when {{ expression }} <> 0 and abs({{ expression }}) < {{ 10.0 ** (2 - decimals) }} then format('{:.3g}', {{ expression }})
        else {{ number_text(expression, decimals) }}
    end
{%- endmacro %}

{# a number for people with about three digits: 12,345, 12.3, 1.23 #}
{% macro figure_text(expression) -%}
    case
        when abs({{ expression }}) >= 100 then {{ number_text('round(' ~ expression ~ ')', 1) }}
        when abs({{ expression }}) >= 10 then {{ number_text(expression, 1) }}
        else {{ number_text(expression, 2) }}
    end
{%- endmacro %}

{# a correlation coefficient: .92, -.05, 1.00 #}
{% macro coefficient_text(expression) %}{{ return(adapter.dispatch('coefficient_text')(expression)) }}{% endmacro %}
{% macro duckdb__coefficient_text(expression) %}{{ return("replace(format('{:.2f}', round(" ~ expression ~ ", 2) + 0), '0.', '.')") }}{% endmacro %}

{# a text as the list of its parts #}
{% macro split_text(text, separator) %}{{ return(adapter.dispatch('split_text')(text, separator)) }}{% endmacro %}
{% macro duckdb__split_text(text, separator) %}{{ return('string_split(' ~ text ~ ', ' ~ sql_text(separator) ~ ')') }}{% endmacro %}

{# a text on one line #}
{% macro one_line(expression) %}{{ return(adapter.dispatch('one_line')(expression)) }}{% endmacro %}
{% macro duckdb__one_line(expression) %}{{ return("trim(regexp_replace(" ~ expression ~ ", '\\s+', ' ', 'g'))") }}{% endmacro %}

{# the texts of a group, one a line #}
{% macro lines_of(text, order) %}{{ return(adapter.dispatch('lines_of')(text, order)) }}{% endmacro %}
{% macro duckdb__lines_of(text, order) %}{{ return('string_agg(' ~ one_line(text) ~ ', chr(10) order by ' ~ order ~ ')') }}{% endmacro %}

{# a text as Markdown shows it as it is: its marks escaped, also those that count only where a line begins #}
{% macro markdown_text(expression) %}{{ return(adapter.dispatch('markdown_text')(expression)) }}{% endmacro %}
{% macro duckdb__markdown_text(expression) -%}
    regexp_replace(
        regexp_replace({{ expression }}, '([\\`*_{}\[\]<>#|~&$])', '\\\1', 'g'), '(^|\n)(\d*)([-+.)=])([-=\s]|$)', '\1\2\\\3\4', 'g'
    )
{%- endmacro %}

{# a text without the blanks around it, of whatever kind: tabs, ends of lines, no-break, ideographic and zero-width ones, byte order marks #}
{% macro trimmed(expression) %}{{ return(adapter.dispatch('trimmed')(expression)) }}{% endmacro %}
{% macro duckdb__trimmed(expression) %}
  {%- set blanks = '[\\s\\v\\p{Z}\\x{85}\\x{180E}\\x{200B}-\\x{200F}\\x{2060}\\x{FEFF}]+' -%}
  {{- return("regexp_replace(" ~ expression ~ ", '^" ~ blanks ~ "|" ~ blanks ~ "$', '', 'g')") -}}
{% endmacro %}

{# a text with every match of a regular expression replaced #}
{% macro replaced(expression, pattern, by) %}{{ return(adapter.dispatch('replaced')(expression, pattern, by)) }}{% endmacro %}
{% macro duckdb__replaced(expression, pattern, by) %}{{ return('regexp_replace(' ~ expression ~ ', ' ~ sql_text(pattern) ~ ', ' ~ sql_text(by) ~ ", 'g')") }}{% endmacro %}

{# does the whole text match a regular expression? #}
{% macro matches_whole(expression, pattern) %}{{ return(adapter.dispatch('matches_whole')(expression, pattern)) }}{% endmacro %}
{% macro duckdb__matches_whole(expression, pattern) %}{{ return('regexp_full_match(' ~ expression ~ ', ' ~ sql_text(pattern) ~ ')') }}{% endmacro %}

{# is a text one of some words? Not "in": DuckDB makes a join of a long list, and the rows come out in another order. #}
{% macro is_one_of(expression, words) %}{{ return(adapter.dispatch('is_one_of')(expression, words)) }}{% endmacro %}
{% macro duckdb__is_one_of(expression, words) %}{{ return('list_contains([' ~ sql_texts(words) ~ '], ' ~ expression ~ ')') }}{% endmacro %}

{# What a text looks like, without what it says: Aaa-99. The one way in which a value of a customer's stands in a sentence (bank/csv_files.py) #}
{% macro shape_of(expression) %}{{ return(adapter.dispatch('shape_of')(expression)) }}{% endmacro %}
{% macro duckdb__shape_of(expression) %}{{ return('bank_shape(' ~ expression ~ ')') }}{% endmacro %}

{# does a text hold a zero byte? #}
{% macro has_zero_byte(text) %}{{ return(adapter.dispatch('has_zero_byte')(text)) }}{% endmacro %}
{% macro duckdb__has_zero_byte(text) %}{{ return('contains(' ~ text ~ ', chr(0))') }}{% endmacro %}
