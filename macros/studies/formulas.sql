{# a ratio of two columns; NULL where the denominator is zero or missing, which is not the same as zero #}
{% macro ratio(numerator, denominator) %}{{ return('(' ~ numerator ~ ') / nullif(' ~ denominator ~ ', 0)') }}{% endmacro %}

{# customer lifetime value, as far as a balance and a tenure can tell it #}
{% macro clv_proxy(balance, tenure) %}{{ return(balance ~ ' * ' ~ tenure ~ ' / ' ~ var('clv_divisor')) }}{% endmacro %}

{# a share of a whole; 0 of nothing is 0 #}
{% macro share_of(part, whole) %}{{ return('coalesce((' ~ part ~ ') / nullif(' ~ whole ~ ', 0), 0)') }}{% endmacro %}

{# the change from one amount to a later one, from -1 (to nothing) to 1 (from nothing); 0 without both #}
{% macro trend(earlier, later) %}{{ return(share_of('(' ~ later ~ ') - (' ~ earlier ~ ')', '((' ~ later ~ ') + (' ~ earlier ~ '))')) }}{% endmacro %}

{# 1 where a variable has the category, 0 where it has another, NULL where it is missing #}
{% macro is_category(variable, category) %}{{ return('cast(' ~ variable ~ ' = ' ~ sql_text(category) ~ ' as double)') }}{% endmacro %}
