with fits as (
    {{ fits_in_force(ref('sensitivity_fits')) }}
),

tried as (
    select
        fits.*,
        numbers.position,
        fits.recipes[numbers.position] as recipe
    from fits
    cross join {{ positions_of('fits.recipes', 'numbers') }}
)

select
    tried.study,
    tried.recipe,
    methods.label,
    tried.position = 1 as is_of_study,
    tried.segments,
    round(tried.silhouettes[tried.position], 6) as silhouette,
    round(tried.null_silhouettes[tried.position], 6) as null_silhouette,
    round(tried.silhouettes[tried.position] - tried.null_silhouettes[tried.position], 6) as excess,
    round(tried.stabilities[tried.position], 6) as stability,
    round(tried.agreements[tried.position], 6) as agreement,
    tried.model_version
from tried
left join {{ ref('methods') }} as methods
    on tried.recipe = methods.method
    and methods.kind = 'recipe'
