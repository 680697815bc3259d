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
        fits.smallest_share,
        fits.calinski_harabasz,
        fits.davies_bouldin,
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
                        'excess ', round(coalesce(excess, 0), 3),
                        ' is not above {{ var('min_excess') }}: one blob without segments does as well'
                    )
            end,
            case
                when segments > 1 and coalesce(stability, 0) < {{ var('min_stability') }}
                    then concat('stability ', round(coalesce(stability, 0), 3), ' is below {{ var('min_stability') }}: refits disagree')
            end,
            case
                when smallest_share < {{ var('min_segment_share') }}
                    then concat(
                        'the smallest segment holds ', round(100 * smallest_share, 1), ' %, below {{ var('min_segment_share') * 100 }} %'
                    )
            end
        ) as failures
    from fits
),

best as (
    select
        study,
        model_version,
        max(excess) filter (where failures = '') as best_excess,
        -- an excess from here on is as good as the best
        greatest(
            max(excess) filter (where failures = '') - {{ var('excess_tolerance') }},
            max(excess) filter (where failures = '') * (1 - {{ var('relative_excess_tolerance') }})
        ) as near_excess,
        max(excess) as largest_excess
    from judged
    group by study, model_version
),

chosen as (
    select
        judged.study,
        judged.model_version,
        best.best_excess,
        best.near_excess,
        max(judged.segments) filter (
            where judged.failures = '' and judged.excess >= best.near_excess
        ) as rule_segments,
        min(judged.segments) filter (where judged.excess >= best.largest_excess) as fallback_segments
    from judged
    inner join best
        on judged.study = best.study
        and judged.model_version = best.model_version
    group by judged.study, judged.model_version, best.best_excess, best.near_excess
)

select
    judged.study,
    judged.model_version,
    judged.segments,
    judged.inertia,
    judged.is_elbow,
    judged.silhouette,
    judged.null_silhouette,
    judged.excess,
    judged.stability,
    judged.smallest_share,
    judged.calinski_harabasz,
    judged.davies_bouldin,
    judged.failures = '' as passes,
    coalesce(judged.segments = chosen.rule_segments, false) as is_rule_choice,
    judged.segments = coalesce(judged.set_segments, chosen.rule_segments, chosen.fallback_segments) as is_chosen,
    chosen.rule_segments is not null as has_structure,
    {{ k_reason('judged', 'chosen') }} as reason
from judged
inner join chosen
    on judged.study = chosen.study
    and judged.model_version = chosen.model_version
