{# joins kpi_bands, as alias `kpi` or another one: the band in which a value lies, none for a missing value #}
{% macro join_band(kpi, value, alias=none) -%}
{%- set band = alias or kpi -%}
left join {{ ref('kpi_bands') }} as {{ band }}
    on {{ band }}.kpi = '{{ kpi }}'
    and {{ value }} is not null
    and ({{ band }}.lower_bound is null or {{ value }} >= {{ band }}.lower_bound)
    and ({{ band }}.upper_bound is null or {{ value }} < {{ band }}.upper_bound)
{%- endmacro %}
