with fits as (
    {{ fits_in_force(ref('sensitivity_fits')) }}
),

left_out as (
    select
        fits.study,
        fits.variables[numbers.position] as feature,
        fits.segments,
        fits.agreements_without[numbers.position] as agreement,
        fits.model_version
    from fits
    cross join {{ positions_of('fits.variables', 'numbers') }}
)

select
    left_out.study,
    left_out.feature,
    -- the categories of a variable have labels of their own, the variable has none
    coalesce(catalog.label, replace(left_out.feature, '_', ' ')) as label,
    left_out.segments,
    round(left_out.agreement, 6) as agreement,
    cast(row_number() over (
        partition by left_out.study
        order by round(left_out.agreement, 6) nulls last, left_out.feature
    ) as integer) as place,
    left_out.model_version
from left_out
left join {{ ref('feature_catalog') }} as catalog
    on left_out.study = catalog.study
    and left_out.feature = catalog.feature
