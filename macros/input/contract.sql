{# the key by which columns are matched: AvgAccountBalance, AVG_ACCOUNT_BALANCE and "avg account balance" are the same #}
{% macro column_key(name) %}{{ return(name | lower | replace('_', '') | replace(' ', '') | replace('-', '')) }}{% endmacro %}

{# the keys of a contract column: its own, and those of its aliases #}
{% macro keys_of(column) %}
  {%- set keys = [] -%}
  {%- for name in [column.name] + column.get('aliases', []) -%}{%- do keys.append(column_key(name)) -%}{%- endfor -%}
  {{- return(keys) -}}
{% endmacro %}

{# the names of the extracts in the contract #}
{% macro extract_names() %}{{ return(graph.sources.values() | selectattr('source_name', 'equalto', 'bank') | map(attribute='name') | sort) }}{% endmacro %}

{# The contract of an extract from models/sources.yml: {key: [names], columns: [{name, type, required, minimum, maximum, aliases, categories, protected}]} #}
{% macro extract_contract(extract) %}
  {%- set source = graph.sources.values() | selectattr('source_name', 'equalto', 'bank') | selectattr('name', 'equalto', extract) | list | first -%}
  {%- do refuse(not source, "There is no extract '" ~ extract ~ "' in models/sources.yml; known: " ~ extract_names() | join(', ')) -%}
  {%- set columns, key = [], source.config.meta.get('key') -%}
  {%- for column in source.columns.values() -%}
    {%- set where = column.name ~ ' of extract ' ~ extract ~ ' (models/sources.yml)' -%}
    {%- do check_keys(column.config.meta, ['required', 'unit', 'minimum', 'maximum', 'aliases', 'categories', 'protected'], 'config.meta of column ' ~ where) -%}
    {%- do refuse(column.data_type not in ['varchar', 'double', 'date', 'timestamp'], "Column " ~ where ~ " has data_type '" ~ column.data_type
        ~ "'; known: varchar, double, date, timestamp") -%}
    {%- do columns.append(dict(column.config.meta, name=column.name, type=column.data_type)) -%}
  {%- endfor -%}
  {%- set names = columns | map(attribute='name') | list -%}
  {%- do refuse(not key, "Extract " ~ extract ~ " (models/sources.yml) has no config.meta.key: the columns that identify a row") -%}
  {%- for name in key -%}
    {%- do refuse(name not in names, "Extract " ~ extract ~ " (models/sources.yml) has '" ~ name ~ "' in its config.meta.key, which is none of its columns: "
        ~ names | join(', ')) -%}
  {%- endfor -%}
  {{- return({'key': key, 'columns': columns}) -}}
{% endmacro %}
