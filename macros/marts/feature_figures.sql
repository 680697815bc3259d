{# Queries on all features of a study, side by side in lists (in the order of feature_catalog.position), for each as_of_date. Wide, so
   that the customers are read once. #}

{# 1st percentile, quartiles and 99th percentile, from a hash sample of about var median_rows customers #}
{% macro feature_quantiles(study) -%}
    {%- set lists = [] -%}
    {%- for value in feature_doubles(study) -%}
        {%- do lists.append(quantiles(value, [0.01, 0.25, 0.5, 0.75, 0.99])) -%}
    {%- endfor -%}
    select
        {{ sql_text(study) }} as study,
        features.as_of_date,
        {{ list_of(lists) }} as quantiles
    {{ from_sampled_features(study, var('median_rows')) }}
    group by features.as_of_date
{%- endmacro %}

{# All other figures, of all customers; needs a relation `quantiles`. Outliers are beyond 1.5 interquartile ranges of the quartiles
   (Tukey 1977). The skewness is computed about the median, which changes nothing but the rounding: cubes of large numbers lose digits. #}
{% macro feature_figures(study) -%}
    {%- set counts, zeros, minima, maxima, means, deviations, skewnesses, outliers = [], [], [], [], [], [], [], [] -%}
    {%- set medians, lower_fences, upper_fences = [], [], [] -%}
    {%- for value in feature_doubles(study) -%}
        {%- set i = '[' ~ loop.index ~ ']' -%}
        {%- set reach = '1.5 * (quantiles' ~ i ~ '[4] - quantiles' ~ i ~ '[2])' -%}
        {%- do medians.append('quantiles' ~ i ~ '[3]') -%}
        {%- do lower_fences.append('quantiles' ~ i ~ '[2] - ' ~ reach) -%}
        {%- do upper_fences.append('quantiles' ~ i ~ '[4] + ' ~ reach) -%}
        {%- do counts.append('count(' ~ value ~ ')') -%}
        {%- do zeros.append('count(*) filter (where ' ~ value ~ ' = 0)') -%}
        {%- do minima.append('min(' ~ value ~ ')') -%}
        {%- do maxima.append('max(' ~ value ~ ')') -%}
        {%- do means.append('cast(avg(' ~ exact(value, 15) ~ ') as double)') -%}
        {%- do deviations.append('stddev_samp(' ~ value ~ ')') -%}
        {%- do skewnesses.append(sample_skewness(value ~ ' - fences.medians' ~ i)) -%}
        {%- do outliers.append('count(*) filter (where ' ~ value ~ ' not between fences.lower' ~ i ~ ' and fences.upper' ~ i ~ ')') -%}
    {%- endfor -%}
    select
        {{ sql_text(study) }} as study,
        features.as_of_date,
        count(*) as customers,
        {{ list_of(counts) }} as value_counts,
        {{ list_of(zeros) }} as zeros,
        {{ list_of(minima) }} as minima,
        {{ list_of(maxima) }} as maxima,
        {{ list_of(means) }} as means,
        {{ list_of(deviations) }} as deviations,
        {{ list_of(skewnesses) }} as skewnesses,
        {{ list_of(outliers) }} as outliers
    from {{ ref('features_' ~ study) }} as features
    left join (
        select
            as_of_date,
            {{ list_of(medians) }} as medians,
            {{ list_of(lower_fences) }} as lower,
            {{ list_of(upper_fences) }} as upper
        from quantiles
        where study = {{ sql_text(study) }}
    ) as fences on features.as_of_date = fences.as_of_date
    group by features.as_of_date
{%- endmacro %}
