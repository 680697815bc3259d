{# the rows of feature_catalog, rendered from the YAML of the studies as SQL tuples #}
{% macro feature_catalog_rows() %}
  {%- set rows = [] -%}
  {%- for study in var('studies') -%}
    {%- for feature in study_features(study) -%}
      {%- do rows.append('(' ~ [
          sql_text(study), loop.index, sql_text(feature.name), sql_text(feature.label), sql_text(feature.unit), sql_text(feature.transform),
          sql_text(feature.role), feature.weight, sql_text(feature.variable), sql_text(feature.block), feature.protected | lower] | join(', ') ~ ')') -%}
    {%- endfor -%}
  {%- endfor -%}
  {{- return(rows) -}}
{% endmacro %}

{# the rows of study_settings #}
{% macro study_settings_rows() %}
  {%- set rows, read = [], {} -%}
  {%- for study in var('studies') -%}
    {%- set options = study_options(study) -%}
    {%- set definition = study_definition(study, read) -%}
    {%- do rows.append('(' ~ [sql_text(study), loop.index, sql_text(options.title), sql_text(options.question), sql_text(options.recipe),
        sql_text(options.segments), 'null' if options.max_vif is none else options.max_vif,
        sql_text(definition.vars), sql_text(definition.hash)] | join(', ') ~ ')') -%}
  {%- endfor -%}
  {{- return(rows) -}}
{% endmacro %}

{# sample, files or tables: a model fitted on the sample bank is never in force for a bank's own data #}
{% macro source_kind() %}
  {%- set tables = var('extracts').values() | reject('string') | selectattr('table', 'defined') | list -%}
  {{- return('files' if var('bank_files') or tables | length < var('extracts') | length else 'tables' if var('bank_tables') or tables else 'sample') -}}
{% endmacro %}

{# the number of the way in which models are fitted: raise it when a fit on the same sample would give another model #}
{% macro fit_format() %}{{ return(5) }}{% endmacro %}
