select
    fits.study,
    fits.algorithm,
    {{ algorithm_label('fits.algorithm') }} as label,
    fits.segments,
    fits.segments_found,
    round(fits.noise_share, 6) as noise_share,
    round(fits.silhouette, 6) as silhouette,
    round(fits.calinski_harabasz, 2) as calinski_harabasz,
    round(fits.davies_bouldin, 6) as davies_bouldin,
    round(fits.agreement, 6) as agreement,
    round(fits.seconds, 2) as seconds,
    fits.model_version
from {{ ref('algorithm_fits') }} as fits
inner join {{ ref('segment_models') }} as models
    on fits.study = models.study
    and fits.model_version = models.model_version
    and fits.segments = models.segments
