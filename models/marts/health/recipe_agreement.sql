with fits as (
    {{ fits_in_force(ref('sensitivity_fits')) }}
),

recipes as (
    select
        method,
        label
    from {{ ref('methods') }}
    where kind = 'recipe'
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
    pairs.study,
    pairs.recipe_a,
    a.label as label_a,
    pairs.recipe_b,
    b.label as label_b,
    pairs.segments,
    round(pairs.agreement, 6) as agreement,
    pairs.model_version
from pairs
left join recipes as a on pairs.recipe_a = a.method
left join recipes as b on pairs.recipe_b = b.method
