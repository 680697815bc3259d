with fits as (
    {{ fits_in_force(ref('sensitivity_fits')) }}
),

rows_of as (
    select
        fits.*,
        numbers.position as position_a
    from fits
    cross join {{ positions_of('fits.recipes', 'numbers') }}
),

pairs as (
    select
        rows_of.*,
        rows_of.recipes[rows_of.position_a] as recipe_a,
        rows_of.recipes[numbers.position] as recipe_b,
        rows_of.agreements_of_recipes[rows_of.position_a][numbers.position] as agreement
    from rows_of
    cross join {{ positions_of('rows_of.recipes', 'numbers') }}
    where rows_of.position_a < numbers.position
)

select
    study,
    recipe_a,
    {{ recipe_label('recipe_a') }} as label_a,
    recipe_b,
    {{ recipe_label('recipe_b') }} as label_b,
    segments,
    round(agreement, 6) as agreement,
    model_version
from pairs
