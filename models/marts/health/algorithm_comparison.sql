with fits as (
    {{ fits_in_force(ref('algorithm_fits')) }}
)

select
    fits.study,
    fits.algorithm,
    methods.label,
    fits.segments,
    fits.segments_found,
    round(fits.noise_share, 6) as noise_share,
    round(fits.silhouette, 6) as silhouette,
    round(fits.calinski_harabasz, 2) as calinski_harabasz,
    round(fits.davies_bouldin, 6) as davies_bouldin,
    round(fits.agreement, 6) as agreement,
    round(fits.seconds, 2) as seconds,
    fits.model_version
from fits
left join {{ ref('methods') }} as methods
    on fits.algorithm = methods.method
    and methods.kind = 'algorithm'
