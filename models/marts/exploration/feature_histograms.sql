with nice_numbers as (
    {{ nice_numbers() }}
),

cuts as (
    {{ histogram_cuts() }}
),

edges as (
    {{ histogram_edges() }}
),

intervals as (
    select
        study,
        feature,
        edge as lower_edge,
        lead(edge) over (partition by study, feature order by edge, only_value nulls last) as upper_edge,
        only_value
    from edges
),

bins as (
    select
        cuts.study,
        cuts.feature,
        cuts.cut,
        cuts.is_whole,
        cuts.minimum,
        cuts.maximum,
        row_number() over (partition by cuts.study, cuts.feature order by intervals.lower_edge) as bin,
        count(*) over (partition by cuts.study, cuts.feature) as bins,
        intervals.lower_edge,
        intervals.upper_edge,
        intervals.only_value
    from cuts
    inner join intervals
        on cuts.study = intervals.study
        and cuts.feature = intervals.feature
        and (cuts.cut <> 'log' or cuts.minimum < intervals.upper_edge)
    where intervals.upper_edge is not null
),

-- how many reach a bin, in it or beyond: one comparison a value and edge
reached as (
    select
        vals.study,
        vals.as_of_date,
        vals.feature,
        bins.bin,
        count(*) as customers
    from {{ ref('feature_values') }} as vals
    inner join bins
        on vals.study = bins.study
        and vals.feature = bins.feature
        and vals.value >= case when bins.bin = 1 then bins.minimum else bins.lower_edge end
    group by vals.study, vals.as_of_date, vals.feature, bins.bin
),

counted as (
    select
        everybody.as_of_date,
        everybody.customers as all_customers,
        bins.*,
        coalesce(reached.customers, 0) - coalesce(lead(reached.customers) over (
            partition by bins.study, everybody.as_of_date, bins.feature
            order by bins.bin
        ), 0) as customers
    from bins
    inner join reached as everybody
        on bins.study = everybody.study
        and bins.feature = everybody.feature
        and everybody.bin = 1
    left join reached
        on bins.study = reached.study
        and everybody.as_of_date = reached.as_of_date
        and bins.feature = reached.feature
        and bins.bin = reached.bin
)

select
    study,
    as_of_date,
    feature,
    cast(bin as integer) as bin,
    {{ bin_in_words() }} as bin_label,
    case when cut = 'log' then 'log' else 'linear' end as scale,
    case when bin = 1 then least(lower_edge, minimum) else lower_edge end as lower_bound,
    case when bin = bins then greatest(upper_edge, maximum) else upper_edge end as upper_bound,
    customers,
    round(customers / all_customers, 6) as share
from counted
