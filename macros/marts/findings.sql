{# Sentences of exploratory_findings. Labels stand before a colon, so that no verb has to agree with them. #}

{# on one feature: a row of feature_summary, and the kind of finding #}
{% macro finding_on_feature(summary, kind) -%}
    {%- set of_whom = 'case when ' ~ summary ~ ".missing > 0 then 'customers with a value' else 'customers' end" -%}
    case {{ kind }}
        when 'skewed' then concat(
            {{ summary }}.label,
            case when {{ summary }}.skewness > 0 then ': strongly right-skewed, ' else ': strongly left-skewed, ' end,
            'the mean (', {{ figure_text(summary ~ '.mean') }}, ') is ',
            case
                when {{ summary }}.median > 0 and {{ summary }}.mean >= 1.1 * {{ summary }}.median
                    then concat({{ number_text(summary ~ '.mean / ' ~ summary ~ '.median', 1) }}, ' times')
                when {{ summary }}.mean > {{ summary }}.median then 'above'
                when {{ summary }}.mean < {{ summary }}.median then 'below'
                else 'equal to'
            end,
            ' the median (', {{ figure_text(summary ~ '.median') }}, ')'
        )
        when 'missing' then concat({{ summary }}.label, ': ', {{ share_in_words(summary ~ '.missing_share', "'customers'") }}, ' have no value')
        when 'zeros' then concat({{ summary }}.label, ': ', {{ share_in_words(summary ~ '.zero_share', of_whom) }}, ' are at zero')
        when 'outliers' then concat(
            {{ summary }}.label, ': ', {{ share_in_words(summary ~ '.outlier_share', of_whom) }}, ' lie outside the usual range of ',
            {{ figure_text('greatest(' ~ summary ~ '.minimum, ' ~ summary ~ '.q1 - 1.5 * (' ~ summary ~ '.q3 - ' ~ summary ~ '.q1))') }}, ' to ',
            {{ figure_text('least(' ~ summary ~ '.maximum, ' ~ summary ~ '.q3 + 1.5 * (' ~ summary ~ '.q3 - ' ~ summary ~ '.q1))') }}
        )
        when 'constant' then concat(
            {{ summary }}.label, ': all ', {{ of_whom }}, ' have ', {{ figure_text(summary ~ '.minimum') }}, ', so it tells nobody apart'
        )
    end
{%- endmacro %}

{# on two features: a row of feature_correlations, and the kind of finding #}
{% macro finding_on_pair(pair, kind) -%}
    concat(
        {{ pair }}.label_a, ' and ', {{ within_a_sentence(pair ~ '.label_b') }},
        case
            when {{ kind }} = 'unrelated' then ' are not related'
            when {{ pair }}.pearson > 0 then ' rise together'
            else ' move in opposite directions'
        end,
        ' (r = ', {{ coefficient_text(pair ~ '.pearson') }}, ')'
    )
{%- endmacro %}

{# a label after the start of a sentence: its first letter small, unless it begins with an abbreviation such as CLV #}
{% macro within_a_sentence(label) -%}
    case
        when substr({{ label }}, 2, 1) = lower(substr({{ label }}, 2, 1)) then concat(lower(substr({{ label }}, 1, 1)), substr({{ label }}, 2))
        else {{ label }}
    end
{%- endmacro %}

{# a share of somebody: 3.5 % of the customers; about half of the customers (51.7 %) #}
{% macro share_in_words(share, of_whom) -%}
    {%- set percent = number_text('100 * ' ~ share, 1) -%}
    case
        {%- for fraction, lower, upper in [
            ('a quarter', 0.23, 0.27), ('a third', 0.31, 0.36), ('half', 0.47, 0.53), ('two thirds', 0.64, 0.69), ('three quarters', 0.73, 0.77)
        ] %}
        when {{ share }} between {{ lower }} and {{ upper }} then concat('about {{ fraction }} of the ', {{ of_whom }}, ' (', {{ percent }}, ' %)')
        {%- endfor %}
        else concat({{ percent }}, ' % of the ', {{ of_whom }})
    end
{%- endmacro %}

{# whether a feature is 0 or 1 and nothing else: a row of feature_summary #}
{% macro is_flag(summary) -%}
    ({{ summary }}.minimum >= 0 and {{ summary }}.maximum <= 1 and abs({{ summary }}.mean + {{ summary }}.zero_share - 1) < 0.00001)
{%- endmacro %}
