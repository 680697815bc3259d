{# dbt-duckdb leaves one <model>__dbt_tmp<time> table behind each incremental run of a Python model #}
{% macro drop_leftovers() %}{{ return(adapter.dispatch('drop_leftovers')()) }}{% endmacro %}
{% macro duckdb__drop_leftovers() %}
  {%- if execute and flags.WHICH in ['run', 'build'] -%}
    {%- for row in run_query("select schema_name, table_name from duckdb_tables() where database_name = current_database()"
        ~ " and regexp_matches(table_name, '__dbt_tmp[0-9]{20}$')") -%}
      {%- do run_query('drop table if exists "' ~ row[0] ~ '"."' ~ row[1] ~ '"') -%}
    {%- endfor -%}
  {%- endif -%}
{% endmacro %}
