{# The population stability index that samples of two like populations pass once in a thousand times: it then has the distribution of
   (1/n + 1/m) chi-square with bins - 1 degrees of freedom (Yurdakul 2018, Statistical Properties of Population Stability Index), whose quantile
   is Wilson and Hilferty's (1931). 0 for one bin. #}
{% macro psi_by_chance(bins, n, m) -%}
    {%- set root = '(1 - 2 / (9.0 * (' ~ bins ~ ' - 1)) + 3.0902 * sqrt(2 / (9.0 * (' ~ bins ~ ' - 1))))' -%}
    case
        when {{ bins }} = 1 then 0
        else (1.0 / {{ n }} + 1.0 / {{ m }}) * ({{ bins }} - 1) * {{ root }} * {{ root }} * {{ root }}
    end
{%- endmacro %}

{# an index in words: stable below what chance may make of it, however small the samples #}
{% macro drift_level(psi, by_chance) -%}
    case
        when {{ psi }} <= {{ by_chance }} or {{ psi }} < {{ var('psi_watch') }} then 'stable'
        when {{ psi }} < {{ var('psi_drift') }} then 'watch'
        else 'drifted'
    end
{%- endmacro %}
