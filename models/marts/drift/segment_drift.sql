{% set new = by_date('scored_dates', part='study') -%}

-- Are the segments still as large, and the customers as near to their centres, as in the sample that the model in force was fitted on?
with measured as (
    select
        vectors.study,
        models.segment_numbers,
        models.distance_p99,
        {{ distances('vectors.z', 'models.centres') }} as distances
    from {{ ref('training_vectors') }} as vectors
    inner join {{ ref('segment_models') }} as models
        on vectors.study = models.study
        and vectors.model_version = models.model_version
),

ranked as (
    select
        *,
        {{ positions_by_value('distances') }} as nearest
    from measured
),

-- as segment_assignments has it of everybody
trained as (
    select
        study,
        segment_numbers[nearest[1]] as segment,
        distances[nearest[1]] as distance,
        1 - distances[nearest[1]] / nullif(distances[nearest[2]], 0) as margin,
        distances[nearest[1]] > distance_p99 + 1e-9 as is_outlier
    from ranked
),

-- without a date: of the training sample
segments as (
    select
        study,
        cast(null as date) as as_of_date,
        segment,
        count(*) as customers,
        sum({{ exact('distance') }}) as distance,
        count(*) filter (where margin < {{ var('border_margin') }}) as on_border,
        count(*) filter (where is_outlier) as outliers
    from trained
    group by study, segment
    union all
    select
        study,
        as_of_date,
        segment,
        count(*) as customers,
        sum({{ exact('distance') }}) as distance,
        count(*) filter (where margin < {{ var('border_margin') }}) as on_border,
        count(*) filter (where is_outlier) as outliers
    from {{ ref('segment_assignments') }}
    where {{ is_to_write(new, 'as_of_date', 'study') }}
    group by study, as_of_date, segment
),

totals as (
    select
        study,
        as_of_date,
        sum(customers) as customers,
        sum(distance) / sum(customers) as mean_distance,
        sum(on_border) / sum(customers) as border_share,
        sum(outliers) / sum(customers) as outlier_share
    from segments
    group by study, as_of_date
),

-- every segment at every date
compared as (
    select
        dates.study,
        dates.as_of_date,
        before.segment,
        dates.customers,
        trained_totals.customers as trained_customers,
        before.customers / trained_totals.customers as trained_share,
        coalesce(now.customers, 0) / dates.customers as share,
        -- none counts as half a customer, as in feature_drift
        greatest(coalesce(now.customers, 0), 0.5) / dates.customers as part
    from totals as dates
    inner join totals as trained_totals
        on dates.study = trained_totals.study
        and trained_totals.as_of_date is null
    inner join segments as before
        on dates.study = before.study
        and before.as_of_date is null
    left join segments as now
        on dates.study = now.study
        and dates.as_of_date = now.as_of_date
        and before.segment = now.segment
    where dates.as_of_date is not null
),

ordered as (
    select
        *,
        row_number() over (partition by study, as_of_date order by round(abs(share - trained_share), 9) desc, segment asc) as place
    from compared
),

indexed as (
    select
        study,
        as_of_date,
        sum({{ exact('(part - trained_share) * ln(part / trained_share)', 12) }}) as psi,
        {{ psi_by_chance('count(*)', 'min(customers)', 'min(trained_customers)') }} as psi_by_chance,
        max(case when place = 1 then segment end) as most_changed_segment,
        max(case when place = 1 then share end) as most_changed_share,
        max(case when place = 1 then trained_share end) as most_changed_trained_share
    from ordered
    group by study, as_of_date
)

select
    indexed.study,
    indexed.as_of_date,
    cast(now.customers as bigint) as customers,
    cast(round(indexed.psi, 6) as double) as psi,
    round(indexed.psi_by_chance, 6) as psi_by_chance,
    indexed.most_changed_segment,
    round(indexed.most_changed_share, 6) as most_changed_share,
    round(indexed.most_changed_trained_share, 6) as most_changed_trained_share,
    round(now.outlier_share, 6) as outlier_share,
    round(before.outlier_share, 6) as trained_outlier_share,
    cast(round(now.mean_distance, 6) as double) as mean_distance,
    cast(round(before.mean_distance, 6) as double) as trained_mean_distance,
    round(now.border_share, 6) as border_share,
    round(before.border_share, 6) as trained_border_share,
    {{ drift_level('indexed.psi', 'indexed.psi_by_chance') }} as level,
    models.model_version
from indexed
inner join totals as now
    on indexed.study = now.study
    and indexed.as_of_date = now.as_of_date
inner join totals as before
    on indexed.study = before.study
    and before.as_of_date is null
inner join {{ ref('segment_models') }} as models on indexed.study = models.study
