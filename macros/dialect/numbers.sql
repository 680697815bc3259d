{# Text or number -> double; what is not a number gives NULL, and so does NaN: it is how files write "missing". otherwise: the same in another
   form, for where the first is no number; the only NaN that is looked for is that of both, since that takes each twice. #}
{% macro number_from(expression, otherwise=none) %}{{ return(adapter.dispatch('number_from')(expression, otherwise)) }}{% endmacro %}
{% macro duckdb__number_from(expression, otherwise) %}
  {%- set number = 'try_cast(' ~ expression ~ ' as double)' -%}
  {{- return('nullif(' ~ ('coalesce(' ~ number ~ ', try_cast(' ~ otherwise ~ ' as double))' if otherwise else number) ~ ", cast('nan' as double))") -}}
{% endmacro %}

{# the first whole number that a column of some type cannot hold exactly; text may have been a double once #}
{% macro inexact_from(type) %}{{ return(adapter.dispatch('inexact_from')(type)) }}{% endmacro %}
{% macro duckdb__inexact_from(type) %}{{ return(16777216 if type == 'FLOAT' else 9007199254740992) }}{% endmacro %}

{# is a number beyond all others? #}
{% macro is_infinite(expression) %}{{ return(adapter.dispatch('is_infinite')(expression)) }}{% endmacro %}
{% macro duckdb__is_infinite(expression) %}{{ return('isinf(' ~ expression ~ ')') }}{% endmacro %}

{# an exact decimal: sums of doubles differ in the last digit with the order of the rows #}
{% macro exact(expression, decimals=6) %}{{ return(adapter.dispatch('exact')(expression, decimals)) }}{% endmacro %}
{% macro duckdb__exact(expression, decimals) %}{{ return('cast(' ~ expression ~ ' as decimal(38, ' ~ decimals ~ '))') }}{% endmacro %}

{# A figure of a feature as it is published: six decimals, and more where its standard deviation is below .01, then to a ten-thousandth of
   it (or of a millionth of the figure, where the feature hardly varies) #}
{% macro feature_figure(expression, deviation) -%}
    round({{ expression }}, cast(greatest(6, coalesce(
        4 - floor(log10(nullif(greatest(coalesce({{ deviation }}, 0), 0.000001 * abs({{ expression }})), 0))), 6
    )) as integer))
{%- endmacro %}

{# the logarithm of the gamma function of a number above 0: that of n + 1 is ln(n!) #}
{% macro log_gamma(expression) %}{{ return(adapter.dispatch('log_gamma')(expression)) }}{% endmacro %}
{% macro duckdb__log_gamma(expression) %}{{ return('lgamma(' ~ expression ~ ')') }}{% endmacro %}

{# the skewness of a sample, corrected for its size as SciPy's bias=False does; NULL for fewer than three values, or where all are equal #}
{% macro sample_skewness(expression) %}{{ return(adapter.dispatch('sample_skewness')(expression)) }}{% endmacro %}
{% macro duckdb__sample_skewness(expression) %}{{ return(number_from('skewness(' ~ expression ~ ')')) }}{% endmacro %}

{# the rows of a relation with this alias as one text, whatever their order: how many, and the sum of their hashes #}
{% macro rows_fingerprint(alias) %}{{ return(adapter.dispatch('rows_fingerprint')(alias)) }}{% endmacro %}
{% macro duckdb__rows_fingerprint(alias) %}{{ return("concat(count(*), '-', coalesce(sum(hash(" ~ alias ~ ")), 0))") }}{% endmacro %}
