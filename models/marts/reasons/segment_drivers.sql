{% set variance = 'customers * deviation * deviation' -%}
with features as (
    select
        study,
        feature,
        label,
        is_protected,
        row_number() over (partition by study order by position) as place
    from {{ ref('feature_catalog') }}
    where role = 'cluster'
),

-- of the training sample, whose means the centres are
sizes as (
    select
        study,
        position,
        count(*) as customers
    from {{ ref('training_segments') }}
    group by study, position
),

centres as (
    select
        sizes.study,
        {{ segment_number('models', 'sizes.position') }} as segment,
        sizes.customers,
        features.feature,
        features.label,
        features.is_protected,
        features.place,
        models.centres[sizes.position][features.place] as centre,
        models.model_version
    from sizes
    inner join {{ ref('segment_models') }} as models on sizes.study = models.study
    inner join features on sizes.study = features.study
    -- what max_vif leaves out forms no segment
    where not {{ is_infinite('models.scale[features.place]') }}
),

centred as (
    select
        *,
        centre - sum(customers * centre) over (partition by study, feature) / sum(customers) over (partition by study, feature) as deviation
    from centres
),

shared as (
    select
        *,
        {{ variance }} / nullif(sum({{ variance }}) over (partition by study, segment), 0) as share,
        sum({{ variance }}) over (partition by study, feature) / nullif(sum({{ variance }}) over (partition by study), 0) as study_share
    from centred
),

latest as (
    select profiles.*
    from {{ ref('segment_profiles') }} as profiles
    inner join {{ ref('study_dates') }} as dates
        on profiles.study = dates.study
        and profiles.as_of_date = dates.as_of_date
        and dates.is_latest
)

select
    shared.study,
    shared.segment,
    names.persona,
    shared.feature,
    shared.label,
    cast(row_number() over (
        partition by shared.study, shared.segment
        order by round(shared.share, 6) desc nulls last, shared.place asc
    ) as integer) as position,
    round(shared.share, 6) as share,
    round(shared.study_share, 6) as study_share,
    case when shared.deviation > 0 then 'above average' when shared.deviation < 0 then 'below average' end as direction,
    latest.mean,
    latest.population_mean,
    shared.is_protected,
    names.has_structure,
    shared.model_version
from shared
left join {{ ref('segment_names') }} as names
    on shared.study = names.study
    and shared.segment = names.segment
left join latest
    on shared.study = latest.study
    and shared.segment = latest.segment
    and shared.feature = latest.feature
