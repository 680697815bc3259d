{% set new = by_date('study_stamps', part='study') -%}

with ranked as (
    select
        vals.study,
        vals.as_of_date,
        vals.customer_id,
        catalog.position,
        vals.value,
        -- of equal values all have the mean of their ranks: half of the first and the last
        (
            rank() over (partition by vals.study, vals.as_of_date, vals.feature order by vals.value)
            + count(*) over (partition by vals.study, vals.as_of_date, vals.feature order by vals.value)
        ) / 2 as value_rank
    from {{ ref('feature_values') }} as vals
    inner join {{ ref('feature_catalog') }} as catalog
        on vals.study = catalog.study
        and vals.feature = catalog.feature
    where {{ is_to_write(new, 'vals.as_of_date', 'vals.study') }}
),

coefficients as (
    select
        a.study,
        a.as_of_date,
        a.position as position_a,
        b.position as position_b,
        count(*) as customers,
        {{ number_from('corr(a.value, b.value)') }} as pearson,
        {{ number_from('corr(a.value_rank, b.value_rank)') }} as spearman
    from ranked as a
    inner join ranked as b
        on a.study = b.study
        and a.as_of_date = b.as_of_date
        and a.customer_id = b.customer_id
        and a.position < b.position
    group by a.study, a.as_of_date, a.position, b.position
),

dates as (
    select distinct
        study,
        as_of_date
    from {{ ref('feature_values') }}
    where {{ is_to_write(new, 'as_of_date', 'study') }}
),

pairs as (
    select
        dates.study,
        dates.as_of_date,
        a.position as position_a,
        b.position as position_b,
        a.feature as feature_a,
        b.feature as feature_b,
        a.label as label_a,
        b.label as label_b
    from dates
    inner join {{ ref('feature_catalog') }} as a on dates.study = a.study
    inner join {{ ref('feature_catalog') }} as b
        on a.study = b.study
        and a.position < b.position
)

select
    pairs.study,
    pairs.as_of_date,
    pairs.position_a,
    pairs.position_b,
    pairs.feature_a,
    pairs.feature_b,
    pairs.label_a,
    pairs.label_b,
    coalesce(coefficients.customers, 0) as customers,
    round(coefficients.pearson, 6) as pearson,
    round(coefficients.spearman, 6) as spearman
from pairs
left join coefficients
    on pairs.study = coefficients.study
    and pairs.as_of_date = coefficients.as_of_date
    and pairs.position_a = coefficients.position_a
    and pairs.position_b = coefficients.position_b
