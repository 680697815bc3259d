{# a list of expressions #}
{% macro list_of(expressions) %}{{ return(adapter.dispatch('list_of')(expressions)) }}{% endmacro %}
{% macro duckdb__list_of(expressions) %}{{ return('[' ~ expressions | join(', ') ~ ']') }}{% endmacro %}

{# a list of doubles, prepared and scaled number by number (macros/studies/scoring.sql) #}
{% macro prepared(features, model) %}{{ return(adapter.dispatch('prepared')(features, model)) }}{% endmacro %}
{% macro duckdb__prepared(features, model) -%}
    list_transform(range(1, len({{ model }}.fill) + 1), lambda i: {{ prepared_value(features ~ '[i]', model, 'i') }})
{%- endmacro %}

{# the same for the second step, which makes z-scores #}
{% macro scaled(x, model) %}{{ return(adapter.dispatch('scaled')(x, model)) }}{% endmacro %}
{% macro duckdb__scaled(x, model) -%}
    list_transform(range(1, len({{ model }}.fill) + 1), lambda i: {{ scaled_value(x ~ '[i]', model, 'i') }})
{%- endmacro %}

{# The inverse of `scaled`: the values that have these z-scores; NULL for a z-score that no value has #}
{% macro unscaled(z, model) %}{{ return(adapter.dispatch('unscaled')(z, model)) }}{% endmacro %}
{% macro duckdb__unscaled(z, model) -%}
    {%- set y = '(' ~ z ~ '[i] * ' ~ model ~ '.scale[i] + ' ~ model ~ '.mean[i])' -%}
    {%- set power = model ~ '.lambdas[i]' -%}
    list_transform(
        range(1, len({{ model }}.fill) + 1),
        lambda i: case
            when {{ power }} is null then {{ y }}
            when {{ y }} >= 0 and abs({{ power }}) < 1e-12 then exp({{ y }}) - 1
            when {{ y }} >= 0 then exp(ln(case when {{ y }} * {{ power }} > -1 then 1 + {{ y }} * {{ power }} end) / {{ power }}) - 1
            when abs({{ power }} - 2) < 1e-12 then 1 - exp(-{{ y }})
            else 1 - exp(ln(case when {{ y }} * (2 - {{ power }}) < 1 then 1 - {{ y }} * (2 - {{ power }}) end) / (2 - {{ power }}))
        end
    )
{%- endmacro %}

{# the Euclidean distance of two vectors #}
{% macro distance(a, b) %}{{ return(adapter.dispatch('distance')(a, b)) }}{% endmacro %}
{% macro duckdb__distance(a, b) %}{{ return('list_distance(' ~ a ~ ', ' ~ b ~ ')') }}{% endmacro %}

{# the Euclidean distances of a vector to a list of centres #}
{% macro distances(z, centres) %}{{ return(adapter.dispatch('distances')(z, centres)) }}{% endmacro %}
{% macro duckdb__distances(z, centres) %}{{ return('list_transform(' ~ centres ~ ', lambda c: ' ~ distance(z, 'c') ~ ')') }}{% endmacro %}

{# the positions (from 1) of a list's values, smallest first; of equal values the first comes first #}
{% macro positions_by_value(list) %}{{ return(adapter.dispatch('positions_by_value')(list)) }}{% endmacro %}
{% macro duckdb__positions_by_value(list) %}{{ return('list_grade_up(' ~ list ~ ')') }}{% endmacro %}

{# the same, largest first and NULL last #}
{% macro positions_by_largest(list) %}{{ return(adapter.dispatch('positions_by_largest')(list)) }}{% endmacro %}
{% macro duckdb__positions_by_largest(list) %}{{ return('list_grade_up(' ~ list ~ ", 'desc', 'nulls last')") }}{% endmacro %}

{# an aggregate: the values of a group as a list, in the order of another column #}
{% macro list_in_order(expression, order) %}{{ return(adapter.dispatch('list_in_order')(expression, order)) }}{% endmacro %}
{% macro duckdb__list_in_order(expression, order) %}{{ return('list(' ~ expression ~ ' order by ' ~ order ~ ')') }}{% endmacro %}

{# an aggregate: the values of a group as a list, smallest first, without NULL #}
{% macro sorted_values(expression) %}{{ return(adapter.dispatch('sorted_values')(expression)) }}{% endmacro %}
{% macro duckdb__sorted_values(expression) %}{{ return('list_sort(list(' ~ expression ~ ') filter (where ' ~ expression ~ ' is not null))') }}{% endmacro %}

{# of a sorted list each value once #}
{% macro different_values(list) %}{{ return(adapter.dispatch('different_values')(list)) }}{% endmacro %}
{% macro duckdb__different_values(list) %}{{ return('list_sort(list_distinct(' ~ list ~ '))') }}{% endmacro %}

{# Of a sorted list the quantiles that cut it into so many parts, the last value with them; the list itself where it has not more values #}
{% macro quantiles_of(list, parts) %}{{ return(adapter.dispatch('quantiles_of')(list, parts)) }}{% endmacro %}
{% macro duckdb__quantiles_of(list, parts) -%}
    list_transform(
        range(1, least(len({{ list }}), {{ parts }}) + 1),
        lambda i: {{ list }}[cast(ceil(i * len({{ list }}) / least(len({{ list }}), {{ parts }})) as bigint)]
    )
{%- endmacro %}

{# the sum of the products of two vectors #}
{% macro dot_product(a, b) %}{{ return(adapter.dispatch('dot_product')(a, b)) }}{% endmacro %}
{% macro duckdb__dot_product(a, b) %}{{ return('list_dot_product(' ~ a ~ ', ' ~ b ~ ')') }}{% endmacro %}

{# one row for each position of a list, as column `position` of a lateral join #}
{% macro positions_of(list, alias) %}{{ return(adapter.dispatch('positions_of')(list, alias)) }}{% endmacro %}
{% macro duckdb__positions_of(list, alias) %}{{ return('unnest(range(1, len(' ~ list ~ ') + 1)) as ' ~ alias ~ ' (position)') }}{% endmacro %}

{# one row for each whole number from 1 up to a limit, as column `position` of a lateral join; none for a limit below 1 #}
{% macro positions_up_to(limit, alias) %}{{ return(adapter.dispatch('positions_up_to')(limit, alias)) }}{% endmacro %}
{% macro duckdb__positions_up_to(limit, alias) %}
  {{- return('unnest(range(1, cast(' ~ limit ~ ' as bigint) + 1)) as ' ~ alias ~ ' (position)') -}}
{% endmacro %}

{# one row for each whole number from `first` to `last`, as column `number` of a lateral join #}
{% macro whole_numbers(first, last, alias) %}{{ return(adapter.dispatch('whole_numbers')(first, last, alias)) }}{% endmacro %}
{% macro duckdb__whole_numbers(first, last, alias) -%}
    {{- return('unnest(range(cast(' ~ first ~ ' as bigint), cast(' ~ last ~ ' as bigint) + 1)) as ' ~ alias ~ ' (number)') -}}
{%- endmacro %}

{# the type of a list of values of a type #}
{% macro list_type(type) %}{{ return(adapter.dispatch('list_type')(type)) }}{% endmacro %}
{% macro duckdb__list_type(type) %}{{ return(type ~ '[]') }}{% endmacro %}

{# the position (from 1) of a value in a list #}
{% macro position_in(list, value) %}{{ return(adapter.dispatch('position_in')(list, value)) }}{% endmacro %}
{% macro duckdb__position_in(list, value) %}{{ return('list_position(' ~ list ~ ', ' ~ value ~ ')') }}{% endmacro %}

{# the largest value of a list #}
{% macro list_maximum(list) %}{{ return(adapter.dispatch('list_maximum')(list)) }}{% endmacro %}
{% macro duckdb__list_maximum(list) %}{{ return('list_max(' ~ list ~ ')') }}{% endmacro %}

{# a list as text, with a word for a missing value #}
{% macro list_text(list, missing) %}{{ return(adapter.dispatch('list_text')(list, missing)) }}{% endmacro %}
{% macro duckdb__list_text(list, missing) -%}
    array_to_string(list_transform({{ list }}, lambda x: coalesce(cast(x as varchar), {{ sql_text(missing) }})), ', ')
{%- endmacro %}
