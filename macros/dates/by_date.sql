{# Models that hold customers, or figures of all of them, are materialized by_date: of each date (config date names its column; of each study or extract, where config
   part names such a column) they keep the rows, and write only those of dates whose stamp is another than when they were written. Config stamps names the
   model that says the stamps: as_of_date, stamp, and part. built_dates holds what was written with which stamp. #}

{# At the top of such a model: its configuration, and what it has to write: [part, date] of each date, or none where that is all there is. #}
{% macro by_date(stamps, part=none, date='as_of_date') %}
  {%- do config(materialized='by_date', stamps=stamps, part=part, date=date) -%}
  {%- if model.resource_type == 'unit_test' -%}{{ return(none) }}{%- endif -%}
  {%- set relation = ref(stamps) -%}
  {{- return(dates_to_write(relation, part) if execute else none) -}}
{% endmacro %}

{# stamps beside what was written: part, as_of_date, stamp, written. The stamp 'kept' is of a date that keeps what was written (scored_dates). #}
{% macro dates_written(stamps, part) %}
  {{- return('select coalesce(stamps.part, written.part) as part, coalesce(stamps.as_of_date, written.as_of_date) as as_of_date, written.stamp as written, '
      ~ "case when stamps.stamp = 'kept' then coalesce(written.stamp, 'kept') else stamps.stamp || ' " ~ stamp_of_this_model() ~ "' end as stamp "
      ~ 'from (select ' ~ (part or "''") ~ ' as part, as_of_date, stamp from ' ~ stamps ~ ') as stamps full join (select * from ' ~ built_dates() ~ ' where model = '
      ~ sql_text(model.name) ~ ') as written on stamps.part = written.part and stamps.as_of_date = written.as_of_date') -}}
{% endmacro %}

{# what hangs on this model alone: its SQL and the vars, which a build of a part may change as well #}
{% macro stamp_of_this_model() %}
  {%- set parts = [model.raw_code] -%}
  {%- for name in var_rules() if name not in vars_of_no_feature() -%}{%- do parts.append(name ~ tojson(var(name), sort_keys=true)) -%}{%- endfor -%}
  {{- return(local_md5(parts | join)[:12]) -}}
{% endmacro %}

{# the table that says what was written; begin_stage makes it #}
{% macro built_dates() %}{{ return(api.Relation.create(database=target.database, schema=target.schema, identifier='built_dates')) }}{% endmacro %}

{# [part, date] of what differs from what was written; none where no date stands, so that the model is made anew #}
{% macro dates_to_write(stamps, part) %}
  {%- if should_full_refresh() or not load_relation(this) -%}{{ return(none) }}{%- endif -%}
  {%- set changed, standing = [], [] -%}
  {%- for row in run_query('select part, cast(as_of_date as varchar), stamp = written from (' ~ dates_written(stamps, part) ~ ') as dates order by all') -%}
    {%- do (standing if row[2] else changed).append([row[0], row[1]]) -%}
  {%- endfor -%}
  {{- return(changed if standing else none) -}}
{% endmacro %}

{# A condition: is the date of a row to be written? new: of by_date; part: its study or extract, as SQL, where the stamps have one #}
{% macro is_to_write(new, date, part=none) %}
  {%- set pairs, dates = [], [] -%}
  {%- for row in new or [] -%}
    {%- do pairs.append('(' ~ sql_text(row[0]) ~ ', ' ~ sql_date(row[1]) ~ ')') -%}
    {%- if sql_date(row[1]) not in dates -%}{%- do dates.append(sql_date(row[1])) -%}{%- endif -%}
  {%- endfor -%}
  {%- if not dates -%}{{ return('true' if new is none else 'false') }}{%- endif -%}
  {#- the dates alone as well: they tell the engine which parts of a table to skip -#}
  {{- return('(' ~ date ~ ' in (' ~ dates | join(', ') ~ ')' ~ (' and (' ~ part ~ ', ' ~ date ~ ') in (' ~ pairs | join(', ') ~ ')' if part else '') ~ ')') -}}
{% endmacro %}

{# A condition: in a build, is a row of a date that this build has written? The tests of dates that stand have been run. alias: before as_of_date #}
{% macro is_of_this_build(relation, alias='') %}
  {%- set node = graph.nodes.get('model.' ~ project_name ~ '.' ~ relation.identifier, {}) if execute else {} -%}
  {%- if flags.WHICH != 'build' or not node -%}{{ return('true') }}{%- endif -%}
  {%- if node.config.materialized == 'by_date' -%}
    {{- return(alias ~ 'as_of_date in (select as_of_date from ' ~ built_dates() ~ ' where model = ' ~ sql_text(node.name) ~ ' and build = ' ~ sql_text(invocation_id) ~ ')') -}}
  {%- endif -%}
  {%- if relation.identifier[4:] in dated_extracts() and relation.identifier.startswith('stg_') -%}{#- a view of what was read -#}
    {%- set checked = relation.incorporate(path={'identifier': 'checked_' ~ relation.identifier[4:]}, type='table') -%}
    {{- return(alias ~ 'as_of_date in (select as_of_date from ' ~ checked ~ ' where delivery in (' ~ sql_texts(deliveries_of_this_build(checked)) ~ '))') -}}
  {%- endif -%}
  {{- return('true') -}}
{% endmacro %}

{# a date as a literal #}
{% macro sql_date(text) %}{{ return("cast('" ~ text ~ "' as date)") }}{% endmacro %}

{# Dates that differ are deleted and inserted, in one transaction with what was written; the whole table is made anew where none stands #}
{% materialization by_date, adapter='duckdb' %}
  {%- set stamps, part = ref(config.require('stamps')), config.get('part') -%}
  {%- set existing, target, new = load_cached_relation(this), this.incorporate(type='table'), dates_to_write(stamps, part) -%}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {%- call statement('main') -%}
    {%- if new is none %}
    {{ 'drop ' ~ existing.type ~ ' if exists ' ~ existing ~ ';' if existing }}
    {{ create_table_as(False, target, compiled_code) }}
    {%- elif new %}
    delete from {{ target }} where {{ is_to_write(new, config.get('date'), part) }};
    insert into {{ target }} by name ({{ compiled_code }}
    );
    {%- else %}
    select 1
    {%- endif %}
  {%- endcall -%}
  {%- if new or new is none -%}{{ run_hooks(post_hooks, inside_transaction=True) }}{%- endif -%}
  {%- call statement('written') %}
    create or replace temporary table written_now as select * from ({{ dates_written(stamps, part) }}) as dates where {{ 'true' if new is none else 'stamp is distinct from written' }};
    delete from {{ built_dates() }} where model = {{ sql_text(model.name) }} and (part, as_of_date) in (select (part, as_of_date) from written_now);
    insert into {{ built_dates() }} select {{ sql_text(model.name) }}, part, as_of_date, stamp, {{ sql_text(invocation_id) }} from written_now where stamp is not null;
  {%- endcall -%}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}
