select
    figures.study,
    figures.as_of_date,
    figures.feature,
    catalog.label,
    catalog.unit,
    catalog.role,
    figures.customers,
    figures.customers - figures.value_count as missing,
    round(1 - figures.value_count / figures.customers, 6) as missing_share,
    figures.zeros,
    round(figures.zeros / nullif(figures.value_count, 0), 6) as zero_share,
    {%- set deviation = 'sqrt(figures.variance * figures.value_count / nullif(figures.value_count - 1, 0))' %}
    {{ feature_figure('figures.minimum', deviation) }} as minimum,
    {%- for name, position in {'p1': 1, 'q1': 3, 'median': 4, 'q3': 5, 'p99': 7}.items() %}
    {{ feature_figure('figures.quantiles[' ~ position ~ ']', deviation) }} as {{ name }},
    {%- endfor %}
    {{ feature_figure('figures.maximum', deviation) }} as maximum,
    {{ feature_figure('figures.mean', deviation) }} as mean,
    {{ feature_figure(deviation, deviation) }} as standard_deviation,
    round(figures.skewness, 6) as skewness,
    cast(round(figures.outlier_share * figures.value_count) as bigint) as outliers,
    round(figures.outlier_share, 6) as outlier_share
from {{ ref('feature_figures') }} as figures
inner join {{ ref('feature_catalog') }} as catalog
    on figures.study = catalog.study
    and figures.feature = catalog.feature
where figures.is_all
