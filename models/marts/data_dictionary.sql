-- rendered again whenever customer_360 is built, whose columns follow var studies
-- depends_on: {{ ref('customer_360') }}
{% set rows = data_dictionary_rows() if execute else [] %}
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
