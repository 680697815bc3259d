{# One line on the terminal as a stage of a build begins, also where dbt is quiet; its own lines are in logs/dbt.log #}
{% macro begin_stage(text) %}
  {%- if execute and flags.WHICH in ['build', 'run'] -%}
    {%- do print(run_started_at.now().strftime('%H:%M:%S') ~ '  ' ~ text) -%}
  {%- endif -%}
{% endmacro %}

{# The fits of a build, in the hook of training_sample: a study takes some 4 s on two cores #}
{% macro begin_fits() %}
  {%- if execute and flags.WHICH in ['build', 'run'] -%}
    {%- set fitted = adapter.get_relation(this.database, this.schema, 'feature_scaling') -%}
    {%- set new = run_query(
        'select count(distinct study) from ' ~ this
        ~ (' where model_version not in (select model_version from ' ~ fitted ~ ')' if fitted else '')
    ).rows[0][0] | int -%}
    {%- do begin_stage('nothing new to fit' if not new else 'fitting ' ~ new ~ (' study' if new == 1 else ' studies')
        ~ ', about ' ~ (6 + 4 * new) ~ ' s') -%}
  {%- endif -%}
{% endmacro %}
