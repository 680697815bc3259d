{# Texts of customer_segment_reasons #}

{# A query: what is to know of the clustered features of each study and as_of_date, as lists in the order of a vector. Figures are
   shown to a hundredth of the standard deviation (a tenth to a thousandth of it, as powers of ten go). A feature may be changed
   in thought unless it is protected, passes by itself (years, months), or is one of the yes-or-no columns, where a little more
   is nothing. What is counted changes by whole numbers. #}
{% macro features_as_lists() -%}
    with features as (
        select
            catalog.study,
            summary.as_of_date,
            catalog.position,
            catalog.feature,
            catalog.label,
            catalog.unit,
            catalog.is_protected,
            coalesce({{ is_flag('summary') }}, false) as is_flag,
            count(*) over (partition by catalog.study, summary.as_of_date, catalog.variable) as columns_of_variable,
            summary.mean,
            summary.minimum,
            summary.maximum,
            case
                when summary.standard_deviation >= 0.0001 then power(10, floor(log10(summary.standard_deviation)) - 2)
                else 0.000001
            end as step
        from {{ ref('feature_catalog') }} as catalog
        inner join {{ ref('feature_summary') }} as summary
            on catalog.study = summary.study
            and catalog.feature = summary.feature
        where catalog.role = 'cluster'
    )

    select
        study,
        as_of_date,
        {{ list_in_order('feature', 'position') }} as feature_names,
        {{ list_in_order('label', 'position') }} as labels,
        {{ list_in_order('unit', 'position') }} as units,
        {{ list_in_order('is_protected', 'position') }} as protected,
        {{ list_in_order('is_flag', 'position') }} as flags,
        {{ list_in_order(
            "not is_protected and not is_flag and columns_of_variable = 1 and unit not in ('years', 'months')", 'position'
        ) }} as may_change,
        {{ list_in_order('mean', 'position') }} as means,
        {{ list_in_order('minimum', 'position') }} as minima,
        {{ list_in_order('maximum', 'position') }} as maxima,
        {{ list_in_order('step', 'position') }} as steps,
        {{ list_in_order("case when unit in ('count', 'days', 'level') then 1 else step end", 'position') }} as grids
    from features
    group by study, as_of_date
{%- endmacro %}

{# the names of these lists #}
{% macro feature_lists() -%}
    {{ return(['feature_names', 'labels', 'units', 'protected', 'flags', 'may_change', 'means', 'minima', 'maxima', 'steps', 'grids']) }}
{%- endmacro %}

{# a value of the feature at a position for people: 4,230; 12.5 %; yes; of a mean one digit less, and a share in place of yes or no #}
{% macro feature_text(value, position, is_mean=false) -%}
    {%- set step = ('10 * ' if is_mean else '') ~ 'steps[' ~ position ~ ']' -%}
    {%- set rounded = 'round((' ~ value ~ ') / (' ~ step ~ ')) * ' ~ step -%}
    case
        when {{ value }} is null then 'unknown'
        {%- if not is_mean %}
        when flags[{{ position }}] then case when {{ value }} >= 0.5 then 'yes' else 'no' end
        {%- endif %}
        when flags[{{ position }}] or units[{{ position }}] = 'share' then concat({{ number_text('100 * ' ~ rounded, 4) }}, ' %')
        else {{ number_text(rounded, 6) }}
    end
{%- endmacro %}

{# one reason: purchases 4,230 (everybody: 1,000); NULL where there is none, or it is protected #}
{% macro reason_text(position) -%}
    case
        when not protected[{{ position }}] then concat(
            {{ within_a_sentence('labels[' ~ position ~ ']') }}, ' ', {{ feature_text('features[' ~ position ~ ']', position) }},
            ' (everybody: ', {{ feature_text('means[' ~ position ~ ']', position, is_mean=true) }}, ')'
        )
    end
{%- endmacro %}

{# the reasons, and what would have to change #}
{% macro reasons_sentence(persona, other_persona) -%}
    {%- set reasons = "concat_ws('; ', " ~ reason_text('reason_1') ~ ', ' ~ reason_text('reason_2') ~ ', ' ~ reason_text('reason_3') ~ ')' -%}
    concat(
        'What speaks for ', {{ persona }}, ' rather than ', {{ other_persona }},
        case when {{ reasons }} = '' then ' is not to be named.' else concat(': ', {{ reasons }}, '.') end,
        case
            when change is null then concat(' No possible change of one feature makes ', {{ other_persona }}, ' nearer.')
            else concat(
                ' ', {{ other_persona }}, ' would be nearer with ', {{ within_a_sentence('labels[change]') }}, ' ', {{ feature_text('changes[change]', 'change') }},
                ' instead of ', {{ feature_text('features[change]', 'change') }}, '.'
            )
        end
    )
{%- endmacro %}
