with fits as (
    select
        fits.study,
        fits.model_version,
        fits.segments,
        fits.inertia,
        fits.is_elbow,
        fits.silhouette,
        fits.null_silhouette,
        fits.silhouette - fits.null_silhouette as excess,
        fits.stability,
        -- a version that was fitted before 0.5.0 has no interval
        coalesce(fits.stability_lower, fits.stability) as stability_lower,
        coalesce(fits.stability_upper, fits.stability) as stability_upper,
        fits.stability_customers,
        fits.smallest_share,
        fits.calinski_harabasz,
        fits.davies_bouldin,
        fits.bic_diagonal,
        fits.bic_full,
        fits.gap,
        fits.gap >= lead(fits.gap - fits.gap_deviation) over (
            partition by fits.study, fits.model_version
            order by fits.segments
        ) as gap_suffices,
        -- NULL where the study leaves the number to the rule
        try_cast(settings.segments as integer) as set_segments
    from {{ ref('kmeans_fits') }} as fits
    inner join {{ ref('study_settings') }} as settings on fits.study = settings.study
),

judged as (
    select
        *,
        concat_ws(
            '; ',
            case when segments = 1 then 'one segment is no segmentation' end,
            case
                when segments > 1 and coalesce(excess, 0) <= {{ var('min_excess') }}
                    then concat(
                        'excess ', {{ shown('coalesce(excess, 0)') }},
                        ' is not above {{ var('min_excess') }}: data without segments do as well'
                    )
            end,
            case
                when segments > 1 and coalesce(stability_lower, 0) < {{ var('min_stability') }}
                    then concat(
                        'stability ', {{ shown('coalesce(stability, 0)') }}, ' may lie at ',
                        {{ shown('coalesce(stability_lower, 0)') }}, ', below {{ var('min_stability') }}: refits disagree'
                    )
            end,
            case
                when smallest_share < {{ var('min_segment_share') }}
                    then concat(
                        -- rounded down, or 1.99 would read as 2.0, below 2.0
                        'the smallest segment holds ', floor(round(1000 * smallest_share, 6)) / 10,
                        ' %, below {{ (var('min_segment_share') * 100) | round(6) }} %'
                    )
            end
        ) as failures
    from fits
),

-- how clear so many segments are: 3 strong, 2 moderate, 1 weak
levelled as (
    select
        *,
        failures = '' as passes,
        case
            when failures <> '' then 1
            when excess >= {{ var('strong_excess') }} and stability_lower >= {{ var('strong_stability') }} then 3
            when excess >= {{ var('moderate_excess') }} and stability_lower >= {{ var('moderate_stability') }} then 2
            else 1
        end as level
    from judged
),

best as (
    select
        study,
        model_version,
        max(excess) filter (where passes) as best_excess,
        -- an excess from here on is as good as the best
        greatest(
            max(excess) filter (where passes) - {{ var('excess_tolerance') }},
            max(excess) filter (where passes) * (1 - {{ var('relative_excess_tolerance') }})
        ) as near_excess,
        max(excess) as largest_excess,
        -- Tibshirani, Walther and Hastie (2001): the least number whose gap the next one does not clearly exceed
        min(segments) filter (where gap_suffices) as gap_segments
    from levelled
    group by study, model_version
),

near as (
    select
        levelled.*,
        best.best_excess,
        best.near_excess,
        best.gap_segments,
        levelled.excess >= best.near_excess as is_near
    from levelled
    inner join best
        on levelled.study = best.study
        and levelled.model_version = best.model_version
    where
        levelled.passes
        and levelled.excess >= best.best_excess * {{ var('raise_excess_share') }}
),

-- dominated: fewer segments, which are near as well, have hardly less excess and are clearly more stable
dominated as (
    select distinct
        larger.study,
        larger.model_version,
        larger.segments
    from near as larger
    inner join near as smaller
        on larger.study = smaller.study
        and larger.model_version = smaller.model_version
        and larger.segments > smaller.segments
        and larger.excess <= smaller.excess + 0.01
        and larger.stability <= smaller.stability - 0.02
    where
        larger.is_near
        and smaller.is_near
),

kept as (
    select
        near.*,
        max(near.segments) filter (where near.is_near and dominated.segments is null)
            over (partition by near.study, near.model_version) as near_segments
    from near
    left join dominated
        on near.study = dominated.study
        and near.model_version = dominated.model_version
        and near.segments = dominated.segments
),

asked as (
    select
        near.study,
        near.model_version,
        max(near.near_segments) as near_segments,
        -- by BIC, with covariances of the kind that describes the customers better; only stable segments can be too few
        case
            when min(near.bic_full) filter (where near.stability >= 0.95) < min(near.bic_diagonal) filter (where near.stability >= 0.95)
                then min_by(near.segments, near.bic_full) filter (where near.stability >= 0.95)
            else min_by(near.segments, near.bic_diagonal) filter (where near.stability >= 0.95)
        end as bic_segments,
        -- without a BIC (a feature has few values): surely stable, hardly less than the near number, and asked for by the gap statistic
        max(near.segments) filter (
            where near.stability_lower >= 0.97 and near.stability >= answer.stability - 0.01 and near.segments <= near.gap_segments
        ) as stable_segments,
        -- of those with the highest level the one with the largest excess
        max_by(near.segments, near.level + near.excess / 10) as clearest_segments,
        max(near.level) as clearest_level
    from kept as near
    inner join near as answer
        on near.study = answer.study
        and near.model_version = answer.model_version
        and near.near_segments = answer.segments
    group by near.study, near.model_version
),

