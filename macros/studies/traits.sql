{# The words for what a segment is like, and what a claim in these words allows. `levels` is a row of trait_levels. #}

{# The word for a level. Of a feature that is yes or no it speaks of the share of yes, which is NULL of the others: hardly any and nearly
   all where that is so, else less or more often than everybody. #}
{% macro level_word(levels, share) -%}
    case
        when {{ share }} is null then {{ levels }}.level
        when {{ levels }}.z_upper <= 0 and {{ share }} <= 0.05 then 'hardly any'
        when {{ levels }}.z_lower >= 0 and {{ share }} >= 0.95 then 'nearly all'
        else {{ levels }}.of_yes_or_no
    end
{%- endmacro %}

{# word and label: very high balance; less often married; hardly any: owns a vehicle. What is not known has no phrase. #}
{% macro level_phrase(word, label) -%}
    {{ word }} || case when {{ word }} in ('hardly any', 'nearly all') then ': ' else ' ' end || {{ within_a_sentence(label) }}
{%- endmacro %}

{# all but the level around 0 #}
{% macro stands_out(levels) %}{{ return('(' ~ levels ~ '.z_lower >= 0 or ' ~ levels ~ '.z_upper <= 0)') }}{% endmacro %}

{# what a claim of a level allows: one of low also very low, one of moderate nothing else #}
{% macro claim_lower(levels) %}{{ return('case when ' ~ levels ~ '.z_upper is null or ' ~ levels ~ '.z_upper > 0 then ' ~ levels ~ '.z_lower end') }}{% endmacro %}

{# the upper bound of what a claim of a level allows, as claim_lower has the lower one #}
{% macro claim_upper(levels) %}{{ return('case when ' ~ levels ~ '.z_lower is null or ' ~ levels ~ '.z_lower < 0 then ' ~ levels ~ '.z_upper end') }}{% endmacro %}

{# whether a z-score is within bounds, of which the lower one belongs to them; false where nothing is known #}
{% macro within(z_score, lower, upper) -%}
    coalesce({{ z_score }} >= coalesce({{ lower }}, {{ z_score }}) and ({{ upper }} is null or {{ z_score }} < {{ upper }}), false)
{%- endmacro %}
