-- Should a study be fitted again? Nothing is fitted by this: var refit asks for it.
with age as (
    select
        models.study,
        count(*) filter (where dates.is_complete and dates.as_of_date > models.fitted_as_of) as dates_since_fit
    from {{ ref('segment_models') }} as models
    inner join {{ ref('study_dates') }} as dates on models.study = dates.study
    group by models.study
),

features as (
    select
        drift.study,
        count(*) as features,
        count(*) filter (where drift.level = 'drifted') as features_drifted,
        count(*) filter (where drift.level = 'watch') as features_to_watch
    from {{ ref('feature_drift') }} as drift
    inner join {{ ref('study_dates') }} as dates
        on drift.study = dates.study
        and drift.as_of_date = dates.as_of_date
        and dates.is_latest
    group by drift.study
),

moved as (
    select
        drift.*,
        row_number() over (partition by drift.study order by drift.psi desc, drift.feature asc) as place
    from {{ ref('feature_drift') }} as drift
    inner join {{ ref('study_dates') }} as dates
        on drift.study = dates.study
        and drift.as_of_date = dates.as_of_date
        and dates.is_latest
    where drift.level <> 'stable'
),

-- the five that moved most
named as (
    select
        study,
        concat(
            string_agg(concat(label, ' (', {{ number_text('psi', 2) }}, ')'), ', ' order by place) filter (where place <= 5),
            case when count(*) > 5 then ', ...' else '' end
        ) as features
    from moved
    group by study
),

judged as (
    select
        models.study,
        dates.as_of_date,
        models.model_version,
        models.fitted_as_of,
        age.dates_since_fit,
        models.is_defined_as_today,
        coalesce(features.features, 0) as features,
        coalesce(features.features_drifted, 0) as features_drifted,
        coalesce(features.features_to_watch, 0) as features_to_watch,
        named.features as moved_features,
        segments.psi as segments_psi,
        segments.level as segments_level,
        segments.most_changed_segment,
        segments.most_changed_share,
        segments.most_changed_trained_share,
        checks.customers as checked_customers,
        checks.silhouette - checks.null_silhouette as excess,
        checks.stability,
        checks.stability_lower,
        checks.agreement,
        models.segments,
        selection.passes as passed_when_fitted,
        checks.study is not null as is_checked,
        checks.silhouette - checks.null_silhouette > {{ var('min_excess') }}
        and checks.stability_lower >= {{ var('min_stability') }}
        and checks.smallest_share >= {{ var('min_segment_share') }} as passes
    from {{ ref('segment_models') }} as models
    inner join age on models.study = age.study
    inner join {{ ref('k_selection') }} as selection
        on models.study = selection.study
        and models.model_version = selection.model_version
        and models.segments = selection.segments
    left join {{ ref('study_dates') }} as dates
        on models.study = dates.study
        and dates.is_latest
    left join features on models.study = features.study
    left join named on models.study = named.study
    left join {{ ref('segment_drift') }} as segments
        on dates.study = segments.study
        and dates.as_of_date = segments.as_of_date
    left join {{ ref('structure_checks') }} as checks
        on models.study = checks.study
        and models.model_version = checks.model_version
        and models.segments = checks.segments
        and dates.as_of_date = checks.as_of_date
),

-- 2: a reason to fit again, 1: to look more closely, 0: neither. One feature that drifts may leave the segments as they are.
weighed as (
    select
        *,
        case when is_defined_as_today then 0 else 2 end as by_definition,
        case segments_level when 'drifted' then 2 when 'watch' then 1 else 0 end as by_segments,
        case
            when 4 * features_drifted > features then 2
            when features_drifted + features_to_watch > 0 then 1
            else 0
        end as by_features,
        -- who never passed has nothing to lose
        case when is_checked and passed_when_fitted and not coalesce(passes, false) then 2 else 0 end as by_structure,
        case when dates_since_fit >= {{ var('refit_after_dates') }} then 2 else 0 end as by_age
    from judged
)

select
    study,
    as_of_date,
    case greatest(by_definition, by_segments, by_features, by_structure, by_age)
        when 2 then 'refit'
        when 1 then 'watch'
        else 'keep'
    end as advice,
    coalesce(nullif(concat_ws(
        '; ',
        case when by_definition > 0 then 'the features are defined otherwise today than when the model was fitted' end,
        case
            when by_segments > 0 then concat(
                'the segments are of other sizes (PSI ', {{ number_text('segments_psi', 2) }}, '): ',
                'segment ', most_changed_segment, ' has ', {{ per_cent('most_changed_share') }},
                ' of the customers, and had ', {{ per_cent('most_changed_trained_share') }}
            )
        end,
        case
            when by_features > 0 then concat(
                features_drifted + features_to_watch, ' of ', {{ counted('features', 'feature') }},
                ' moved (PSI), ', features_drifted, ' of them far: ', moved_features
            )
        end,
        case
            when by_structure > 0 then concat(
                'fitted anew on customers of ', as_of_date, ', ', segments, ' segments would not pass the rule: an excess of ',
                coalesce(cast({{ shown('excess') }} as varchar), 'unknown size'), ' and a stability of ', {{ shown('stability') }},
                ' (at least ', {{ shown('stability_lower') }}, ')'
            )
        end,
        case
            when by_age > 0 then concat({{ counted('dates_since_fit', 'complete date') }}, ' since the date of the fit, ', fitted_as_of)
        end
    ), ''), 'nothing speaks against the model in force') as reasons,
    cast(dates_since_fit as integer) as dates_since_fit,
    cast(features as integer) as features,
    cast(features_drifted as integer) as features_drifted,
    cast(features_to_watch as integer) as features_to_watch,
    segments_psi,
    segments_level,
    is_defined_as_today,
    checked_customers,
    round(excess, 6) as excess,
    round(stability, 6) as stability,
    round(stability_lower, 6) as stability_lower,
    round(agreement, 6) as agreement,
    case when is_checked then coalesce(passes, false) end as passes,
    fitted_as_of,
    model_version
from weighed
