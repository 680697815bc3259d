{# A table is dropped and made in one transaction: dbt-duckdb's own way makes a copy beside the old table and renames both, which costs five
   statements more a model and fails now and then where a table has a key. A reader sees the old table until the transaction ends, and it
   stays where the model fails. A Python model writes through a connection of its own, for which the old table must be gone before. #}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
  {%- set existing = load_cached_relation(this) -%}
  {%- set target = this.incorporate(type='table') -%}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {%- if existing is not none and model.language == 'python' -%}{%- do adapter.drop_relation(existing) -%}{%- endif -%}
  {%- call statement('main', language=model.language) -%}
    {%- if existing is not none and model.language == 'sql' %}
    drop {{ existing.type }} if exists {{ existing }};
    {%- endif %}
    {{ create_table_as(False, target, compiled_code, model.language) }}
  {%- endcall -%}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}
