{# the key by which columns are matched: AvgAccountBalance, AVG_ACCOUNT_BALANCE and "avg account balance" are the same #}
{% macro column_key(name) %}{{ return(name | lower | replace('_', '') | replace(' ', '') | replace('-', '')) }}{% endmacro %}

{# the names of the extracts in the contract #}
{% macro extract_names() %}
  {%- set names = [] -%}
  {%- for source in graph.sources.values() if source.source_name == 'bank' -%}{%- do names.append(source.name) -%}{%- endfor -%}
  {{- return(names | sort) -}}
{% endmacro %}

{# The contract of an extract from models/sources.yml: {key: [names], columns: [{name, type, required, minimum, maximum, aliases, categories, protected}]} #}
{% macro extract_contract(extract) %}
  {%- set source = graph.sources.values() | selectattr('source_name', 'equalto', 'bank') | selectattr('name', 'equalto', extract) | list | first -%}
  {%- if not source -%}
    {{ exceptions.raise_compiler_error("There is no extract '" ~ extract ~ "' in models/sources.yml; known: " ~ extract_names() | join(', ')) }}
  {%- endif -%}
  {%- set known = ['required', 'unit', 'minimum', 'maximum', 'aliases', 'categories', 'protected'] -%}
  {%- set columns = [] -%}
  {%- for column in source.columns.values() -%}
    {%- do check_keys(column.config.meta, known, 'config.meta of column ' ~ column.name ~ ' of extract ' ~ extract ~ ' (models/sources.yml)') -%}
    {%- if column.data_type not in ['varchar', 'double', 'date', 'timestamp'] -%}
      {{ exceptions.raise_compiler_error("Column " ~ column.name ~ " of extract " ~ extract ~ " (models/sources.yml) has data_type '"
          ~ column.data_type ~ "'; known: varchar, double, date, timestamp") }}
    {%- endif -%}
    {%- do columns.append(dict(column.config.meta, name=column.name, type=column.data_type)) -%}
  {%- endfor -%}
  {%- set key = source.config.meta.get('key') -%}
  {%- if not key -%}
    {{ exceptions.raise_compiler_error("Extract " ~ extract ~ " (models/sources.yml) has no config.meta.key: the columns that identify a row") }}
  {%- endif -%}
  {%- for name in key if name not in columns | map(attribute='name') -%}
    {{ exceptions.raise_compiler_error("Extract " ~ extract ~ " (models/sources.yml) has '" ~ name ~ "' in its config.meta.key, which is none of its columns: "
        ~ columns | map(attribute='name') | join(', ')) }}
  {%- endfor -%}
  {{- return({'key': key, 'columns': columns}) -}}
{% endmacro %}

{# stops at a key that nobody reads, which is most often a misspelt one #}
{% macro check_keys(found, known, where) %}
  {%- for name in found if name not in known -%}
    {{ exceptions.raise_compiler_error("Unknown key '" ~ name ~ "' in " ~ where ~ "; known: " ~ known | join(', ')) }}
  {%- endfor -%}
{% endmacro %}
