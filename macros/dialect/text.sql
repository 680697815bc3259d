{# a text literal #}
{% macro sql_text(value) %}{{ return("'" ~ (value | string | replace("'", "''")) ~ "'") }}{% endmacro %}

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
