{% set new = by_date('scored_dates', part='study') -%}
{%- set points = 500 -%}
-- Are the features still spread as they were in the sample that the model in force was fitted on? A sample of each date against that one.
with features as (
    select
        catalog.study,
        catalog.feature,
        catalog.label,
        models.model_version,
        models.scale,
        row_number() over (partition by catalog.study order by catalog.position) as place
    from {{ ref('feature_catalog') }} as catalog
    inner join {{ ref('segment_models') }} as models on catalog.study = models.study
    where catalog.role = 'cluster'
),

-- what max_vif leaves out forms no segment
trained as (
    select
        features.study,
        features.feature,
        sample.features[features.place] as value
    from {{ ref('training_sample') }} as sample
    inner join features
        on sample.study = features.study
        and sample.model_version = features.model_version
    where not {{ is_infinite('features.scale[features.place]') }}
),

values_trained as (
    select
        study,
        feature,
        count(*) as customers,
        count(value) as customers_with_value,
        count(distinct value) as different_values,
        min(value) as minimum,
        max(value) as maximum,
        {{ sorted_values('value') }} as sorted
    from trained
    group by study, feature
),

-- A feature with few values has a bin for each, others have tenths, each up to its quantile (columns: a list would be slower).
of_training as (
    select
        cut.*,
        {%- for place in range(1, 10) %}
        cut.tenths[{{ place }}] as edge_{{ place }},
        {%- endfor %}
        case when cut.different_values <= 12 then {{ different_values('cut.sorted') }} end as few_values
    from (
        select
            *,
            {{ quantiles_of('sorted', 10) }} as tenths,
            {{ quantiles_of('sorted', points) }} as points
        from values_trained
    ) as cut
),

-- -1: of a feature with few values one that nobody had; without a date: of the training sample
binned as (
    select
        everybody.study,
        everybody.feature,
        everybody.as_of_date,
        case
            when of_training.different_values <= 12 then coalesce({{ position_in('of_training.few_values', 'everybody.value') }}, -1)
            else
                0
                {%- for place in range(1, 10) %}
                + cast(everybody.value > of_training.edge_{{ place }} as integer)
                {%- endfor %}
        end as bin,
        count(*) as customers,
        count(case when everybody.value < of_training.minimum or everybody.value > of_training.maximum then 1 end) as outside
    from (
        select
            study,
            feature,
            as_of_date,
            value
        from {{ ref('feature_values') }}
        where {{ is_to_write(new, 'as_of_date', 'study') }}
        union all
        select
            study,
            feature,
            null as as_of_date,
            value
        from trained
        where value is not null
    ) as everybody
    inner join of_training
        on everybody.study = of_training.study
        and everybody.feature = of_training.feature
    group by everybody.study, everybody.feature, everybody.as_of_date, bin
),

of_values as (
    select
        study,
        feature,
        as_of_date,
        sum(customers) as customers_with_value,
        sum(outside) / sum(customers) as outside_share
    from binned
    group by study, feature, as_of_date
),

-- 500 quantiles of both, or all values where they are fewer; without a date: of the training sample. So the distance below is off by four
-- thousandths at most, and few values are sorted.
points as (
    select
        study,
        feature,
        cast(null as date) as as_of_date,
        points
    from of_training
    union all
    select
        study,
        feature,
        as_of_date,
        {{ quantiles_of('sorted', points) }} as points
    from (
        select
            study,
            feature,
            as_of_date,
            {{ sorted_values('value') }} as sorted
        from {{ ref('feature_values') }}
        where {{ is_to_write(new, 'as_of_date', 'study') }}
        group by study, feature, as_of_date
    ) as dates
),

counted as (
    select
        study,
        feature,
        as_of_date,
        value,
        count(*) as times
    from (
        select
            points.study,
            points.feature,
            points.as_of_date,
            points.points[numbers.position] as value
        from points
        cross join {{ positions_of('points.points', 'numbers') }}
    ) as long
    group by study, feature, as_of_date, value
),

-- how many have at most this value, or just this one
placed as (
    select
        *,
        coalesce(sum(times) filter (where as_of_date is null) over (partition by study, feature order by value), 0) as trained_up_to,
        coalesce(sum(times) filter (where as_of_date is null) over (partition by study, feature, value), 0) as trained_at,
        sum(times) filter (where as_of_date is null) over (partition by study, feature) as trained,
        sum(times) over (partition by study, feature, as_of_date order by value) as seen_up_to,
        sum(times) over (partition by study, feature, as_of_date) as seen
    from counted
),

