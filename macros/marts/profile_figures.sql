{# A query: number of values, mean, median and variance of all features of a study, side by side in lists (in the order of
   feature_catalog.position), for each as_of_date and segment. Wide, so that the customers are read once. #}
{% macro profile_figures(study) -%}
    {%- set counts, means, quantile_lists, variances = [], [], [], [] -%}
    {%- for feature in (study_features(study) if execute else []) -%}
        {%- do counts.append('count(features.' ~ feature.name ~ ')') -%}
        {%- do means.append('cast(avg(' ~ exact('features.' ~ feature.name, 15) ~ ') as double)') -%}
        {%- do quantile_lists.append(
            quantiles('cast(features.' ~ feature.name ~ ' as double)', [0.05, 0.25, 0.5, 0.75, 0.95]) ~ ' filter (where assignments.is_sampled)'
        ) -%}
        {%- do variances.append('var_pop(features.' ~ feature.name ~ ')') -%}
    {%- endfor -%}
    select
        {{ sql_text(study) }} as study,
        features.as_of_date,
        assignments.segment,
        count(*) as customers,
        {{ list_of(counts) }} as value_counts,
        {{ list_of(means) }} as means,
        {{ list_of(quantile_lists) }} as quantiles,
        {{ list_of(variances) }} as variances
    from {{ ref('features_' ~ study) }} as features
    inner join assignments
        on features.customer_id = assignments.customer_id
        and features.as_of_date = assignments.as_of_date
        and assignments.study = {{ sql_text(study) }}
    group by features.as_of_date, assignments.segment
{%- endmacro %}

{# the customers of a date, and whether each belongs to the sample from which quantiles are taken #}
{% macro sampled_assignments() -%}
    select
        assignments.study,
        assignments.customer_id,
        assignments.as_of_date,
        assignments.segment,
        {{ in_hash_sample('assignments.customer_id', var('median_rows'), 'totals.customers') }} as is_sampled
    from {{ ref('segment_assignments') }} as assignments
    inner join (
        select
            study,
            as_of_date,
            count(*) as customers
        from {{ ref('segment_assignments') }}
        group by study, as_of_date
    ) as totals
        on assignments.study = totals.study
        and assignments.as_of_date = totals.as_of_date
{%- endmacro %}
