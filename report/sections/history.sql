-- name: dates
-- Only where there is more than one: else there is nothing to compare. Those that an earlier model has scored (var
-- keep_scores) have other segments.
select
    dates.study,
    dates.as_of_date,
    lag(dates.as_of_date) over (partition by dates.study order by dates.as_of_date) as date_before
from study_dates as dates
inner join scored_dates as scored
    on dates.study = scored.study
    and dates.as_of_date = scored.as_of_date
inner join segment_models as models
    on scored.study = models.study
    and scored.registration = models.registration
where dates.is_complete
qualify count(*) over (partition by dates.study) > 1
order by dates.study, dates.as_of_date;

-- name: sizes
select
    study,
    segment,
    persona,
    as_of_date,
    value as customers,
    round(value / sum(value) over (partition by study, as_of_date), 4) as share
from segment_trends
where
    figure = 'customers'
    and segment is not null
order by study, segment, as_of_date;

-- name: figures
with long as (
    select
        study,
        segment,
        persona,
        as_of_date,
        unnest([
            {'place': 1, 'header': 'CLV proxy a customer', 'unit': 'currency', 'value': clv_mean},
            {'place': 2, 'header': 'Card revenue a customer and year', 'unit': 'currency', 'value': card_revenue_mean},
            {'place': 3, 'header': 'Credit score, mean', 'unit': 'number', 'value': credit_score_mean},
            {'place': 4, 'header': 'High digital adoption (share)', 'unit': 'share', 'value': digital_share},
            {'place': 5, 'header': 'High support load (share)', 'unit': 'share', 'value': high_support_share},
            {'place': 6, 'header': 'Card spend fell (share)', 'unit': 'share', 'value': spend_fell_share}
        ], recursive := true)
    from segment_kpis
)

select
    * exclude (value),
    round(value, 4) as value
from long
where value is not null
order by study, place, segment, as_of_date;

-- name: moves
select
    study,
    to_date as as_of_date,
    from_segment as segment,
    from_segment,
    from_persona,
    to_segment,
    to_persona,
    customers,
    round(share_of_from, 4) as share,
    expected_customers as expected
from segment_migration
where is_consecutive
order by study, as_of_date, from_segment, to_segment;

-- name: moved
-- segment 0 is no customer: who left, and who came
with pairs as (
    select
        *,
        from_segment > 0 and to_segment > 0 as is_customer_still,
        from_segment > 0 and to_segment > 0 and from_segment <> to_segment as has_moved
    from segment_migration
    where is_consecutive
),

ranked as (
    select
        *,
        row_number() over (
            partition by study, to_date
            order by has_moved desc, customers desc, from_segment asc, to_segment asc
        ) as place
    from pairs
)

select
    study,
    from_date,
    to_date as as_of_date,
    sum(customers) filter (where to_segment = 0) as left_customers,
    sum(customers) filter (where from_segment = 0) as came,
    sum(came_back) as came_back,
    sum(customers) filter (where is_customer_still) as customers_still,
    coalesce(sum(customers) filter (where has_moved), 0) as moved,
    sum(expected_customers) as expected,
    max(customers) filter (where has_moved and place = 1) as most,
    max(from_persona) filter (where place = 1) as most_from,
    max(to_persona) filter (where place = 1) as most_to
from ranked
group by study, from_date, to_date
order by study, as_of_date;

-- name: trends
select
    study,
    as_of_date,
    segment,
    persona,
    figure,
    value,
    value_before,
    change_stayed,
    change_came,
    change_left,
    change_moved
from segment_trends
where segment is not null
order by study, as_of_date, segment, figure;

-- name: totals
select
    study,
    as_of_date,
    figure,
    value,
    value_before,
    change_stayed,
    change_came,
    change_left
from segment_trends
where segment is null
order by study, as_of_date, figure;

-- name: drift
select
    drift.study,
    drift.as_of_date,
    catalog.position as place,
    drift.label,
    drift.psi,
    drift.level,
    drift.missing_share,
    drift.trained_missing_share,
    drift.outside_share
from feature_drift as drift
inner join feature_catalog as catalog
    on drift.study = catalog.study
    and drift.feature = catalog.feature
order by drift.study, place, drift.as_of_date;

-- name: segment_drift
select
    study,
    as_of_date,
    psi,
    level,
    most_changed_segment,
    most_changed_share,
    most_changed_trained_share
from segment_drift
order by study, as_of_date;

-- name: models
select
    study,
    fitted_as_of
from segment_models;
