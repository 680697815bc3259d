{# Around a model that has keys (constraints in its YAML) which no contract gives to the database, or that outlives a build: a row whose key
   is missing, or is there already, is refused before it is stored. An incremental table that is there without its keys was made by 0.4.0:
   of rows with one key it keeps the first. #}
{% macro enforce_keys(is_there=false) %}{{ return(adapter.dispatch('enforce_keys')(is_there)) }}{% endmacro %}
{% macro duckdb__enforce_keys(is_there) %}
  {%- set outlives = model.config.materialized == 'incremental' -%}
  {%- set keys = model.constraints | selectattr('columns') | map(attribute='columns') | map('join', ', ') | list
      if outlives or not model.config.contract.enforced else [] -%}
  {%- set tables = run_query("select has_primary_key from duckdb_tables() where database_name = current_database() and schema_name = "
      ~ sql_text(this.schema) ~ " and table_name = " ~ sql_text(this.identifier)) if execute and keys and (outlives or not is_there) else [] -%}
  {%- if tables | length and not tables[0]['has_primary_key'] -%}
    {%- for key in (keys if is_there else []) %}
    create or replace table {{ this }} as select distinct on ({{ key }}) * from {{ this }} order by all;
    {%- endfor %}
    alter table {{ this }} add primary key ({{ keys[0] }});
    {%- for key in keys[1:] %}
    create unique index {{ this.identifier }}_{{ loop.index }} on {{ this }} ({{ key }});
    {%- endfor %}
  {%- endif -%}
{% endmacro %}
