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
),

scored as (
    select
        *,
        -- a feature that does not vary sets no segment apart
        case
            when population_deviation > 0 then round((mean - population_mean) / population_deviation, 4)
            when mean is not null then 0
        end as z_score
    from spread
)

select
    scored.study,
    scored.as_of_date,
    scored.segment,
    names.persona,
    scored.feature,
    scored.label,
    scored.unit,
    scored.role,
    scored.customers,
    round(scored.customers / scored.all_customers, 6) as share,
    {{ feature_figure('scored.mean', 'scored.population_deviation') }} as mean,
    {{ feature_figure('scored.quantiles[1]', 'scored.population_deviation') }} as p5,
    {{ feature_figure('scored.quantiles[2]', 'scored.population_deviation') }} as q1,
    {{ feature_figure('scored.quantiles[3]', 'scored.population_deviation') }} as median,
    {{ feature_figure('scored.quantiles[4]', 'scored.population_deviation') }} as q3,
    {{ feature_figure('scored.quantiles[5]', 'scored.population_deviation') }} as p95,
    {{ feature_figure('scored.population_mean', 'scored.population_deviation') }} as population_mean,
    scored.z_score,
    {{ level_word('levels', 'case when ' ~ is_flag('summary') ~ ' then round(scored.mean, 6) end') }} as level,
    coalesce({{ stands_out('levels') }}, false) as stands_out,
    coalesce({{ is_flag('summary') }}, false) as is_yes_or_no,
    names.has_structure,
    names.model_version
from scored
left join {{ ref('trait_levels') }} as levels on {{ within('scored.z_score', 'levels.z_lower', 'levels.z_upper') }}
left join {{ ref('feature_summary') }} as summary
    on scored.study = summary.study
    and scored.as_of_date = summary.as_of_date
    and scored.feature = summary.feature
left join {{ ref('segment_names') }} as names
    on scored.study = names.study
    and scored.segment = names.segment
