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

{# In the hook of training_sample: a version counts from its complete fit. The sample of one that a build did not come to fit goes, where the study
   has a complete version of its settings and asks for no other: what was begun is finished only when it is asked for again. #}
{% macro forget_unfinished_fits() %}
  {%- if execute and load_relation(this) and adapter.get_relation(this.database, this.schema, 'principal_components') -%}
    {%- set complete = '(select study, model_version from ' ~ this.incorporate(path={'identifier': 'kmeans_fits'})
        ~ ' intersect select study, model_version from ' ~ this.incorporate(path={'identifier': 'principal_components'}) ~ ')' -%}
    delete from {{ this }} where not {{ refit_asked('study') }} and (study, model_version) not in {{ complete }}
    and (study, settings_hash) in (select (study, settings_hash) from {{ this }} where (study, model_version) in {{ complete }})
  {%- endif -%}
{% endmacro %}

{# the table in which models that are materialized by_date say what they have written #}
{% macro make_built_dates() %}
  create table if not exists {{ built_dates() }} (model varchar, part varchar, as_of_date date, stamp varchar, build varchar)
{% endmacro %}
