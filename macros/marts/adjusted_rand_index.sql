{# The adjusted Rand index (Hubert and Arabie 1985) of two groupings, from ordered pairs of customers: together in both, in the first, in
   the second, and all. The same groups give 1, though the formula may say 0 / 0. #}
{% macro adjusted_rand_index(pairs_ab, pairs_a, pairs_b, pairs_all) -%}
    case
        when {{ pairs_ab }} = {{ pairs_a }} and {{ pairs_ab }} = {{ pairs_b }} then 1
        else round(
            ({{ pairs_ab }} - cast({{ pairs_a }} as double) * {{ pairs_b }} / nullif({{ pairs_all }}, 0))
            / (cast({{ pairs_a }} + {{ pairs_b }} as double) / 2 - cast({{ pairs_a }} as double) * {{ pairs_b }} / nullif({{ pairs_all }}, 0)),
            6
        ) + 0
    end
{%- endmacro %}
