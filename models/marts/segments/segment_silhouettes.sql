with fits as (
    {{ fits_in_force(ref('kmeans_fits')) }}
),

segments as (
    select
        fits.study,
        fits.model_version,
        fits.segment_numbers[numbers.position] as segment,
        fits.silhouettes[numbers.position] as silhouettes
    from fits,
        {{ positions_of('fits.silhouettes', 'numbers') }}
)

select
    segments.study,
    segments.segment,
    names.persona,
    round(
        (numbers.position - 1) / nullif(count(*) over (partition by segments.study, segments.segment) - 1, 0), 6
    ) as share_below,
    round(segments.silhouettes[numbers.position], 6) as silhouette,
    names.has_structure,
    segments.model_version
from segments
cross join {{ positions_of('segments.silhouettes', 'numbers') }}
left join {{ ref('segment_names') }} as names
    on segments.study = names.study
    and segments.segment = names.segment
