{{ config(materialized='view') }}
{%- set reasons = ['reason_1', 'reason_2', 'reason_3'] -%}

-- Joined, not unnested: so a filter by customer reaches the vectors before anything is computed.
{{ scaled_vectors(ref('feature_vectors'), ['customer_id', 'as_of_date', 'features']) }},

features as (
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
        -- figures are shown to a hundredth of the standard deviation (a tenth to a thousandth of it, as powers of ten go)
        case
            when summary.standard_deviation >= 0.0001 then power(10, floor(log10(summary.standard_deviation)) - 2)
            else 0.000001
        end as step
    from {{ ref('feature_catalog') }} as catalog
    inner join {{ ref('feature_summary') }} as summary
        on catalog.study = summary.study
        and catalog.feature = summary.feature
    where catalog.role = 'cluster'
),

worded as (
    select
        *,
        {{ within_a_sentence('label') }} as small_label,
        case when is_flag then 'yes or no' else unit end as kind,
        -- a mean has a digit less, and is a share in place of yes or no
        {{ value_text('mean', '10 * step', "case when is_flag then 'share' else unit end") }} as mean_text,
        -- What is protected may not change in thought, nor what passes by itself (years, months), nor one of the columns of a variable or
        -- of yes and no, where a little more is nothing.
        not is_protected and not is_flag and columns_of_variable = 1 and unit not in ('years', 'months') as may_change,
        -- what is counted changes by whole numbers
        case when unit in ('count', 'days', 'level') then 1 else step end as grid
    from features
),

-- one element a feature, in the order of a vector
catalog as (
    select
        study,
        as_of_date,
        {{ list_in_order('feature', 'position') }} as feature_names,
        {{ list_in_order('label', 'position') }} as labels,
        {{ list_in_order('small_label', 'position') }} as small_labels,
        {{ list_in_order('kind', 'position') }} as kinds,
        {{ list_in_order('is_protected', 'position') }} as protected,
        {{ list_in_order('may_change', 'position') }} as may_change,
        {{ list_in_order('mean', 'position') }} as means,
        {{ list_in_order('mean_text', 'position') }} as mean_texts,
        {{ list_in_order('minimum', 'position') }} as minima,
        {{ list_in_order('maximum', 'position') }} as maxima,
        {{ list_in_order('step', 'position') }} as steps,
        {{ list_in_order('grid', 'position') }} as grids
    from worded
    group by study, as_of_date
),

placed as (
    select
        scaled.*,
        catalog.feature_names,
        catalog.labels,
        catalog.small_labels,
        catalog.kinds,
        catalog.protected,
        catalog.may_change,
        catalog.means,
        catalog.mean_texts,
        catalog.minima,
        catalog.maxima,
        catalog.steps,
        catalog.grids,
        assignments.segment,
        assignments.runner_up_segment,
        assignments.margin,
        assignments.runner_up_distance * assignments.runner_up_distance - assignments.distance * assignments.distance as difference,
        {{ centre_of('scaled', 'assignments.segment') }} as own_centre,
        {{ centre_of('scaled', 'assignments.runner_up_segment') }} as other_centre
    from scaled
    inner join {{ ref('segment_assignments') }} as assignments
        on scaled.study = assignments.study
        and scaled.customer_id = assignments.customer_id
        and scaled.as_of_date = assignments.as_of_date
    inner join catalog
        on scaled.study = catalog.study
        and scaled.as_of_date = catalog.as_of_date
),

pulled as (
    select
        *,
        {{ pulls('z', 'own_centre', 'other_centre') }} as pulls,
        {{ beyond_border('z', 'own_centre', 'other_centre', 'difference') }} as targets
    from placed
),

bordered as (
    select
        *,
        {{ positions_by_largest('pulls') }} as strongest,
        {{ unscaled('pulled.targets', 'pulled') }} as borders
    from pulled
),

changed as (
    select
        *,
        {{ possible_changes('bordered') }} as changes
    from bordered
),

-- the positions of the features that speak for the segment, and of the one whose change would lead out of it
chosen as (
    select
        *,
        case when pulls[strongest[1]] > 0 then strongest[1] end as reason_1,
        case when pulls[strongest[2]] > 0 then strongest[2] end as reason_2,
        case when pulls[strongest[3]] > 0 then strongest[3] end as reason_3,
        {{ smallest_change('changes', 'own_centre', 'other_centre') }} as change
    from changed
),

-- in words: purchases 4,230 (everybody: 1,000); what is protected is not named
said as (
    select
        *,
        concat_ws(
            '; '
            {%- for reason in reasons %},
            case when not protected[{{ reason }}] then concat(
                small_labels[{{ reason }}], ' ',
                {{ value_text('features[' ~ reason ~ ']', 'steps[' ~ reason ~ ']', 'kinds[' ~ reason ~ ']') }},
                ' (everybody: ', mean_texts[{{ reason }}], ')'
            ) end
            {%- endfor %}
        ) as reasons,
        concat(
            small_labels[change], ' ', {{ value_text('changes[change]', 'steps[change]', 'kinds[change]') }},
            ' instead of ', {{ value_text('features[change]', 'steps[change]', 'kinds[change]') }}
        ) as another_value
    from chosen
)

select
    said.study,
    said.customer_id,
    said.as_of_date,
    said.segment,
    names.persona,
    said.runner_up_segment,
    others.persona as runner_up_persona,
    said.margin,
    {%- for reason in reasons %}
    said.feature_names[said.{{ reason }}] as {{ reason }},
    said.labels[said.{{ reason }}] as {{ reason }}_label,
    said.features[said.{{ reason }}] as {{ reason }}_value,
    said.means[said.{{ reason }}] as {{ reason }}_mean,
    round(said.pulls[said.{{ reason }}] / {{ positive_total('said.pulls') }}, 6) as {{ reason }}_share,
    said.protected[said.{{ reason }}] as {{ reason }}_is_protected,
    {%- endfor %}
    said.feature_names[said.change] as change_feature,
    said.labels[said.change] as change_label,
    said.features[said.change] as change_from,
    said.changes[said.change] as change_to,
    concat(
        'What speaks for ', names.persona, ' rather than ', others.persona,
        case when said.reasons = '' then ' is not to be named.' else concat(': ', said.reasons, '.') end,
        case
            when said.change is null then concat(' No possible change of one feature makes ', others.persona, ' nearer.')
            else concat(' ', others.persona, ' would be nearer with ', said.another_value, '.')
        end
    ) as sentence,
    names.has_structure,
    said.model_version
from said
inner join {{ ref('segment_names') }} as names
    on said.study = names.study
    and said.segment = names.segment
inner join {{ ref('segment_names') }} as others
    on said.study = others.study
    and said.runner_up_segment = others.segment
