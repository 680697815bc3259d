with quantiles as (
    {% for study in var('studies') -%}
    {{ feature_quantiles(study) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

figures as (
    {% for study in var('studies') -%}
    {{ feature_figures(study) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

long as (
    select
        figures.study,
        figures.as_of_date,
        catalog.feature,
        catalog.label,
        catalog.unit,
        catalog.role,
        figures.customers,
        figures.value_counts[catalog.position] as value_count,
        figures.zeros[catalog.position] as zeros,
        figures.minima[catalog.position] as minimum,
        quantiles.quantiles[catalog.position] as quantiles,
        figures.maxima[catalog.position] as maximum,
        figures.means[catalog.position] as mean,
        figures.deviations[catalog.position] as standard_deviation,
        figures.skewnesses[catalog.position] as skewness,
        figures.outliers[catalog.position] as outliers
    from figures
    inner join {{ ref('feature_catalog') }} as catalog on figures.study = catalog.study
    left join quantiles
        on figures.study = quantiles.study
        and figures.as_of_date = quantiles.as_of_date
)

select
    study,
    as_of_date,
    feature,
    label,
    unit,
    role,
    customers,
    customers - value_count as missing,
    round(1 - value_count / customers, 6) as missing_share,
    zeros,
    round(zeros / nullif(value_count, 0), 6) as zero_share,
    {{ feature_figure('minimum', 'standard_deviation') }} as minimum,
    {{ feature_figure('quantiles[1]', 'standard_deviation') }} as p1,
    {{ feature_figure('quantiles[2]', 'standard_deviation') }} as q1,
    {{ feature_figure('quantiles[3]', 'standard_deviation') }} as median,
    {{ feature_figure('quantiles[4]', 'standard_deviation') }} as q3,
    {{ feature_figure('quantiles[5]', 'standard_deviation') }} as p99,
    {{ feature_figure('maximum', 'standard_deviation') }} as maximum,
    {{ feature_figure('mean', 'standard_deviation') }} as mean,
    {{ feature_figure('standard_deviation', 'standard_deviation') }} as standard_deviation,
    round(skewness, 6) as skewness,
    case when quantiles[2] is not null then outliers end as outliers,
    case when quantiles[2] is not null then round(outliers / nullif(value_count, 0), 6) end as outlier_share
from long
