-- Of the latest date of a study, and of the one that its model was fitted on: with the same bins, so that the two can be compared, and a
-- month costs what the last one did.
-- Each feature is cut in one of three ways, the first that fits:
--   values   a bin a value: at most 25 different ones (but whole numbers that span at most 25 are cut linearly, by 1)
--   log      at 1, 2, 5, 10, 20, 50, ...: at most 1 % negative, a skewness of 2 or more, and the 99th percentile of the positive values at
--            least 50 times their 1st, below which the steps begin. Zero and what else is less has the first bin.
--   linear   10 to 20 bins of a nice width (whole numbers: of a whole one, up to 25) from the 1st to the 99th percentile and up to five
--            more at either side; the first and the last take what is beyond. Bins of a single whole number lie around it: 2.5 to 3.5.
with dates as (
    select
        study,
        as_of_date
    from {{ ref('study_dates') }}
    where is_latest
    union distinct
    select
        study,
        fitted_as_of as as_of_date
    from {{ ref('segment_models') }}
),

given as (
    select sampled.*
    from {{ ref('feature_values') }} as sampled
    inner join dates
        on sampled.study = dates.study
        and sampled.as_of_date = dates.as_of_date
),

figures as (
    select
        study,
        feature,
        min(value) as minimum,
        max(value) as maximum,
        {{ quantiles('value', [0.01, 0.99]) }} as middle,
        {{ quantiles('nullif(greatest(value, 0), 0)', [0.01, 0.99]) }} as positive,
        {{ sample_skewness('value') }} as skewness,
        count(distinct value) as different_values,
        max(abs(value - round(value))) <= 0.000000001 * least(1, max(abs(value))) as is_whole
    from given
    group by study, feature
),

-- a twentieth of the way from the 1st to the 99th percentile; of the range, where these are equal; 1, where all values are equal
twentieths as (
    select
        *,
        coalesce(nullif(middle[2] - middle[1], 0), nullif(maximum - minimum, 0), 20) / 20 as twentieth
    from figures
),

least_widths as (
    select
        *,
        case when is_whole then greatest(1, ceil(twentieth - 0.25)) else twentieth end as least_width,
        case when is_whole then 0.5 else 0 end as half
    from twentieths
),

-- 1, 2, 2.5 and 5 times a power of ten, with their decimals; the steps of a logarithmic axis are those without 2.5
numbers as (
    select
        leads.is_step,
        case
            when powers.number < 0 then leads.lead / power(10, -powers.number) else leads.lead * power(10, powers.number)
        end as number,
        cast(greatest(0, 1 - powers.number) as integer) as decimals
    from (values (1.0, true), (2.0, true), (2.5, false), (5.0, true)) as leads (lead, is_step),
        {{ whole_numbers(-9, 18, 'powers') }}
),

nice_numbers as (
    select
        number,
        decimals,
        is_step,
        lag(number, 1, 0) over (order by number) as previous_number,
        lag(number) over (partition by is_step order by number) as previous_step,
        lead(number) over (partition by is_step order by number) as next_step
    from numbers
),

widths as (
    select
        least_widths.*,
        nice_numbers.number as width,
        nice_numbers.decimals
    from least_widths
    inner join nice_numbers
        on least_widths.least_width > nice_numbers.previous_number
        and least_widths.least_width <= nice_numbers.number
),

cuts as (
    select
        study,
        feature,
        minimum,
        maximum,
        is_whole,
        width,
        decimals,
        case when width < 2 then half else 0 end as shift,
        greatest(floor((minimum + half) / width), floor((middle[1] + half) / width) - 5) as first_edge,
        least(ceil((maximum + half) / width), ceil((middle[2] + half) / width) + 5) as last_edge,
        positive[1] as first_step,
        case
            when different_values <= 25 and not (is_whole and maximum - minimum <= 25) then 'values'
            when middle[1] >= 0 and skewness >= 2 and positive[2] >= 50 * positive[1] then 'log'
            else 'linear'
        end as cut
    from widths
),

-- the edges of the bins, and the only value above an edge where each value has its bin
edges as (
    select
        cuts.study,
        cuts.feature,
        round(edges.number * cuts.width, cuts.decimals) - cuts.shift as edge,
        cast(null as double) as only_value
    from cuts,
        {{ whole_numbers('cuts.first_edge', 'cuts.last_edge', 'edges') }}
    where cuts.cut = 'linear'
    union all
    select
        cuts.study,
        cuts.feature,
        nice_numbers.number as edge,
        null as only_value
    from cuts
    inner join nice_numbers
        on cuts.cut = 'log'
        and nice_numbers.is_step
        and cuts.first_step < nice_numbers.next_step
        and cuts.maximum >= nice_numbers.previous_step
    union all
    select
        cuts.study,
        cuts.feature,
        (vals.value + coalesce(lag(vals.value) over (partition by cuts.study, cuts.feature order by vals.value), vals.value)) / 2 as edge,
        vals.value as only_value
    from cuts
    inner join given as vals
        on cuts.cut = 'values'
        and cuts.study = vals.study
        and cuts.feature = vals.feature
    group by cuts.study, cuts.feature, vals.value
    union all
    select
        study,
        feature,
        case when cut = 'log' then 0 else maximum end as edge,
        null as only_value
    from cuts
    where cut <> 'linear'
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
    from given as vals
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
),

-- of whole numbers the first in the bin, the last, and the next one
worded as (
    select
        *,
        {{ small_number_text('case when is_whole then ceil(lower_edge) else lower_edge end', 6) }} as first_text,
        {{ small_number_text('case when is_whole then ceil(upper_edge) - 1 else upper_edge end', 6) }} as last_text,
        {{ small_number_text('case when is_whole then ceil(upper_edge) else upper_edge end', 6) }} as next_text,
        {{ small_number_text('only_value', 4) }} as only_text
    from counted
)

select
    study,
    as_of_date,
    feature,
    cast(bin as integer) as bin,
    case
        when only_value is not null then only_text
        when bin = 1 and (minimum < lower_edge or (cut = 'log' and not is_whole)) then concat('under ', next_text)
        when bin = bins and maximum > upper_edge then concat(first_text, ' or more')
        when is_whole and upper_edge - lower_edge < 2 then first_text
        else concat(first_text, ' to ', last_text)
    end as bin_label,
    case when cut = 'log' then 'log' else 'linear' end as scale,
    case when bin = 1 then least(lower_edge, minimum) else lower_edge end as lower_bound,
    case when bin = bins then greatest(upper_edge, maximum) else upper_edge end as upper_bound,
    customers,
    round(customers / all_customers, 6) as share
from worded
