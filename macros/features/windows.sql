{# In which month before the as_of_date a day is: 0 for the last one. From the columns first_day_1, first_day_2 ... of `windows`. #}
{% macro months_back(day, windows) %}
  {%- set parts = [] -%}
  {%- for month in range(1, var('window_months')) -%}
    {%- do parts.append('cast(' ~ day ~ ' < ' ~ windows ~ '.first_day_' ~ month ~ ' as integer)') -%}
  {%- endfor -%}
  {{- return(parts | join(' + ')) -}}
{% endmacro %}

{# the groups of merchant categories (seed merchant_categories); what is in no group is other #}
{% macro category_groups() %}{{ return(['essentials', 'shopping', 'leisure', 'travel', 'other']) }}{% endmacro %}

{# the day from which on a transaction is known #}
{% macro booking_day(alias) %}{{ return('coalesce(' ~ alias ~ 'booked_on, cast(' ~ alias ~ 'transacted_at as date))') }}{% endmacro %}
