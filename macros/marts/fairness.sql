{# A query: the rows of a relation with the share of a group in a segment, its share in the population, and the ratio of the two with
   a 95 % interval. The relation has customers (of the group in the segment), segment_customers, group_customers and all_customers,
   all of them people of whom the group is known.

   The segment is part of the population, so the two shares are not independent. Those inside (p) and outside the segment (q) are: the
   interval is made for p / q, from Wilson's intervals of the two shares (1927) by variance estimates recovery for ratios (Donner and
   Zou 2012; Newcombe 2016, Statistical Methods in Medical Research 21 and 25), and then carried over: with w, the segment's part of
   the population, the ratio to the population is p / (w p + (1 - w) q), which grows with p / q. Unlike Katz's interval (1978) it has
   both ends where a group is wholly inside the segment or wholly outside. NULL where nobody is outside, or inside. #}
{% macro ratios_to_the_population(relation) -%}
with shares as (
    select
        *,
        cast(customers as double) / nullif(segment_customers, 0) as p,
        cast(group_customers - customers as double) / nullif(all_customers - segment_customers, 0) as q,
        cast(segment_customers as double) / all_customers as w
    from {{ relation }}
),

ends as (
    select
        *,
        {{ wilson_end('p', 'segment_customers', '-') }} as p_lower,
        {{ wilson_end('p', 'segment_customers', '+') }} as p_upper,
        {{ wilson_end('q', '(all_customers - segment_customers)', '-') }} as q_lower,
        {{ wilson_end('q', '(all_customers - segment_customers)', '+') }} as q_upper
    from shares
),

-- the ends of p / q as fractions; their bottoms may be 0
fractions as (
    select
        *,
        p_lower * (2 * p - p_lower) as lower_top,
        p * q + sqrt(greatest(0, p * q * p * q - p_lower * (2 * p - p_lower) * q_upper * (2 * q - q_upper))) as lower_bottom,
        p * q + sqrt(greatest(0, p * q * p * q - p_upper * (2 * p - p_upper) * q_lower * (2 * q - q_lower))) as upper_top,
        q_lower * (2 * q - q_lower) as upper_bottom
    from ends
)

select
    *,
    p as segment_share,
    cast(group_customers as double) / all_customers as population_share,
    p * all_customers / group_customers as ratio,
    case
        when customers = 0 and q is not null then 0
        else lower_top / (w * lower_top + (1 - w) * lower_bottom)
    end as ratio_lower,
    case
        when customers = group_customers and p is not null and q is not null then 1 / w
        else upper_top / (w * upper_top + (1 - w) * upper_bottom)
    end as ratio_upper
from fractions
{%- endmacro %}

{# an end of Wilson's interval of a share of so many; `sign` is - or + #}
{% macro wilson_end(share, whole, sign) %}
  {%- set z = 1.959963984540054 -%}
  {%- set whole = 'nullif(' ~ whole ~ ', 0)' -%}
  {{- return('(' ~ share ~ ' + ' ~ (z ** 2 / 2) ~ ' / ' ~ whole ~ ' ' ~ sign ~ ' ' ~ z ~ ' * sqrt((' ~ share ~ ' * (1 - ' ~ share ~ ') + ' ~ (z ** 2 / 4)
      ~ ' / ' ~ whole ~ ') / ' ~ whole ~ ')) / (1 + ' ~ (z ** 2) ~ ' / ' ~ whole ~ ')') -}}
{% endmacro %}
