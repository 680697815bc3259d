{# Hook of the checked_<extract> models: stops where too much of an extract is rejected, and where a study needs an extract
   that has no rows. It runs after the table is there, so that the rows can be looked at. `filter` picks the rows of the extract. #}
{% macro stop_at_rejections(extract, filter='true') %}
  {%- if not execute -%}{{ return('') }}{%- endif -%}
  {%- set counts = run_query('select count(*) as n, count(rejection_reason) as rejected from ' ~ this ~ ' where ' ~ filter) -%}
  {%- set total, rejected = counts[0][0], counts[0][1] -%}
  {%- if not total and studies_that_need(extract) -%}
    {{ exceptions.raise_compiler_error("Extract " ~ extract ~ ", read from " ~ locate_extract(extract).label ~ ", has a header and no rows; the study "
        ~ studies_that_need(extract) | join(', ') ~ " needs it. Export it again, or take the study out of var studies.") }}
  {%- elif total and rejected / total > var('max_rejected_share') -%}
    {%- set reasons = run_query('select rejection_reason, count(*) as n from ' ~ this
        ~ ' where rejection_reason is not null and ' ~ filter ~ ' group by rejection_reason order by n desc, rejection_reason limit 3') -%}
    {%- set parts = [] -%}
    {%- for row in reasons -%}{%- do parts.append(row[0] ~ ' (' ~ row[1] ~ ' rows)') -%}{%- endfor -%}
    {{ exceptions.raise_compiler_error("Extract " ~ extract ~ ", read from " ~ locate_extract(extract).label ~ ": " ~ rejected ~ " of " ~ total
        ~ " rows are rejected, more than var max_rejected_share (" ~ var('max_rejected_share') ~ ") allows. Mostly: " ~ parts | join('; ')
        ~ ". Look at " ~ this.identifier ~ " (rejection_reason, raw_row); mend the extract, its rules in models/sources.yml, or raise the var.") }}
  {%- endif -%}
{% endmacro %}

{# the same for checked_own_extracts, which holds the rows of several extracts #}
{% macro stop_at_own_rejections() %}
  {%- for extract in own_extracts() -%}{%- do stop_at_rejections(extract, 'extract = ' ~ sql_text(extract)) -%}{%- endfor -%}
{% endmacro %}