fallback as (
    select
        levelled.study,
        levelled.model_version,
        min(levelled.segments) as segments
    from levelled
    inner join best
        on levelled.study = best.study
        and levelled.model_version = best.model_version
        and levelled.excess >= best.largest_excess
    group by levelled.study, levelled.model_version
),

chosen as (
    select
        best.study,
        best.model_version,
        best.best_excess,
        best.near_excess,
        best.gap_segments,
        fallback.segments as fallback_segments,
        asked.near_segments,
        asked.clearest_segments,
        asked.clearest_level,
        coalesce(raised.segments, asked.near_segments) as rule_segments
    from best
    left join fallback
        on best.study = fallback.study
        and best.model_version = fallback.model_version
    left join asked
        on best.study = asked.study
        and best.model_version = asked.model_version
    left join near as raised
        on asked.study = raised.study
        and asked.model_version = raised.model_version
        and asked.near_segments < raised.segments
        and raised.stability >= 0.95
        and raised.segments = case
            when asked.bic_segments is null then asked.stable_segments
            when best.gap_segments < asked.bic_segments then best.gap_segments
            else asked.bic_segments
        end
),

compared as (
    select
        levelled.*,
        chosen.best_excess,
        chosen.near_excess,
        chosen.near_segments,
        chosen.rule_segments,
        chosen.gap_segments,
        coalesce(levelled.set_segments, chosen.rule_segments, chosen.fallback_segments) as chosen_segments,
        case when chosen.clearest_level > levelled.level then chosen.clearest_segments end as clearer_segments,
        dominated.segments is not null as is_dominated
    from levelled
    inner join chosen
        on levelled.study = chosen.study
        and levelled.model_version = chosen.model_version
    left join dominated
        on levelled.study = dominated.study
        and levelled.model_version = dominated.model_version
        and levelled.segments = dominated.segments
)

select
    compared.study,
    compared.model_version,
    compared.segments,
    compared.inertia,
    compared.is_elbow,
    compared.silhouette,
    compared.null_silhouette,
    compared.excess,
    compared.stability,
    compared.stability_lower,
    compared.stability_upper,
    compared.stability_customers,
    compared.smallest_share,
    compared.calinski_harabasz,
    compared.davies_bouldin,
    compared.bic_diagonal,
    compared.bic_full,
    compared.gap,
    compared.gap_segments,
    compared.passes,
    compared.level,
    compared.clearer_segments,
    coalesce(compared.segments = compared.rule_segments, false) as is_rule_choice,
    compared.segments = compared.chosen_segments as is_chosen,
    compared.rule_segments is not null as has_structure,
    concat(
        case
            when compared.segments = compared.set_segments and compared.rule_segments is null
                then concat(
                    'set by the study, though the rule finds no segments in the data (',
                    coalesce(nullif(compared.failures, ''), 'passes'), ')'
                )
            when compared.segments = compared.set_segments and compared.segments = compared.rule_segments
                then 'set by the study; the rule chooses the same'
            when compared.segments = compared.set_segments
                then concat('set by the study; the rule would choose ', compared.rule_segments, case
                    when compared.failures <> '' then concat(' (here: ', compared.failures, ')') else ''
                end)
            when compared.segments = compared.rule_segments and compared.segments > compared.near_segments
                then concat(
                    'chosen by the rule: ', compared.near_segments, ' is the largest number with an excess near the best, ',
                    case
                        when compared.bic_full is null then 'but the gap statistic asks for more, and so many are stable'
                        else 'but mixtures (BIC) and the gap statistic both ask for more'
                    end
                )
            when compared.segments = compared.rule_segments
                then concat(
                    'chosen by the rule: the largest number that passes with an excess near the best (',
                    {{ shown('compared.excess') }}, ', from ', {{ shown('compared.near_excess') }}, ' on is near)'
                )
            when compared.rule_segments is null and compared.segments = compared.chosen_segments
                then concat('no number passes: the data show no segments; the largest excess stands in (', compared.failures, ')')
            when compared.failures <> ''
                then concat('fails: ', compared.failures)
            when compared.is_dominated
                then 'passes, but fewer segments have hardly less excess and are more stable'
            when compared.excess < compared.near_excess
                then concat(
                    'passes, but its excess ', {{ shown('compared.excess') }},
                    ' is not near the best, ', {{ shown('compared.best_excess') }}
                )
            else concat('passes, but ', compared.rule_segments, ' segments do as well')
        end,
        case
            when compared.segments = compared.chosen_segments and clearer.segments is not null
                then concat(
                    '; ', clearer.segments, ' segments would be clearer: an excess of ', {{ shown('clearer.excess') }},
                    ' and a stability of ', {{ shown('clearer.stability') }},
                    ', here ', {{ shown('compared.excess') }}, ' and ', {{ shown('compared.stability') }}
                )
            else ''
        end
    ) as reason
from compared
left join levelled as clearer
    on compared.study = clearer.study
    and compared.model_version = clearer.model_version
    and compared.clearer_segments = clearer.segments
