{# Is a customer in a sample of about `rows` of `total` customers? The same ones on every engine and in every build: those with
   the smallest md5 of their id. Eight hexadecimal digits decide, so that no id needs to be sorted; `spare` standard deviations
   make sure that at least `rows` pass. #}
{% macro in_hash_sample(id, rows, total, spare=0) %}{{ return(adapter.dispatch('in_hash_sample')(id, rows, total, spare)) }}{% endmacro %}
{% macro duckdb__in_hash_sample(id, rows, total, spare) -%}
    ({{ total }} <= {{ rows }} or substr(md5({{ id }}), 1, 8) < printf(
        '%08x', cast(least(1, ({{ rows }} + {{ spare }} * sqrt({{ rows }})) / {{ total }}) * 4294967295 as bigint)
    ))
{%- endmacro %}

{# the median of the rows for which a condition holds #}
{% macro median_where(expression, condition) %}{{ return(adapter.dispatch('median_where')(expression, condition)) }}{% endmacro %}
{% macro duckdb__median_where(expression, condition) %}{{ return('median(' ~ expression ~ ') filter (where ' ~ condition ~ ')') }}{% endmacro %}

{# a whole number, the same for the same text, spread evenly #}
{% macro hash_of(expression) %}{{ return(adapter.dispatch('hash_of')(expression)) }}{% endmacro %}
{% macro duckdb__hash_of(expression) %}{{ return('hash(' ~ expression ~ ')') }}{% endmacro %}

{# a list of quantiles, interpolated linearly #}
{% macro quantiles(expression, shares) %}{{ return(adapter.dispatch('quantiles')(expression, shares)) }}{% endmacro %}
{% macro duckdb__quantiles(expression, shares) %}{{ return('quantile_cont(' ~ expression ~ ', [' ~ shares | join(', ') ~ '])') }}{% endmacro %}
