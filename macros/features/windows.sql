{# the groups of merchant categories (seed merchant_categories); what is in no group is other #}
{% macro category_groups() %}{{ return(['essentials', 'shopping', 'leisure', 'travel', 'other']) }}{% endmacro %}

{# the day from which on a transaction is known #}
{% macro booking_day(alias) %}{{ return('coalesce(' ~ alias ~ 'booked_on, cast(' ~ alias ~ 'transacted_at as date))') }}{% endmacro %}
