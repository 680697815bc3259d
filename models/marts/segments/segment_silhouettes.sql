with fits as (
    {{ fits_in_force(ref('kmeans_fits')) }}
),

samples as (
    select
        fits.study,
        fits.model_version,
        fits.segment_numbers[numbers.position] as segment,
        fits.silhouettes[numbers.position] as silhouettes
    from fits,
        {{ positions_of('fits.silhouettes', 'numbers') }}
)

select
    samples.study,
    samples.segment,
    names.persona,
    round(
        (numbers.position - 1) / nullif(count(*) over (partition by samples.study, samples.segment) - 1, 0), 6
    ) as share_below,
    round(samples.silhouettes[numbers.position], 6) as silhouette,
    names.has_structure,
    samples.model_version
from samples
cross join {{ positions_of('samples.silhouettes', 'numbers') }}
left join {{ ref('segment_names') }} as names
    on samples.study = names.study
    and samples.segment = names.segment
