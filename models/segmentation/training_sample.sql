{{ config(
    tags=['fit'], pre_hook='{{ forget_unfinished_fits() }}', post_hook='{{ begin_fits() }}', **incremental(['study', 'model_version'])
) }}

-- A fit is a decision: a study gets a sample when it has none for its settings, or when asked (var refit).
with asked as (
    select
        study,
        settings_hash,
        definition,
        segments
    from {{ ref('study_settings') }} as settings  -- noqa: AL05
    {% if is_incremental() -%}
    where
        {{ refit_asked('settings.study') }}
        or not exists (
            select 1
            from {{ this }} as existing
            where existing.study = settings.study and existing.settings_hash = settings.settings_hash
        )
    {%- endif %}
),

sampled as (
    {{ sampled_customers('asked') }}
),

-- a study that cannot be fitted gets no sample; studies_left_out says why
judged as (
    {{ reasons_not_to_fit('asked', 'sampled') }}
),

versions as (
    select
        asked.study,
        asked.settings_hash,
        asked.definition,
        substr(md5(concat(asked.settings_hash, string_agg(
            concat(sampled.customer_hash, cast(sampled.features as varchar)), '' order by sampled.customer_hash, sampled.customer_id
        ))), 1, 12) as model_version
    from asked
    inner join judged
        on asked.study = judged.study
        and judged.reason is null
    inner join sampled on asked.study = sampled.study
    group by asked.study, asked.settings_hash, asked.definition
),

weights as (
    select
        study,
        {{ list_in_order('weight', 'position') }} as weights
    from {{ ref('feature_catalog') }}
    where role = 'cluster'
    group by study
),

numbered as (
    {% if is_incremental() -%}
    select
        versions.study,
        versions.settings_hash,
        versions.definition,
        versions.model_version,
        coalesce(max(existing.version_number), 0) + 1 as version_number
    from versions
    -- a version that is fitted again on the same sample becomes the newest: its own number does not count
    left join {{ this }} as existing
        on versions.study = existing.study
        and versions.model_version is distinct from existing.model_version
    group by versions.study, versions.settings_hash, versions.definition, versions.model_version
    {%- else -%}
    select
        *,
        1 as version_number
    from versions
    {%- endif %}
)

select
    numbered.study,
    numbered.model_version,
    numbered.settings_hash,
    cast(numbered.version_number as integer) as version_number,
    sampled.as_of_date,
    sampled.customer_id,
    sampled.features,
    numbered.definition,
    weights.weights
from sampled
inner join numbered on sampled.study = numbered.study
inner join weights on sampled.study = weights.study
