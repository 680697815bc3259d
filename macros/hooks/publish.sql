{# A build with fits begins: until it is complete, no build without them (selector score) is published #}
{% macro begin_publishing() %}
  {%- if execute and flags.WHICH in ['build', 'run'] -%}
    {%- set fits = [] -%}
    {%- for id in selected_resources if 'fit' in graph.nodes.get(id, {}).get('tags', []) -%}{%- do fits.append(id) -%}{%- endfor -%}
    {%- if fits -%}{%- do run_query("select bank_publish('{\"begin\": true}')") -%}{%- endif -%}
  {%- endif -%}
{% endmacro %}

{# At the end of a build: what is complete takes the place of the last build, and what is not is said (a failure by bank_publish, when dbt has said all). Complete is a build of all models, seeds
   and data tests without a failure; those of fits may be left out (selector score), then the models in force are those of the last build. #}
{% macro publish(results) %}
  {%- if not execute or flags.WHICH not in ['build', 'run'] -%}{{ return('') }}{%- endif -%}
  {%- set failed, done, left_out, with_fits = [], [], [], [] -%}
  {%- for result in results -%}
    {%- do (done if result.status in ['success', 'pass', 'warn'] else failed).append(result.node.unique_id) if result.status not in ['skipped', 'no-op'] -%}
  {%- endfor -%}
  {%- for node in graph.nodes.values() if node.resource_type in ['model', 'seed', 'test'] and 'on_request' not in node.tags and not is_of_absent(node) -%}
    {%- if 'fit' in node.tags -%}{%- do with_fits.append(node.unique_id in done) -%}
    {%- elif node.unique_id not in done -%}{%- do left_out.append(node.unique_id) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- set complete = not failed and not left_out and (with_fits | unique | list | length) < 2 -%}
  {%- set request = dict(published_relations(), with_fits=(with_fits | first | default(true))) if complete else {'failed': failed} -%}
  {%- set found = fromjson(run_query('select bank_publish(' ~ sql_text(tojson(request)) ~ ')')[0][0]) -%}
  {%- do refuse(found.refused, found.refused) -%}
  {%- set before = found.place ~ (' is the build of before.' if found.exists else ' is not there yet.') -%}
  {%- if found.bytes -%}
    {%- do print('published: ' ~ found.place) -%}
  {%- elif found.begun -%}
    {%- do print('Nothing is published, since a build with fits has not ended: run dbt build. ' ~ before) -%}
  {%- elif not failed and not flags.QUIET -%}
    {%- do print('Nothing is published, since a part was built, without ' ~ (left_out[0].split('.')[2] if left_out else 'some fits') ~ '; dbt build publishes. ' ~ before) -%}
  {%- endif -%}
{% endmacro %}

{# is it a test of a model that is computed on request, or of one that is disabled? #}
{% macro is_of_absent(node) %}
  {%- set absent = [] -%}
  {%- for id in node.depends_on.nodes if id not in graph.nodes or 'on_request' in graph.nodes[id].tags -%}{%- do absent.append(id) -%}{%- endfor -%}
  {{- return(node.resource_type == 'test' and (absent | length > 0 or not node.depends_on.nodes)) -}}
{% endmacro %}

{# {tables, views} of what readers get: marts, what says so in its YAML (meta: published), and what of other models the report reads, or a view
   among them; of staging nothing #}
{% macro published_relations() %}
  {%- set wanted, tables, views, studies = [], [], [], {} -%}
  {%- for study in var('studies') -%}{%- do studies.update({'features_' ~ study: study}) -%}{%- endfor -%}
  {%- for node in graph.nodes.values() if node.access == 'public' or node.config.meta.get('published') -%}{%- do wanted.append(node.unique_id) -%}{%- endfor -%}
  {%- for exposure in graph.exposures.values() -%}{%- do wanted.extend(exposure.depends_on.nodes) -%}{%- endfor -%}
  {%- for id in wanted -%}{#- which grows #}
    {%- set node = graph.nodes[id] -%}
    {%- if node.name in tables | map(attribute='name') or node.name in views -%}
    {%- elif node.config.materialized == 'view' and node.name not in studies -%}
      {%- do views.insert(0, node.name) -%}
      {%- do wanted.extend(node.depends_on.nodes) -%}
    {%- else -%}
      {%- set written = {'name': node.name} -%}
      {%- if node.config.materialized == 'by_date' -%}
        {%- do written.update({'written_by': node.name, 'date': node.config.get('date', 'as_of_date'), 'part': node.config.get('part')}) -%}
      {%- elif node.name in studies -%}
        {%- do written.update({'written_by': 'study_customers', 'date': 'as_of_date', 'study': studies[node.name]}) -%}
      {%- endif -%}
      {%- do tables.append(written) -%}
    {%- endif -%}
  {%- endfor -%}
  {{- return({'tables': tables, 'views': views}) -}}
{% endmacro %}
