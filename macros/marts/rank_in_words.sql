{# The rank of a figure among the rows that share the columns `within`, in words: highest, 2 of 4, 3 of 4, lowest.
   Give it rounded figures: doubles that differ in the last digit would not tie. NULL without a figure, "only" without a rival. #}
{% macro rank_in_words(figure, within) -%}
    case
        when {{ figure }} is null then null
        when count({{ figure }}) over (partition by {{ within }}) = 1 then 'only'
        when rank() over (partition by {{ within }} order by {{ figure }} desc nulls last) = 1 then 'highest'
        when rank() over (partition by {{ within }} order by {{ figure }} asc nulls last) = 1 then 'lowest'
        else concat(
            rank() over (partition by {{ within }} order by {{ figure }} desc nulls last),
            ' of ',
            count({{ figure }}) over (partition by {{ within }})
        )
    end
{%- endmacro %}
