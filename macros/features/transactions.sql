{# the groups of merchant categories (seed merchant_categories); what is in no group is other #}
{% macro category_groups() %}{{ return(['essentials', 'shopping', 'leisure', 'travel', 'other']) }}{% endmacro %}

{# the day from which on a transaction is known #}
{% macro booking_day(alias) %}{{ return('coalesce(' ~ alias ~ 'booked_on, cast(' ~ alias ~ 'transacted_at as date))') }}{% endmacro %}

{# the spend of a row of customer_activity #}
{% macro spend_of_all_groups(activity) %}
  {%- set parts = [] -%}
  {%- for group in category_groups() -%}{%- do parts.append(activity ~ '.' ~ group ~ '_spend') -%}{%- endfor -%}
  {{- return(parts | join(' + ')) -}}
{% endmacro %}

{# var as_of_date, or NULL #}
{% macro date_given() %}{{ return('cast(' ~ (sql_text(var('as_of_date')) if var('as_of_date') else 'null') ~ ' as date)') }}{% endmacro %}

{# the date at which transactions are looked at where no extract says one; a sentence where nobody does #}
{% macro date_of_transactions(extract) -%}
    coalesce({{ date_given() }}, {{ stop("concat('Extract ', " ~ extract ~ ", ' has rows, but no extract says at which dates to look at them. "
        ~ "Give an extract with an as_of_date, or set it: --vars ''{as_of_date: 2025-06-30}''.')") }})
{%- endmacro %}
