-- Are the features still spread as they were in the sample that the model in force was fitted on? A sample of each date against that sample,
-- which is placed once for all dates: the running counts below need one sort, however many dates there are.
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

of_training as (
    select
        study,
        feature,
        count(*) as customers,
        count(value) as customers_with_value,
        count(distinct value) as different_values
    from trained
    group by study, feature
),

-- without a date: of the training sample
counted as (
    select
        study,
        feature,
        cast(null as date) as as_of_date,
        value,
        count(*) as customers
    from trained
    where value is not null
    group by study, feature, value
    union all
    select
        feature_values.study,
        feature_values.feature,
        feature_values.as_of_date,
        feature_values.value,
        count(*) as customers
    from {{ ref('feature_values') }} as feature_values
    inner join of_training
        on feature_values.study = of_training.study
        and feature_values.feature = of_training.feature
    group by feature_values.study, feature_values.feature, feature_values.as_of_date, feature_values.value
),

-- how many have at most this value, or just this one
placed as (
    select
        *,
        coalesce(sum(customers) filter (where as_of_date is null) over (partition by study, feature order by value), 0) as trained_up_to,
        coalesce(sum(customers) filter (where as_of_date is null) over (partition by study, feature, value), 0) as trained_at,
        sum(customers) over (partition by study, feature, as_of_date order by value) as seen_up_to,
        sum(customers) over (partition by study, feature, as_of_date) as seen
    from counted
),

-- A feature with few values has a bin for each, and one (-1) for those that nobody had; others have tenths of the training sample, each up to
-- its quantile: of a value the tenth is told by the share of the sample below it.
binned as (
    select
        placed.*,
        case
            when of_training.different_values <= 12 and placed.trained_at = 0 then -1
            when of_training.different_values <= 12 then placed.trained_up_to
            else least(9, floor(10 * (placed.trained_up_to - placed.trained_at) / of_training.customers_with_value))
        end as bin,
        placed.trained_up_to / of_training.customers_with_value as trained_share_up_to,
        (placed.trained_up_to - placed.trained_at) / of_training.customers_with_value as trained_share_below,
        placed.trained_up_to = 0 or placed.trained_up_to - placed.trained_at = of_training.customers_with_value as is_outside
    from placed
    inner join of_training
        on placed.study = of_training.study
        and placed.feature = of_training.feature
),

-- Kolmogorov and Smirnov's largest distance of the two shares up to a value: it is reached at a value of the date, or just below one
of_values as (
    select
        study,
        feature,
        as_of_date,
        sum(customers) as customers_with_value,
        max(greatest(
            abs(seen_up_to / seen - trained_share_up_to),
            abs((seen_up_to - customers) / seen - trained_share_below)
        )) as ks,
        sum(case when is_outside then customers else 0 end) / sum(customers) as outside_share
    from binned
    where as_of_date is not null
    group by study, feature, as_of_date
),

seen_bins as (
    select
        study,
        feature,
        as_of_date,
        bin,
        sum(customers) as customers
    from binned
    group by study, feature, as_of_date, bin
),

-- missing values have a bin of their own (-2)
trained_bins as (
    select
        study,
        feature,
        bin,
        customers
    from seen_bins
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
        of_values.ks,
        of_values.outside_share,
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
    where figures.is_all
),

compared as (
    select
        dates.*,
        trained_bins.customers / dates.trained_customers as trained_share,
        case
            when trained_bins.bin = -2 then dates.missing_share
            else coalesce(seen_bins.customers * (1 - dates.missing_share) / dates.customers_with_value, 0)
        end as share
    from dates
    inner join trained_bins
        on dates.study = trained_bins.study
        and dates.feature = trained_bins.feature
    left join seen_bins
        on dates.study = seen_bins.study
        and dates.feature = seen_bins.feature
        and dates.as_of_date = seen_bins.as_of_date
        and trained_bins.bin = seen_bins.bin
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
