{# the share of the rows with a value for which a condition holds; NULL where no row has one #}
{% macro share_where(condition, value) %}{{ return('count(*) filter (where ' ~ condition ~ ') / nullif(count(' ~ value ~ '), 0)') }}{% endmacro %}
