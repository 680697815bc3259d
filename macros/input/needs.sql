{# the enabled studies that read an extract: those whose features_<study> has its source among its ancestors #}
{% macro studies_that_need(extract) %}
  {%- set studies = [] -%}
  {%- for study in var('studies') -%}
    {%- if ('source.' ~ project_name ~ '.bank.' ~ extract) in ancestors(['model.' ~ project_name ~ '.features_' ~ study]) -%}
      {%- do studies.append(study) -%}
    {%- endif -%}
  {%- endfor -%}
  {{- return(studies) -}}
{% endmacro %}

{# The ids of all nodes above some nodes of dbt's graph, and of these themselves. Not beyond customer_dates and
   date_contents: they take whichever extracts there are and need none of them. #}
{% macro ancestors(ids) %}
  {%- set seen = ids | list -%}
  {%- for id in seen if id.split('.')[-1] not in ['customer_dates', 'date_contents'] -%}{# the list grows while it is walked #}
    {%- for parent in graph.nodes.get(id, {}).get('depends_on', {}).get('nodes', []) if parent not in seen -%}
      {%- do seen.append(parent) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{- return(seen) -}}
{% endmacro %}

{# does a study read anything but the shipped extracts and reference seeds, so that only its features say whether a date changed? #}
{% macro reads_anything_else(study) %}
  {%- set others = [] -%}
  {%- for id in (ancestors(['model.' ~ project_name ~ '.features_' ~ study]) if execute else []) -%}
    {%- set name, node = id.split('.')[-1], graph.nodes.get(id, {}) -%}
    {%- if id.startswith('source.') and name not in staged_extracts() or id.startswith('seed.') and node.fqn[1] != 'reference' and name[4:] not in staged_extracts() -%}
      {%- do others.append(id) -%}
    {%- endif -%}
  {%- endfor -%}
  {{- return(others | length > 0) -}}
{% endmacro %}
