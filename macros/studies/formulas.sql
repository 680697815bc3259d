{# a ratio of two columns; NULL where the denominator is zero or missing, which is not the same as zero #}
{% macro ratio(numerator, denominator) %}{{ return('(' ~ numerator ~ ') / nullif(' ~ denominator ~ ', 0)') }}{% endmacro %}

{# customer lifetime value, as far as a balance and a tenure can tell it #}
{% macro clv_proxy(balance, tenure) %}{{ return(balance ~ ' * ' ~ tenure ~ ' / ' ~ var('clv_divisor')) }}{% endmacro %}
