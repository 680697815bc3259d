{# the extracts that have models checked_<extract> and stg_<extract> #}
{% macro staged_extracts() %}
  {{- return(['bank_customers', 'card_transactions', 'card_usage', 'customer_demographics', 'financial_profiles']) -}}
{% endmacro %}

{# the other extracts of models/sources.yml that an enabled study reads: a user's own #}
{% macro own_extracts() %}
  {%- set names = [] -%}
  {%- for extract in (extract_names() if execute else []) if extract not in staged_extracts() and studies_that_need(extract) -%}
    {%- do names.append(extract) -%}
  {%- endfor -%}
  {{- return(names) -}}
{% endmacro %}

{# those that list the customers of an as_of_date #}
{% macro dated_extracts() %}{{ return(['bank_customers', 'card_usage', 'customer_demographics', 'financial_profiles']) }}{% endmacro %}
