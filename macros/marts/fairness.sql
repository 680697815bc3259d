{# The share of a group in a segment against its share in the population, as a ratio with a 95 % interval. The segment is part of the
   population, so the two shares are not independent. Those inside and outside the segment are: so the interval is made for
   inside / outside, q, from Wilson's intervals of the two shares (1927) by the method of variance estimates recovery for ratios
   (Donner and Zou 2012; Newcombe 2016, Statistical Methods in Medical Research 21 and 25), and then carried over. With w, the
   segment's part of the population, the ratio to the population is q / (w q + 1 - w), which grows with q. Unlike Katz's interval
   (1978) it has both ends where a group is wholly outside or wholly inside. #}

{# an end of Wilson's interval of a share: `sign` is - or + #}
{% macro wilson_end(part, whole, sign) %}
  {%- set z2 = 1.959963984540054 ** 2 -%}
  {{- return(
      '(2.0 * ' ~ part ~ ' + ' ~ z2 ~ ' ' ~ sign ~ ' sqrt(' ~ z2 ~ ' * (' ~ z2 ~ ' + 4.0 * ' ~ part ~ ' * (' ~ whole ~ ' - ' ~ part ~ ') / nullif(' ~ whole
      ~ ', 0))) / (2.0 * (' ~ whole ~ ' + ' ~ z2 ~ '))') -}}
{% endmacro %}

{# The lower end of the ratio to the population, from the shares and Wilson's ends inside (p, p_lower) and outside (q, q_upper), and
   the segment's part of the population #}
{% macro lower_ratio(row) -%}
    {%- set inside = row ~ '.p_lower * (2 * ' ~ row ~ '.p - ' ~ row ~ '.p_lower)' -%}
    {%- set outside = row ~ '.q_upper * (2 * ' ~ row ~ '.q - ' ~ row ~ '.q_upper)' -%}
    {%- set product = row ~ '.p * ' ~ row ~ '.q' -%}
    {%- set root = product ~ ' + sqrt(greatest(0, pow(' ~ product ~ ', 2) - ' ~ inside ~ ' * ' ~ outside ~ '))' -%}
    {{ inside }} / ({{ row }}.part * {{ inside }} + (1 - {{ row }}.part) * ({{ root }}))
{%- endmacro %}

{# the upper end, from (p, p_upper) and (q, q_lower) #}
{% macro upper_ratio(row) -%}
    {%- set inside = row ~ '.p_upper * (2 * ' ~ row ~ '.p - ' ~ row ~ '.p_upper)' -%}
    {%- set outside = row ~ '.q_lower * (2 * ' ~ row ~ '.q - ' ~ row ~ '.q_lower)' -%}
    {%- set product = row ~ '.p * ' ~ row ~ '.q' -%}
    {%- set root = product ~ ' + sqrt(greatest(0, pow(' ~ product ~ ', 2) - ' ~ inside ~ ' * ' ~ outside ~ '))' -%}
    ({{ root }}) / ({{ row }}.part * ({{ root }}) + (1 - {{ row }}.part) * {{ outside }})
{%- endmacro %}
