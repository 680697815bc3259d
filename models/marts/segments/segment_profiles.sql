-- depends_on: {{ ref('feature_catalog') }}
with assignments as (
    {{ sampled_assignments() }}
),

figures as (
    {% for study in var('studies') -%}
    {{ profile_figures(study) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

long as (
    select
        figures.study,
        figures.as_of_date,
        figures.segment,
        figures.customers,
        catalog.feature,
        catalog.label,
        catalog.unit,
        catalog.role,
        figures.value_counts[catalog.position] as value_count,
        figures.means[catalog.position] as mean,
        figures.quantiles[catalog.position] as quantiles,
        figures.variances[catalog.position] as variance
    from figures
    inner join {{ ref('feature_catalog') }} as catalog on figures.study = catalog.study
),

-- everybody's mean and standard deviation, from those of the segments (the law of total variance)
centred as (
    select
        *,
        sum(customers) over (partition by study, as_of_date, feature) as all_customers,
        sum(value_count * mean) over (partition by study, as_of_date, feature)
        / nullif(sum(value_count) over (partition by study, as_of_date, feature), 0) as population_mean
    from long
),

spread as (
    select
        *,
        sqrt(
            sum(value_count * (variance + (mean - population_mean) * (mean - population_mean)))
                over (partition by study, as_of_date, feature)
            / nullif(sum(value_count) over (partition by study, as_of_date, feature), 0)
        ) as population_deviation
    from centred
)

select
    spread.study,
    spread.as_of_date,
    spread.segment,
    names.persona,
    spread.feature,
    spread.label,
    spread.unit,
    spread.role,
    spread.customers,
    round(spread.customers / spread.all_customers, 6) as share,
    round(spread.mean, 6) as mean,
    round(spread.quantiles[1], 6) as p5,
    round(spread.quantiles[2], 6) as q1,
    round(spread.quantiles[3], 6) as median,
    round(spread.quantiles[4], 6) as q3,
    round(spread.quantiles[5], 6) as p95,
    round(spread.population_mean, 6) as population_mean,
    -- a feature that does not vary sets no segment apart
    case
        when spread.population_deviation > 0
            then round((spread.mean - spread.population_mean) / spread.population_deviation, 4)
        when spread.mean is not null then 0
    end as z_score,
    names.has_structure,
    names.model_version
from spread
left join {{ ref('segment_names') }} as names
    on spread.study = names.study
    and spread.segment = names.segment
