{# Exact and rounded, so that the order of the rows changes no digit; NULL without a value #}
{% macro mean_of(expression, digits=2) %}{{ return('cast(round(avg(' ~ exact(expression) ~ '), ' ~ digits ~ ') as double)') }}{% endmacro %}

{# The same of the sum; NULL without a value #}
{% macro total_of(expression, digits=2) %}{{ return('cast(round(sum(' ~ exact(expression) ~ '), ' ~ digits ~ ') as double)') }}{% endmacro %}

{# as a sentence shows a figure: what rounds to nothing has no minus #}
{% macro shown(expression, digits=3) %}{{ return('(round(' ~ expression ~ ', ' ~ digits ~ ') + 0)') }}{% endmacro %}

{# a number of things with its noun: 1 customer, 1,500 customers; NULL without a number #}
{% macro counted(number, noun) %}({{ count_text(number) }} || ' {{ noun }}' || case when {{ number }} = 1 then '' else 's' end){% endmacro %}
