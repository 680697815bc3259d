{# Models that hold customers, or figures of all of them, are materialized by_date: of each date (of each study or extract, where config part names such a
   column) they keep the rows, and write only those of dates whose stamp is another than when they were written. Config stamps names the
   model that says the stamps: as_of_date, stamp, and part. built_dates holds what was written with which stamp. #}

{# the configuration of such a model: at its top #}
{% macro by_date(stamps, part=none) %}{{ config(materialized='by_date', stamps=stamps, part=part) }}{%- if model.resource_type != 'unit_test' -%}{%- do ref(stamps) -%}{%- endif -%}{% endmacro %}

{# stamps beside what was written: part, as_of_date, stamp, written #}
{% macro dates_written(stamps) %}
  {%- set part = 'coalesce(stamps.' ~ config.get('part') ~ ", '')" if config.get('part') else "''" -%}
  {{- return('select coalesce(stamps.part, written.part) as part, coalesce(stamps.as_of_date, written.as_of_date) as as_of_date, stamps.stamp, written.stamp as written '
      ~ 'from (select ' ~ part ~ ' as part, as_of_date, stamp from ' ~ stamps ~ ' as stamps) as stamps full join (select * from ' ~ built_dates() ~ ' where model = '
      ~ sql_text(model.name) ~ ') as written on stamps.part = written.part and stamps.as_of_date = written.as_of_date') -}}
{% endmacro %}

{# the table that says what was written; begin_stage makes it #}
{% macro built_dates() %}{{ return(api.Relation.create(database=target.database, schema=target.schema, identifier='built_dates')) }}{% endmacro %}

{# does some date stand, so that this model need not be made anew? #}
{% macro keeps_dates(stamps) %}
  {%- if not execute or config.get('materialized') != 'by_date' or should_full_refresh() or not load_relation(this) -%}{{ return(false) }}{%- endif -%}
  {{- return(run_query('select count(*) as n from (' ~ dates_written(stamps) ~ ') as dates where stamp = written')[0][0] > 0) -}}
{% endmacro %}

{# A condition: is the date of a row to be written? part: its study or extract, as SQL, where the stamps have one #}
{% macro is_to_write(date, part=none) %}
  {%- if not execute or model.resource_type == 'unit_test' -%}{{ return('true') }}{%- endif -%}
  {%- set stamps, pairs, dates = ref(config.get('stamps')), [], [] -%}
  {%- if not keeps_dates(stamps) -%}{{ return('true') }}{%- endif -%}
  {%- for row in run_query('select part, cast(as_of_date as varchar) as as_of_date from (' ~ dates_written(stamps) ~ ') as dates where stamp is distinct from written and stamp is not null order by all') -%}
    {%- do pairs.append('(' ~ sql_texts([row[0]]) ~ ', ' ~ sql_date(row[1]) ~ ')') -%}
    {%- if sql_date(row[1]) not in dates -%}{%- do dates.append(sql_date(row[1])) -%}{%- endif -%}
  {%- endfor -%}
  {%- if not dates -%}{{ return('false') }}{%- endif -%}
  {#- the dates alone as well: they tell the engine which parts of a table to skip -#}
  {{- return('(' ~ date ~ ' in (' ~ dates | join(', ') ~ ')' ~ (' and (' ~ part ~ ', ' ~ date ~ ') in (' ~ pairs | join(', ') ~ ')' if part else '') ~ ')') -}}
{% endmacro %}

{# A condition: in a build, is a row of a date that this build has written? The tests of dates that stand have been run. #}
{% macro is_of_this_build(relation) %}
  {%- set node = graph.nodes.get('model.' ~ project_name ~ '.' ~ relation.identifier, {}) if execute else {} -%}
  {%- if flags.WHICH != 'build' or not node or node.config.materialized != 'by_date' -%}{{ return('true') }}{%- endif -%}
  {{- return('as_of_date in (select as_of_date from ' ~ built_dates() ~ ' where model = ' ~ sql_text(node.name) ~ ' and build = ' ~ sql_text(invocation_id) ~ ')') -}}
{% endmacro %}

{# a date as a literal #}
{% macro sql_date(text) %}{{ return("cast('" ~ text ~ "' as date)") }}{% endmacro %}

{% materialization by_date, adapter='duckdb' %}
  {%- set stamps, part = ref(config.require('stamps')), config.get('part') -%}
  {%- set existing, target, keeps = load_cached_relation(this), this.incorporate(type='table'), keeps_dates(stamps) -%}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {%- call statement('main') -%}
    {%- if keeps %}
    delete from {{ target }} where ({{ part or "''" }}, as_of_date) in (select (part, as_of_date) from ({{ dates_written(stamps) }}) as dates where stamp is distinct from written);
    insert into {{ target }} by name ({{ compiled_code }}
    );
    {%- else %}
    {{ 'drop ' ~ existing.type ~ ' if exists ' ~ existing ~ ';' if existing }}
    {{ create_table_as(False, target, compiled_code) }}
    {%- endif %}
  {%- endcall -%}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {%- call statement('written') %}
    create or replace temporary table written_now as select * from ({{ dates_written(stamps) }}) as dates where {{ 'stamp is distinct from written' if keeps else 'true' }};
    delete from {{ built_dates() }} where model = {{ sql_text(model.name) }} and (part, as_of_date) in (select (part, as_of_date) from written_now);
    insert into {{ built_dates() }} select {{ sql_text(model.name) }}, part, as_of_date, stamp, {{ sql_text(invocation_id) }} from written_now where stamp is not null;
  {%- endcall -%}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}
