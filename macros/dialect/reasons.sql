{# Lists behind customer_segment_reasons: one element a feature, in the order of a vector #}

{# How hard each feature pulls a vector toward one centre and away from another: what it adds to the squared distance of the
   other, less what it adds to that of the own. (z - other)^2 - (z - own)^2 in one product; the sum of all is the difference of
   the squared distances. #}
{% macro pulls(z, own, other) %}{{ return(adapter.dispatch('pulls')(z, own, other)) }}{% endmacro %}
{% macro duckdb__pulls(z, own, other) -%}
    list_transform(range(1, len({{ z }}) + 1), lambda i: ({{ own }}[i] - {{ other }}[i]) * (2 * {{ z }}[i] - {{ own }}[i] - {{ other }}[i]))
{%- endmacro %}

{# the sum of what is above 0 in a list #}
{% macro positive_total(list) %}{{ return(adapter.dispatch('positive_total')(list)) }}{% endmacro %}
{% macro duckdb__positive_total(list) %}{{ return('list_sum(list_filter(' ~ list ~ ', lambda pull: pull > 0))') }}{% endmacro %}

{# For each feature the z-score with which the other centre would be the nearer one, all other features as they are. A step of d
   adds 2 d (own - other) to the difference of the squared distances, so the border is at d = difference / 2 (other - own); a
   millionth more, so that the other centre is nearer and not as near. NULL where the centres do not differ. #}
{% macro beyond_border(z, own, other, difference) %}{{ return(adapter.dispatch('beyond_border')(z, own, other, difference)) }}{% endmacro %}
{% macro duckdb__beyond_border(z, own, other, difference) -%}
    list_transform(
        range(1, len({{ z }}) + 1),
        lambda i: {{ z }}[i] + ({{ difference }} + 1e-6) / (2 * nullif({{ other }}[i] - {{ own }}[i], 0))
    )
{%- endmacro %}

{# For each feature the value to which it can be changed to get there: the border, rounded to the feature's grid away from the own
   centre. NULL where that is no possible change: a feature that may not change or has no value, a border beyond the bounds at
   which values are clipped, a value that no customer has reached. `row` has the lists. #}
{% macro possible_changes(row) %}{{ return(adapter.dispatch('possible_changes')(row)) }}{% endmacro %}
{% macro duckdb__possible_changes(row) -%}
    {%- set border = row ~ '.borders[i]' -%}
    {%- set steps = border ~ ' / ' ~ row ~ '.grids[i]' -%}
    {%- set rounded -%}
    round({{ row }}.grids[i] * case when {{ row }}.other_centre[i] > {{ row }}.own_centre[i] then ceil({{ steps }}) else floor({{ steps }}) end, 6)
    {%- endset -%}
    list_transform(
        range(1, len({{ row }}.z) + 1),
        lambda i: case
            when
                {{ row }}.may_change[i]
                and {{ row }}.features[i] is not null
                and {{ border }} >= coalesce({{ row }}.lower[i], {{ border }})
                and {{ border }} <= coalesce({{ row }}.upper[i], {{ border }})
                and {{ rounded }} >= {{ row }}.minima[i]
                and {{ rounded }} <= {{ row }}.maxima[i]
                then {{ rounded }}
        end
    )
{%- endmacro %}

{# Of the changes that are possible the smallest in scaled units. A step to the border is the longer, the less the centres differ
   in the feature; so it is the position of the largest difference, or NULL. #}
{% macro smallest_change(changes, own, other) %}{{ return(adapter.dispatch('smallest_change')(changes, own, other)) }}{% endmacro %}
{% macro duckdb__smallest_change(changes, own, other) -%}
    case
        when list_count({{ changes }}) > 0
            then {{ positions_by_largest(
                'list_transform(range(1, len(' ~ changes ~ ') + 1), lambda i: case when ' ~ changes ~ '[i] is not null then abs('
                ~ own ~ '[i] - ' ~ other ~ '[i]) end)'
            ) }}[1]
    end
{%- endmacro %}