-- Kolmogorov and Smirnov's largest distance of the two shares up to a value: it is reached at a value of the date, or just below one
distances as (
    select
        study,
        feature,
        as_of_date,
        max(greatest(
            abs(seen_up_to / seen - trained_up_to / trained),
            abs((seen_up_to - times) / seen - (trained_up_to - trained_at) / trained)
        )) as ks
    from placed
    where as_of_date is not null
    group by study, feature, as_of_date
),

-- missing values have a bin of their own (-2)
trained_bins as (
    select
        study,
        feature,
        bin,
        customers
    from binned
    where as_of_date is null
    union all
    select
        study,
        feature,
        -1 as bin,
        0 as customers
    from of_training
    union all
    select
        study,
        feature,
        -2 as bin,
        customers - customers_with_value as customers
    from of_training
),

-- the missing are counted among everybody, their values are of a sample, of which one in so many customers is part
dates as (
    select
        figures.study,
        figures.as_of_date,
        figures.feature,
        of_training.customers as trained_customers,
        1 - of_training.customers_with_value / of_training.customers as trained_missing_share,
        1 - figures.value_count / figures.customers as missing_share,
        of_values.customers_with_value,
        of_values.outside_share,
        distances.ks,
        coalesce(
            round(figures.customers * (of_values.customers_with_value / figures.value_count)),
            least(figures.customers, {{ var('exploration_rows') }})
        ) as customers
    from {{ ref('feature_figures') }} as figures
    inner join of_training
        on figures.study = of_training.study
        and figures.feature = of_training.feature
    left join of_values
        on figures.study = of_values.study
        and figures.feature = of_values.feature
        and figures.as_of_date = of_values.as_of_date
    left join distances
        on figures.study = distances.study
        and figures.feature = distances.feature
        and figures.as_of_date = distances.as_of_date
    where
        figures.is_all
        and {{ is_to_write(new, 'figures.as_of_date', 'figures.study') }}
),

compared as (
    select
        dates.*,
        trained_bins.customers / dates.trained_customers as trained_share,
        case
            when trained_bins.bin = -2 then dates.missing_share
            else coalesce(binned.customers * (1 - dates.missing_share) / dates.customers_with_value, 0)
        end as share
    from dates
    inner join trained_bins
        on dates.study = trained_bins.study
        and dates.feature = trained_bins.feature
    left join binned
        on dates.study = binned.study
        and dates.feature = binned.feature
        and dates.as_of_date = binned.as_of_date
        and trained_bins.bin = binned.bin
),

-- An empty bin counts as half a customer, or its logarithm would be infinite: one customer more or less then changes no verdict, and the
-- floor falls as the sample grows, which a fixed one does not.
floored as (
    select
        *,
        greatest(trained_share, 0.5 / trained_customers) as trained_part,
        greatest(share, 0.5 / customers) as part
    from compared
    where trained_share > 0 or share > 0
),

indexed as (
    select
        study,
        as_of_date,
        feature,
        customers,
        trained_customers,
        missing_share,
        trained_missing_share,
        ks,
        outside_share,
        count(*) as bins,
        sum({{ exact('(part - trained_part) * ln(part / trained_part)', 12) }}) as psi
    from floored
    group by
        study, as_of_date, feature, customers, trained_customers, missing_share, trained_missing_share, ks, outside_share
),

judged as (
    select
        *,
        {{ psi_by_chance('bins', 'customers', 'trained_customers') }} as psi_by_chance
    from indexed
)

select
    judged.study,
    judged.as_of_date,
    judged.feature,
    features.label,
    cast(judged.customers as bigint) as customers,
    cast(judged.bins as integer) as bins,
    cast(round(judged.psi, 6) as double) as psi,
    round(judged.psi_by_chance, 6) as psi_by_chance,
    round(judged.ks, 6) as ks,
    round(judged.missing_share, 6) + 0 as missing_share,
    round(judged.trained_missing_share, 6) + 0 as trained_missing_share,
    round(judged.outside_share, 6) as outside_share,
    {{ drift_level('judged.psi', 'judged.psi_by_chance') }} as level,
    features.model_version
from judged
inner join features
    on judged.study = features.study
    and judged.feature = features.feature
