with fits as (
    {{ fits_in_force(ref('algorithm_fits')) }}
)

select
    study,
    algorithm,
    {{ algorithm_label('algorithm') }} as label,
    segments,
    segments_found,
    round(noise_share, 6) as noise_share,
    round(silhouette, 6) as silhouette,
    round(calinski_harabasz, 2) as calinski_harabasz,
    round(davies_bouldin, 6) as davies_bouldin,
    round(agreement, 6) as agreement,
    round(seconds, 2) as seconds,
    model_version
from fits
