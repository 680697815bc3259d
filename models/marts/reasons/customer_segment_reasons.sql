{{ config(materialized='view') }}

-- Joined, not unnested: so a filter by customer reaches the vectors before anything is computed.
{{ scaled_vectors(ref('feature_vectors'), ['customer_id', 'as_of_date', 'features']) }},

catalog as (
    {{ features_as_lists() }}
),

placed as (
    select
        scaled.*,
        {%- for list in feature_lists() %}
        catalog.{{ list }},
        {%- endfor %}
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

chosen as (
    select
        *,
        {%- for n in [1, 2, 3] %}
        case when pulls[strongest[{{ n }}]] > 0 then strongest[{{ n }}] end as reason_{{ n }},
        {%- endfor %}
        {{ smallest_change('changes', 'own_centre', 'other_centre') }} as change
    from changed
)

select
    chosen.study,
    chosen.customer_id,
    chosen.as_of_date,
    chosen.segment,
    names.persona,
    chosen.runner_up_segment,
    others.persona as runner_up_persona,
    chosen.margin,
    {%- for n in [1, 2, 3] %}
    chosen.feature_names[chosen.reason_{{ n }}] as reason_{{ n }},
    chosen.labels[chosen.reason_{{ n }}] as reason_{{ n }}_label,
    chosen.features[chosen.reason_{{ n }}] as reason_{{ n }}_value,
    chosen.means[chosen.reason_{{ n }}] as reason_{{ n }}_mean,
    round(chosen.pulls[chosen.reason_{{ n }}] / {{ positive_total('chosen.pulls') }}, 6) as reason_{{ n }}_share,
    chosen.protected[chosen.reason_{{ n }}] as reason_{{ n }}_is_protected,
    {%- endfor %}
    chosen.feature_names[chosen.change] as change_feature,
    chosen.labels[chosen.change] as change_label,
    chosen.features[chosen.change] as change_from,
    chosen.changes[chosen.change] as change_to,
    {{ reasons_sentence('names.persona', 'others.persona') }} as sentence,
    names.has_structure,
    chosen.model_version
from chosen
inner join {{ ref('segment_names') }} as names
    on chosen.study = names.study
    and chosen.segment = names.segment
inner join {{ ref('segment_names') }} as others
    on chosen.study = others.study
    and chosen.runner_up_segment = others.segment
