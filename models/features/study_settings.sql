-- depends_on: {{ ref('feature_catalog') }}
{% set rows = study_settings_rows() if execute else [] %}
with settings as (
    select
        cast(study as varchar) as study,
        cast(position as integer) as position,
        cast(title as varchar) as title,
        cast(question as varchar) as question,
        cast(recipe as varchar) as recipe,
        cast(segments as varchar) as segments,
        cast(max_vif as double) as max_vif,
        nullif(cast(feature_vars as varchar), '') as feature_vars,
        cast(definition as varchar) as definition
    from (
        values
        {{ rows | join(',\n        ') or '(null, null, null, null, null, null, null, null, null)' }}
    ) as t (study, position, title, question, recipe, segments, max_vif, feature_vars, definition)  -- noqa: AL05
),

features as (
    select
        study,
        string_agg(concat_ws(':', feature, transform, weight, variable, block), ',' order by position) as features
    from {{ ref('feature_catalog') }}
    where role = 'cluster'
    group by study
)

select
    settings.study,
    settings.position,
    settings.title,
    settings.question,
    settings.recipe,
    settings.segments,
    settings.max_vif,
    settings.feature_vars,
    settings.definition,
    cast({{ var('screening_max_vif') }} as double) as screening_max_vif,
    '{{ source_kind() }}' as source_kind,
    cast({{ var('fit_rows') }} as integer) as fit_rows,
    cast({{ var('structure_rows') }} as integer) as structure_rows,
    cast({{ var('sensitivity_rows') }} as integer) as sensitivity_rows,
    cast({{ var('algorithm_rows') }} as integer) as algorithm_rows,
    cast({{ max_segments() }} as integer) as max_segments,
    cast({{ var('min_excess') }} as double) as min_excess,
    cast({{ var('min_stability') }} as double) as min_stability,
    cast({{ var('min_segment_share') }} as double) as min_segment_share,
    cast({{ var('raise_excess_share') }} as double) as raise_excess_share,
    -- what a fit depends on, and nothing else: the number of segments is chosen after it, but thresholds say which k are measured closely
    substr(md5(concat_ws(
        '|', settings.recipe, '{{ source_kind() }}', '{{ var('fit_rows') }}', '{{ var('structure_rows') }}',
        '{{ var('min_excess') }}', '{{ var('min_stability') }}', '{{ var('min_segment_share') }}', '{{ var('raise_excess_share') }}',
        'format {{ fit_format() }}', settings.max_vif, settings.feature_vars, features.features
    )), 1, 12) as settings_hash
from settings
inner join features on settings.study = features.study
