{# A table in one statement each way: dbt-duckdb's own makes a copy beside the old table and renames both, which costs five statements more a
   model and fails now and then where a table has a key. A reader sees the old table until the transaction ends, also where the model fails. #}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
  {%- set existing = load_cached_relation(this) -%}
  {%- set target = this.incorporate(type='table') -%}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {%- if existing is not none -%}{%- do adapter.drop_relation(existing) -%}{%- endif -%}
  {%- if model.language == 'python' -%}{%- do adapter.commit() -%}{%- endif -%}{#- which writes through a connection of its own -#}
  {%- call statement('main', language=model.language) -%}
    {{ create_table_as(False, target, compiled_code, model.language) }}
  {%- endcall -%}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}
