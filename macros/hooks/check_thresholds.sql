{# Stops at a threshold or a sample size that is out of range, with what is allowed #}
{% macro check_thresholds() %}
  {%- for name in ['min_excess', 'moderate_excess', 'strong_excess', 'min_segment_share', 'excess_tolerance', 'relative_excess_tolerance',
      'min_stability', 'moderate_stability', 'strong_stability', 'raise_excess_share', 'min_recipe_agreement', 'min_algorithm_agreement', 'min_persona_match', 'border_margin'] -%}
    {%- set value = var(name) -%}
    {%- if value is not number or value is boolean or not 0 <= value <= 1 -%}
      {{ exceptions.raise_compiler_error("var " ~ name ~ " is " ~ value ~ "; give a number from 0 to 1") }}
    {%- endif -%}
  {%- endfor -%}
  {%- for figure in ['excess', 'stability'] -%}
    {%- set values = [var('min_' ~ figure), var('moderate_' ~ figure), var('strong_' ~ figure)] -%}
    {%- if values != values | sort -%}
      {{ exceptions.raise_compiler_error("vars min_" ~ figure ~ ", moderate_" ~ figure ~ " and strong_" ~ figure ~ " are " ~ values | join(', ')
          ~ "; none may be below the one before it") }}
    {%- endif -%}
  {%- endfor -%}
  {%- for name in ['sensitivity_rows', 'algorithm_rows'] -%}
    {%- set value = var(name) -%}
    {%- if value is not integer or value is boolean or not 20 <= value <= 10000 -%}
      {{ exceptions.raise_compiler_error("var " ~ name ~ " is " ~ value ~ "; give a whole number from 20 to 10000: all distances of so many customers are taken") }}
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}
