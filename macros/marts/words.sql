{# a whole number, as text #}
{% macro count_text(count) %}{{ return(number_text('cast(' ~ count ~ ' as double)', 1)) }}{% endmacro %}

{# a share in per cent, as text #}
{% macro per_cent(share) %}{{ return("concat(" ~ number_text('100 * ' ~ share, 1) ~ ", ' %')") }}{% endmacro %}

{# the lines of a text as a Markdown list #}
{% macro markdown_list(text) -%}
    concat('- ', replace({{ markdown_text('coalesce(' ~ text ~ ", 'none')") }}, chr(10), concat(chr(10), '- ')))
{%- endmacro %}

{# a label after the start of a sentence: its first letter small, unless it begins with an abbreviation such as CLV #}
{% macro within_a_sentence(label) -%}
    case
        when substr({{ label }}, 2, 1) = lower(substr({{ label }}, 2, 1)) then concat(lower(substr({{ label }}, 1, 1)), substr({{ label }}, 2))
        else {{ label }}
    end
{%- endmacro %}

{# a value of a feature for people, rounded to a step: 4,230; 12.5 %; yes #}
{% macro value_text(value, step, unit) -%}
    {%- set rounded = 'round((' ~ value ~ ') / (' ~ step ~ ')) * ' ~ step -%}
    case
        when {{ value }} is null then 'unknown'
        when {{ unit }} = 'yes or no' then case when {{ value }} >= 0.5 then 'yes' else 'no' end
        when {{ unit }} = 'share' then concat({{ number_text('100 * ' ~ rounded, 4) }}, ' %')
        else {{ number_text(rounded, 6) }}
    end
{%- endmacro %}

{# whether a feature is 0 or 1 and nothing else: a row of feature_summary #}
{% macro is_flag(summary) -%}
    ({{ summary }}.minimum >= 0 and {{ summary }}.maximum <= 1 and abs({{ summary }}.mean + {{ summary }}.zero_share - 1) < 0.00001)
{%- endmacro %}

{# The word risk, which stands in a mart beside its test alone: a low credit score, and the reverse #}
{% macro risk_level(credit_score_level) -%}
    case {{ credit_score_level }} when 'low' then 'high' when 'high' then 'low' else {{ credit_score_level }} end
{%- endmacro %}

{# An aggregate over flag_backtests: what the newest test of a flag one date ahead has found, in words #}
{% macro newest_backtest(flag, outcome) -%}
    coalesce(max_by(in_words, from_date) filter (
        where flag = '{{ flag }}' and outcome = '{{ outcome }}' and study is null and horizon = 1
    ), 'not yet tested')
{%- endmacro %}
