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
        least(count(distinct segment_a), count(distinct segment_b)) as smaller_k,
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

-- The mutual information (in nats) that two independent groupings of the same sizes have on average. The count of a cell is
-- hypergeometric, and the cell's part the mean of count / n * ln(count / expected), a sum over all counts that are possible (Vinh, Epps and
-- Bailey 2010, Journal of Machine Learning Research 11). Three things differ from the textbook:
-- (expected - count) / n is added, which is 0 in the mean. All terms are then positive, so that the rounding of ln(n!), which is some 1e8
-- for ten million customers, is not blown up: relative error below 1e-8 there.
-- Counts farther from the mean than 10 standard deviations and 30 are left out. A hypergeometric count is a sum of independent yes-or-no
-- variables (its generating function has real roots only), so Bernstein's inequality holds: together they have a probability below 1e-19.
-- The 30 is for rare cells, whose tail is longer than a bell's.
-- From a standard deviation of 8 on only every stride-th count is taken, stride times; stride is a quarter of the deviation. Such a sum
-- differs from the whole by the characteristic function at multiples of 2 pi / stride: by less than exp(-128).
-- So a cell takes at most some 220 terms, of ten million customers as of ten thousand, and leaves out nothing that a double shows.
bells as (
    select
        study_a,
        study_b,
        as_of_date,
        cast(customers_a as double) as a,
        cast(customers_b as double) as b,
        cast(customers_both as double) as n,
        expected as mean,
        sqrt(
            expected * (customers_both - customers_a) / customers_both
            * (customers_both - customers_b) / greatest(customers_both - 1, 1)
        ) as deviation
    from filled
),

bounds as (
    select
        *,
        greatest(0, a + b - n, floor(mean - 10 * deviation - 30)) as first_count,
        least(a, b, ceil(mean + 10 * deviation + 30)) as last_count,
        greatest(1, floor(deviation / 4)) as stride
    from bells
),

terms as (
    select
        bounds.*,
        bounds.first_count + (numbers.position - 1) * bounds.stride as customers
    from bounds,
        {{ positions_up_to('1 + floor((bounds.last_count - bounds.first_count) / bounds.stride)', 'numbers') }}
),

chances as (
    select
        study_a,
        study_b,
        as_of_date,
        sum(
            stride / n * (case when customers > 0 then customers * ln(customers / mean) else 0 end - customers + mean) * exp(
                {{ log_gamma('a + 1') }} + {{ log_gamma('n - a + 1') }} + {{ log_gamma('b + 1') }} + {{ log_gamma('n - b + 1') }}
                - {{ log_gamma('customers + 1') }} - {{ log_gamma('a - customers + 1') }} - {{ log_gamma('b - customers + 1') }}
                - {{ log_gamma('n - a - b + customers + 1') }} - {{ log_gamma('n + 1') }}
            )
        ) as information
    from terms
    group by study_a, study_b, as_of_date
),

compared as (
    select
        sums.*,
        chances.information as chance,
        -- the same groups in both studies: the indices are 1, though their formulas may say 0 / 0
        sums.pairs_ab = sums.pairs_a and sums.pairs_ab = sums.pairs_b as is_same
    from sums
    inner join chances
        on sums.study_a = chances.study_a
        and sums.study_b = chances.study_b
        and sums.as_of_date = chances.as_of_date
),

figures as (
    select
        study_a,
        study_b,
        as_of_date,
        smaller_k,
        round(sqrt(phi_squared / nullif(smaller_k - 1, 0)), 6) as cramers_v,
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
        when figures.smaller_k = 1 then 'one segment only, nothing to compare'
        else segment_agreement.band
    end as reading,
    pairs.has_structure
from pairs
left join figures
    on pairs.study_a = figures.study_a
    and pairs.study_b = figures.study_b
    and pairs.as_of_date = figures.as_of_date
{{ join_band('segment_agreement', 'figures.adjusted_mutual_information') }}
