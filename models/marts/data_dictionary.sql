-- What the YAML of the public marts says of every column. Rendered again whenever customer_360 is built, whose columns follow var studies.
-- depends_on: {{ ref('customer_360') }}
{%- set units = [
    'currency', 'share', 'customers', 'count', 'number', 'points', 'z-score', 'ratio', 'index', 'seconds', 'unit of the feature',
] -%}
{%- set numbers = [
    'double', 'float', 'real', 'decimal', 'numeric', 'tinyint', 'smallint', 'integer', 'int', 'bigint', 'hugeint',
] -%}
{%- set rows = [] -%}
{%- for mart in graph.nodes.values() if execute and mart.resource_type == 'model' and mart.access == 'public' -%}
{%- for column in mart.columns.values() -%}
{%- set unit = column.config.meta.get('unit') -%}
{%- set where = 'Column ' ~ column.name ~ ' of the mart ' ~ mart.name -%}
{%- if unit is none and column.data_type.split('(')[0] | lower in numbers -%}
{{ exceptions.raise_compiler_error(where ~ ' is a number without unit: give config.meta.unit in its YAML, one of ' ~ units | join(', ')) }}
{%- elif unit is not none and unit not in units -%}
{{ exceptions.raise_compiler_error(where ~ " has the unit '" ~ unit ~ "'; known: " ~ units | join(', ')) }}
{%- endif -%}
{%- do rows.append('(' ~ [
    sql_text(mart.name), sql_text(mart.description.split() | join(' ')), loop.index, sql_text(column.name), sql_text(column.data_type),
    'null' if unit is none else sql_text(unit), sql_text(column.description.split() | join(' ')),
    mart.config.meta.get('exported', true) | string | lower,
] | join(', ') ~ ')') -%}
{%- endfor -%}
{%- endfor %}
select
    cast(table_name as varchar) as table_name,
    cast(table_description as varchar) as table_description,
    cast(position as integer) as position,
    cast(column_name as varchar) as column_name,
    cast(data_type as varchar) as data_type,
    cast(unit as varchar) as unit,
    cast(description as varchar) as description,
    cast(is_exported as boolean) as is_exported
from (
    values
    {{ rows | join(',\n    ') or '(null, null, null, null, null, null, null, null)' }}
) as dictionary (table_name, table_description, position, column_name, data_type, unit, description, is_exported)  -- noqa: AL05
