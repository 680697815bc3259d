-- name: models
select
    models.study,
    models.fill,
    models.lower,
    models.upper,
    models.lambdas,
    models.mean,
    models.scale,
    models.centres,
    models.segment_numbers,
    models.distance_p99
from segment_models as models;

-- name: features
select
    catalog.study,
    catalog.feature,
    catalog.label,
    catalog.unit,
    catalog.variable,
    summary.median,
    summary.mean,
    summary.minimum,
    summary.maximum
from feature_catalog as catalog
left join study_dates as dates
    on catalog.study = dates.study
    and dates.is_latest
left join feature_summary as summary
    on catalog.study = summary.study
    and catalog.feature = summary.feature
    and dates.as_of_date = summary.as_of_date
where catalog.role = 'cluster'
order by catalog.study, catalog.position;
