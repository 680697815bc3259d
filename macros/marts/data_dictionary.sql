{# the units of the numeric columns of public marts (config.meta.unit in their YAML); data_dictionary.unit says what each means #}
{% macro mart_units() %}
  {{- return(['currency', 'share', 'customers', 'count', 'number', 'points', 'z-score', 'ratio', 'index', 'seconds', 'unit of the feature']) -}}
{% endmacro %}

{# the unit of a column, or none; stops at a number without unit, and at a unit that is not in the list #}
{% macro mart_unit(table, column) %}
  {%- set unit = column.config.meta.get('unit') -%}
  {%- set numeric = ['double', 'float', 'real', 'decimal', 'numeric', 'tinyint', 'smallint', 'integer', 'int', 'bigint', 'hugeint'] -%}
  {%- set where = 'Column ' ~ column.name ~ ' of the mart ' ~ table -%}
  {%- if unit is none and column.data_type.split('(')[0] | lower in numeric -%}
    {{ exceptions.raise_compiler_error(where ~ " is a number without unit: give config.meta.unit in its YAML, one of " ~ mart_units() | join(', ')) }}
  {%- elif unit is not none and unit not in mart_units() -%}
    {{ exceptions.raise_compiler_error(where ~ " has the unit '" ~ unit ~ "'; known: " ~ mart_units() | join(', ')) }}
  {%- endif -%}
  {{- return(unit) -}}
{% endmacro %}

{# the rows of data_dictionary as SQL tuples, rendered from the YAML of the public marts #}
{% macro data_dictionary_rows() %}
  {%- set rows = [] -%}
  {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.access == 'public' -%}
    {%- for column in node.columns.values() -%}
      {%- set unit = mart_unit(node.name, column) -%}
      {%- do rows.append('(' ~ [
          sql_text(node.name), sql_text(on_one_line(node.description)), loop.index, sql_text(column.name), sql_text(column.data_type),
          'null' if unit is none else sql_text(unit), sql_text(on_one_line(column.description)),
          node.config.meta.get('exported', true) | string | lower] | join(', ') ~ ')') -%}
    {%- endfor -%}
  {%- endfor -%}
  {{- return(rows) -}}
{% endmacro %}

{% macro on_one_line(text) %}{{ return(text.split() | join(' ')) }}{% endmacro %}
