{# Why a number of segments is in force, or why not, in words: from a row of k_selection's `judged` and its study's `chosen` #}
{% macro k_reason(judged, chosen) -%}
    case
        when {{ judged }}.segments = {{ judged }}.set_segments and {{ chosen }}.rule_segments is null
            then concat('set by the study, though the rule finds no segments in the data (', coalesce(nullif({{ judged }}.failures, ''), 'passes'), ')')
        when {{ judged }}.segments = {{ judged }}.set_segments and {{ judged }}.segments = {{ chosen }}.rule_segments
            then 'set by the study; the rule chooses the same'
        when {{ judged }}.segments = {{ judged }}.set_segments
            then concat('set by the study; the rule would choose ', {{ chosen }}.rule_segments, case
                when {{ judged }}.failures = '' then '' else concat(' (here: ', {{ judged }}.failures, ')')
            end)
        when {{ judged }}.segments = {{ chosen }}.rule_segments
            then concat(
                'chosen by the rule: the largest number that passes with an excess near the best (',
                round({{ judged }}.excess, 3), ', from ', round({{ chosen }}.near_excess, 3), ' on is near)'
            )
        when {{ chosen }}.rule_segments is null and {{ judged }}.segments = {{ chosen }}.fallback_segments and {{ judged }}.set_segments is null
            then concat('no number passes: the data show no segments; the largest excess stands in (', {{ judged }}.failures, ')')
        when {{ judged }}.failures <> ''
            then concat('fails: ', {{ judged }}.failures)
        when {{ judged }}.excess < {{ chosen }}.near_excess
            then concat('passes, but its excess ', round({{ judged }}.excess, 3), ' is not near the best, ', round({{ chosen }}.best_excess, 3))
        else concat('passes, but ', {{ chosen }}.rule_segments, ' segments do as well')
    end
{%- endmacro %}
