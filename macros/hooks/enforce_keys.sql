{# Around an incremental model: the database refuses a row whose key is missing, or is there already, before it is stored. The keys are those
   of the model's primary_key tests. A table that is there without them was made by 0.4.0: of rows with one key it keeps the first. #}
{% macro enforce_keys(is_there=false) %}{{ return(adapter.dispatch('enforce_keys')(is_there)) }}{% endmacro %}
{% macro duckdb__enforce_keys(is_there) %}
  {%- set tables = run_query("select has_primary_key from duckdb_tables() where database_name = current_database() and schema_name = "
      ~ sql_text(this.schema) ~ " and table_name = " ~ sql_text(this.identifier)) if execute and model.config.materialized == 'incremental' else [] -%}
  {%- if tables | length and not tables[0]['has_primary_key'] -%}
    {%- set keys = [] -%}
    {%- for test in graph.nodes.values() if test.attached_node == model.unique_id and test.test_metadata.name == 'primary_key' -%}
      {%- do keys.append(test.test_metadata.kwargs.columns | join(', ')) -%}
    {%- endfor -%}
    {%- for key in (keys if is_there else []) %}
    create or replace table {{ this }} as select distinct on ({{ key }}) * from {{ this }} order by all;
    {%- endfor %}
    alter table {{ this }} add primary key ({{ keys[0] }});
    {%- for key in keys[1:] %}
    create unique index {{ this.identifier }}_{{ loop.index }} on {{ this }} ({{ key }});
    {%- endfor %}
  {%- endif -%}
{% endmacro %}
