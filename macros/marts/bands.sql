{# joins kpi_bands, as alias `kpi`: the band in which a value lies, none for a missing value #}
{% macro join_band(kpi, value) -%}
left join {{ ref('kpi_bands') }} as {{ kpi }}
    on {{ kpi }}.kpi = '{{ kpi }}'
    and {{ value }} is not null
    and ({{ kpi }}.lower_bound is null or {{ value }} >= {{ kpi }}.lower_bound)
    and ({{ kpi }}.upper_bound is null or {{ value }} < {{ kpi }}.upper_bound)
{%- endmacro %}
