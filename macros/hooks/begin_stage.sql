{# One line on the terminal as a stage of a build begins, also where dbt is quiet; its own lines are in logs/dbt.log #}
{% macro begin_stage(text) %}
  {%- if execute and flags.WHICH in ['build', 'run'] -%}
    {%- do print(text) -%}
  {%- endif -%}
{% endmacro %}

{# The fits of a build, in the hook of training_sample. Measured on two cores, a first build less a second: 10 s for one study, 38 s for seven. #}
{% macro begin_fits() %}
  {%- if execute and flags.WHICH in ['build', 'run'] -%}
    {%- set fitted = adapter.get_relation(this.database, this.schema, 'feature_scaling') -%}
    {%- set is_new = 'model_version not in (select model_version from ' ~ fitted ~ ')' if fitted else 'true' -%}
    {%- set new = run_query('select count(distinct study) from ' ~ this ~ ' where ' ~ is_new).rows[0][0] | int -%}
    {%- do begin_stage('fitting ' ~ new ~ (' study' if new == 1 else ' studies') ~ ', about ' ~ (6 + 4 * new) ~ ' s' if new else 'nothing new to fit') -%}
  {%- endif -%}
{% endmacro %}

{# the table in which models that are materialized by_date say what they have written #}
{% macro make_built_dates() %}
  create table if not exists {{ built_dates() }} (model varchar, part varchar, as_of_date date, stamp varchar, build varchar)
{% endmacro %}
