{# the extracts that have models checked_<extract> and stg_<extract> #}
{% macro staged_extracts() %}
  {{- return(['bank_customers', 'card_transactions', 'card_usage', 'customer_demographics', 'financial_profiles']) -}}
{% endmacro %}
