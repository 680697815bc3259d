{% set pair = 'study_a, study_b, as_of_date' -%}
with cells as (
    select
        *,
        cast(sum(customers) over (partition by {{ pair }}, segment_a) as bigint) as customers_a,
        cast(sum(customers) over (partition by {{ pair }}, segment_b) as bigint) as customers_b,
        cast(sum(customers) over (partition by {{ pair }}) as bigint) as customers_both
    from {{ ref('cross_segments') }}
    where segment_a > 0 and segment_b > 0
),

pairs as (
    select distinct
        study_a,
        study_b,
        as_of_date,
        customers_both as customers,
        has_structure
    from cells
),

filled as (
    select
        *,
        cast(customers_a as double) * customers_b / customers_both as expected
    from cells
    where customers_a > 0 and customers_b > 0
),

-- what is summed over the segments of one study (pairs, entropy) is summed over the customers of the cells instead
sums as (
    select
        study_a,
        study_b,
        as_of_date,
        least(count(distinct segment_a), count(distinct segment_b)) as segments,
        sum((customers - expected) * (customers - expected) / expected / customers_both) as phi_squared,
        -- ordered pairs of customers (whole numbers): together in both studies, in a, in b, and all
        sum(customers * (customers - 1)) as pairs_ab,
        sum(customers * (customers_a - 1)) as pairs_a,
        sum(customers * (customers_b - 1)) as pairs_b,
        sum(customers * (customers_both - 1)) as pairs_all,
        sum(case when customers > 0 then customers / customers_both * ln(customers / expected) else 0 end) as information,
        -sum(customers / customers_both * (ln(customers_a / customers_both) + ln(customers_b / customers_both))) / 2 as mean_entropy
    from filled
    group by study_a, study_b, as_of_date
),

expected as (
    {{ expected_mutual_information('filled', pair) }}
),

compared as (
    select
        sums.*,
        expected.information as chance,
        -- the same groups in both studies: the indices are 1, though their formulas may say 0 / 0
        sums.pairs_ab = sums.pairs_a and sums.pairs_ab = sums.pairs_b as is_same
    from sums
    inner join expected
        on sums.study_a = expected.study_a
        and sums.study_b = expected.study_b
        and sums.as_of_date = expected.as_of_date
),

figures as (
    select
        study_a,
        study_b,
        as_of_date,
        segments,
        round(sqrt(phi_squared / nullif(segments - 1, 0)), 6) as cramers_v,
        case when is_same then 1 else round((information - chance) / (mean_entropy - chance), 6) + 0 end as adjusted_mutual_information,
        {{ adjusted_rand_index('pairs_ab', 'pairs_a', 'pairs_b', 'pairs_all') }} as adjusted_rand_index
    from compared  -- + 0 makes 0 of -0
)

select
    pairs.study_a,
    pairs.study_b,
    pairs.as_of_date,
    pairs.customers,
    figures.cramers_v,
    figures.adjusted_mutual_information,
    figures.adjusted_rand_index,
    case
        when pairs.customers = 0 then 'no customer is in both studies'
        when figures.segments = 1 then 'one segment only, nothing to compare'
        else segment_agreement.band
    end as reading,
    pairs.has_structure
from pairs
left join figures
    on pairs.study_a = figures.study_a
    and pairs.study_b = figures.study_b
    and pairs.as_of_date = figures.as_of_date
{{ join_band('segment_agreement', 'figures.adjusted_mutual_information') }}
