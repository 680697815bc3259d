-- Every model that has been in force, and how its segments are numbered; all rows of a study are written again.
{{ config(**incremental(['study'])) }}

with registered as (
    {{ registered_models() }}
),

last_of as (
    select
        study,
        max(registration) as registration,
        max(turn) as turn,
        max({{ list_maximum('segment_numbers') }}) as segment
    from registered
    group by study
),

features as (
    select
        study,
        string_agg(feature, ', ' order by position) as features
    from {{ ref('feature_catalog') }}
    where role = 'cluster'
    group by study
),

wanted as (
    {{ models_to_force() }}
),

fresh as (
    {{ models_in_force_for_the_first_time() }}
),

customers as (
    {{ customers_under_both_models() }}
),

cells as (
    {{ cells_of_both_models() }}
),

numbered as (
    {{ segment_numbers_of_positions() }}
),

lists as (
    select
        study,
        {{ list_in_order('segment', 'position') }} as segment_numbers,
        {{ list_in_order('overlap', 'position') }} as segment_overlaps
    from numbered
    group by study
),

agreements as (
    {{ agreement_with_the_model_before() }}
),

turned as (
    select
        registered.*,
        wanted.study is not null as is_wanted,
        -- a model that comes back keeps its numbers and takes a new turn
        case when wanted.study is not null and registered.turn < last_of.turn then last_of.turn + 1 else registered.turn end as new_turn
    from registered
    inner join last_of on registered.study = last_of.study
    left join wanted
        on registered.study = wanted.study
        and registered.model_version = wanted.model_version
        and registered.segments = wanted.segments
),

added as (
    select
        fresh.*,
        lists.segment_numbers,
        lists.segment_overlaps,
        agreements.agreement,
        agreements.kept_share,
        coalesce(last_of.registration, 0) + 1 as registration,
        coalesce(last_of.turn, 0) + 1 as turn
    from fresh
    inner join lists on fresh.study = lists.study
    left join last_of on fresh.study = last_of.study
    left join agreements on fresh.study = agreements.study
)

select
    {% for column in registration_columns() -%}
    {{ 'new_turn as turn' if column == 'turn' else column }},
    {% endfor -%}
    is_wanted as is_in_force
from turned
union all
select
    {% for column in registration_columns() -%}
    {{ column }},
    {% endfor -%}
    true as is_in_force
from added
