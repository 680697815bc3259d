{# dbt run-operation summary: what a build has found, on one screen: the studies with their verdict, what needs attention first, where to look #}
{% macro summary() %}
  {%- if not execute -%}{{ return('') }}{%- endif -%}
  {%- do print('\nDatabase: ' ~ fromjson(run_query("select bank_publish('{}')")[0][0]).place) -%}
  {%- set studies -%}
    select
        settings.study,
        health.segments as k,
        health.verdict,
        largest.as_of_date,
        largest.all_customers,
        largest.persona,
        largest.share
    from {{ ref('study_settings') }} as settings
    left join {{ ref('segmentation_health') }} as health
        on settings.study = health.study
        and health.is_in_force
    left join (
        select
            *,
            sum(customers) over (partition by study) as all_customers,
            row_number() over (partition by study order by customers desc, segment asc) as place
        from {{ ref('segment_personas') }}
    ) as largest
        on settings.study = largest.study
        and largest.place = 1
    order by settings.position
  {%- endset -%}
  {%- do print('\nStudy              k  structure  customers  at          largest segment') -%}
  {%- for row in run_query(studies) -%}
    {%- if row['k'] is none -%}
      {%- do print('%-18s left out, see studies_left_out' | format(row['study'])) -%}
    {%- else -%}
      {%- do print('%-17s %2s  %-9s %10s  %s  %s, %.0f %%' | format(
          row['study'], row['k'], row['verdict'], '{:,}'.format(row['all_customers'] | int), row['as_of_date'], row['persona'] | truncate(36, true, '...', 0), row['share'] * 100)) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- set topics -%}
    select
        topic,
        count(*) as lines,
        count(study) as studies,
        string_agg(study, ', ' order by study) as named
    from {{ ref('attention') }}
    group by topic, severity
    order by severity, lines desc, topic
  {%- endset -%}
  {%- set topics = run_query(topics).rows -%}
  {%- do print('\nNeeds attention, the most severe first:' if topics | length else '\nNothing needs attention.') -%}
  {%- for row in topics[:5] -%}
    {%- do print('%4s  %-26s %s' | format(row['lines'], row['topic'], 'all studies' if row['studies'] == var('studies') | length else (row['named'] or '') | truncate(66, false, ' ...', 0))) -%}
  {%- endfor -%}
  {%- if topics | length -%}
    {%- do print('      ' ~ ('and ' ~ (topics[5:] | map(attribute='lines') | sum) ~ ' lines on other topics; ' if topics | length > 5 else '')
        ~ 'all are in the mart attention') -%}
  {%- endif -%}
  {%- do print('\nQuery first:') -%}
  {%- for query in [
      'select study, topic, message from attention;',
      'select study, segment, persona, customers, share from segment_personas order by 1, 2;',
      "select customer_id, persona, margin from customer_segments where is_outlier limit 20;"] -%}
    {%- do print('  ' ~ query) -%}
  {%- endfor -%}
  {%- do print('') -%}
{% endmacro %}
