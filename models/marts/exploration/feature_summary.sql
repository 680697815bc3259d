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
    round(minimum, 6) as minimum,
    round(quantiles[1], 6) as p1,
    round(quantiles[2], 6) as q1,
    round(quantiles[3], 6) as median,
    round(quantiles[4], 6) as q3,
    round(quantiles[5], 6) as p99,
    round(maximum, 6) as maximum,
    round(mean, 6) as mean,
    round(standard_deviation, 6) as standard_deviation,
    round(skewness, 6) as skewness,
    case when quantiles[2] is not null then outliers end as outliers,
    case when quantiles[2] is not null then round(outliers / nullif(value_count, 0), 6) end as outlier_share
from long
