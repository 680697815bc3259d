with fits as (
    {{ fits_in_force(ref('sensitivity_fits')) }}
)

select
    fits.study,
    fits.recipes[numbers.position] as recipe,
    {{ recipe_label('fits.recipes[numbers.position]') }} as label,
    numbers.position = 1 as is_of_study,
    fits.segments,
    round(fits.silhouettes[numbers.position], 6) as silhouette,
    round(fits.null_silhouettes[numbers.position], 6) as null_silhouette,
    round(fits.silhouettes[numbers.position] - fits.null_silhouettes[numbers.position], 6) as excess,
    round(fits.stabilities[numbers.position], 6) as stability,
    round(fits.agreements[numbers.position], 6) as agreement,
    fits.model_version
from fits
cross join {{ positions_of('fits.recipes', 'numbers') }}
