-- name: summaries
select
    summary.study,
    summary.label,
    summary.unit,
    catalog.position as place,
    summary.customers,
    summary.missing,
    summary.missing_share,
    summary.minimum,
    summary.median,
    summary.mean,
    summary.maximum,
    summary.skewness,
    summary.outlier_share
from feature_summary as summary
inner join feature_catalog as catalog
    on summary.study = catalog.study
    and summary.feature = catalog.feature
semi join (from study_dates where is_latest) as dates
    on summary.study = dates.study
    and summary.as_of_date = dates.as_of_date
order by summary.study, catalog.position;

-- name: histograms
select
    histograms.study,
    summary.label,
    summary.unit,
    summary.minimum,
    summary.maximum,
    catalog.position as place,
    histograms.bin,
    histograms.bin_label,
    histograms.customers,
    round(histograms.share, 4) as share
from feature_histograms as histograms
inner join feature_catalog as catalog
    on histograms.study = catalog.study
    and histograms.feature = catalog.feature
inner join feature_summary as summary
    on histograms.study = summary.study
    and histograms.as_of_date = summary.as_of_date
    and histograms.feature = summary.feature
semi join (from study_dates where is_latest) as dates
    on histograms.study = dates.study
    and histograms.as_of_date = dates.as_of_date
order by histograms.study, catalog.position, histograms.bin;

-- name: correlations
select
    study,
    position_a,
    position_b,
    label_a,
    label_b,
    round(pearson, 3) as pearson,
    round(spearman, 3) as spearman
from feature_correlations
semi join (from study_dates where is_latest) as dates using (study, as_of_date)
order by study, position_a, position_b;

-- name: findings
select
    study,
    kind,
    finding
from exploratory_findings
semi join (from study_dates where is_latest) as dates using (study, as_of_date)
where kind <> 'claim'
order by study, kind, position;

-- name: claims
select
    study,
    holds,
    finding
from exploratory_findings
semi join (from study_dates where is_latest) as dates using (study, as_of_date)
where kind = 'claim'
order by study, position;

-- name: extracts
select
    extract,
    rows_read,
    rows_staged,
    rows_rejected,
    rejected_share
from extract_counts
order by extract;

-- name: rejections
select
    extract,
    rejection_reason,
    rows_rejected
from rejection_reasons
order by extract, rows_rejected desc, rejection_reason;
