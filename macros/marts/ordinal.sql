{# a whole number as an ordinal: 1st, 2nd, 3rd, 4th, 11th, 71st #}
{% macro ordinal(number) -%}
    concat({{ number }}, case
        when mod({{ number }}, 100) between 11 and 13 then 'th'
        when mod({{ number }}, 10) = 1 then 'st'
        when mod({{ number }}, 10) = 2 then 'nd'
        when mod({{ number }}, 10) = 3 then 'rd'
        else 'th'
    end)
{%- endmacro %}
