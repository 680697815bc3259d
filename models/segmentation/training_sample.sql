{{ config(tags=['fit'], **incremental(['study', 'model_version'])) }}

-- A fit is a decision: a study gets a sample when it has none for its settings, or when asked (var refit).
with asked as (
    select
        study,
        settings_hash,
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

features as (
    select
        study,
        feature,
        row_number() over (partition by study order by position) as place
    from {{ ref('feature_catalog') }}
    where role = 'cluster'
),

sampled as (
    {{ sampled_customers('asked') }}
),

valueless as (
    select
        sampled.study,
        features.feature
    from sampled
    inner join features on sampled.study = features.study
    group by sampled.study, features.feature, features.place
    having count(sampled.features[features.place]) = 0
),

problems as (
    select
        study,
        string_agg(feature, ', ' order by feature) as valueless
    from valueless
    group by study
),

-- one row for each study that was asked for, or a sentence that says why it cannot be fitted
versions as (
    select
        asked.study,
        asked.settings_hash,
        substr(md5(concat(asked.settings_hash, string_agg(
            concat(sampled.customer_hash, cast(sampled.features as varchar)), '' order by sampled.customer_hash, sampled.customer_id
        ))), 1, 12) as model_version
    from asked
    left join sampled on asked.study = sampled.study
    left join problems on asked.study = problems.study
    group by asked.study, asked.settings_hash, asked.segments, problems.valueless
    having {{ can_be_fitted('asked.study', 'asked.segments', 'sampled.features', 'problems.valueless') }}
),

numbered as (
    {% if is_incremental() -%}
    select
        versions.study,
        versions.settings_hash,
        versions.model_version,
        coalesce(max(existing.version_number), 0) + 1 as version_number
    from versions
    -- a version that is fitted again on the same sample becomes the newest: its own number does not count
    left join {{ this }} as existing
        on versions.study = existing.study
        and versions.model_version is distinct from existing.model_version
    group by versions.study, versions.settings_hash, versions.model_version
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
    sampled.features
from sampled
inner join numbered on sampled.study = numbered.study
