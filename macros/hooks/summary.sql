{# dbt run-operation summary: where the database is, the segments that were found, what needs attention, what to query first #}
{% macro summary() %}
  {%- if not execute -%}{{ return('') }}{%- endif -%}
  {%- do print('\nDatabase: ' ~ (target.path if target.type == 'duckdb' else target.database ~ '.' ~ target.schema)) -%}
  {%- set personas = run_query('select study, segment, persona, customers, share, has_structure, as_of_date from ' ~ ref('segment_personas') ~ ' order by study, segment') -%}
  {%- set seen = [] -%}
  {%- for row in personas -%}
    {%- if row['study'] not in seen -%}
      {%- do seen.append(row['study']) -%}
      {%- do print('\nSegments of ' ~ row['study'] ~ ' at ' ~ row['as_of_date'] ~ ('' if row['has_structure'] else ', which has no structure of its own (see below)')) -%}
    {%- endif -%}
    {%- do print('  %2s  %-52s %10s %-9s  %5.1f %%' | format(row['segment'], row['persona'], '{:,}'.format(row['customers']), 'customer' if row['customers'] == 1 else 'customers', row['share'] * 100)) -%}
  {%- endfor -%}
  {%- set matters = run_query('select topic, study, message from ' ~ ref('attention') ~ ' order by severity, topic, study, message') -%}
  {%- do print('\nNeeds attention:' if matters | length else '\nNothing needs attention.') -%}
  {%- for row in matters -%}
    {%- do print('  ' ~ row['topic'] ~ (' (' ~ row['study'] ~ ')' if row['study'] else '') ~ ': ' ~ row['message']) -%}
  {%- endfor -%}
  {%- do print('\nQuery first:') -%}
  {%- for query in [
      'select persona, customers, share, failed_claims from segment_personas order by study, segment;',
      'select persona, clv_mean, clv_rank, high_risk_share, digital_rank from segment_kpis order by study, as_of_date, segment;',
      "select customer_id, persona, margin from customer_segments where is_outlier order by study, as_of_date, customer_id limit 20;"] -%}
    {%- do print('  ' ~ query) -%}
  {%- endfor -%}
  {%- do print('') -%}
{% endmacro %}
