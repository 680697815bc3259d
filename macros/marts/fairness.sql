{# an end of Wilson's interval of a share of so many; `sign` is - or + #}
{% macro wilson_end(share, whole, sign) %}
  {%- set z = 1.959963984540054 -%}
  {%- set whole = 'nullif(' ~ whole ~ ', 0)' -%}
  {{- return('(' ~ share ~ ' + ' ~ (z ** 2 / 2) ~ ' / ' ~ whole ~ ' ' ~ sign ~ ' ' ~ z ~ ' * sqrt((' ~ share ~ ' * (1 - ' ~ share ~ ') + ' ~ (z ** 2 / 4)
      ~ ' / ' ~ whole ~ ') / ' ~ whole ~ ')) / (1 + ' ~ (z ** 2) ~ ' / ' ~ whole ~ ')') -}}
{% endmacro %}
