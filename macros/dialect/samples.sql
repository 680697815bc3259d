{# A sample of about `rows` of `total` customers: those whose hash is below a bound. The same ones on every engine and in every build, for it is
   the md5 of their id, of which eight hexadecimal digits decide, so that no id needs to be sorted; `spare` standard deviations make sure that at
   least `rows` pass. The bound is a column of what is joined (a row a date): written into the condition, it would be computed for each customer. #}
{% macro sample_bound(rows, total, spare=0) %}{{ return(adapter.dispatch('sample_bound')(rows, total, spare)) }}{% endmacro %}
{% macro duckdb__sample_bound(rows, total, spare) -%}
    case
        when {{ total }} <= {{ rows }} then 'g'  -- everybody: greater than any digit
        else printf('%08x', cast(least(1, ({{ rows }} + {{ spare }} * sqrt({{ rows }})) / {{ total }}) * 4294967295 as bigint))
    end
{%- endmacro %}

{# is a customer in the sample with this bound? #}
{% macro in_sample(id, bound) %}{{ return('substr(md5(' ~ id ~ '), 1, 8) < ' ~ bound) }}{% endmacro %}

{# the median of the rows for which a condition holds #}
{% macro median_where(expression, condition) %}{{ return(adapter.dispatch('median_where')(expression, condition)) }}{% endmacro %}
{% macro duckdb__median_where(expression, condition) %}{{ return('median(case when ' ~ condition ~ ' then ' ~ expression ~ ' end)') }}{% endmacro %}

{# a whole number, the same for the same text, spread evenly #}
{% macro hash_of(expression) %}{{ return(adapter.dispatch('hash_of')(expression)) }}{% endmacro %}
{% macro duckdb__hash_of(expression) %}{{ return('hash(' ~ expression ~ ')') }}{% endmacro %}

{# a list of quantiles, interpolated linearly #}
{% macro quantiles(expression, shares) %}{{ return(adapter.dispatch('quantiles')(expression, shares)) }}{% endmacro %}
{% macro duckdb__quantiles(expression, shares) %}{{ return('quantile_cont(' ~ expression ~ ', [' ~ shares | join(', ') ~ '])') }}{% endmacro %}
