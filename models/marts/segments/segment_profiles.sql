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

profiles as (
    select
        study,
        as_of_date,
        segment,
        feature,
        label,
        unit,
        role,
        customers,
        round(customers / all_customers, 6) as share,
        {{ feature_figure('mean', 'population_deviation') }} as mean,
        {{ feature_figure('quantiles[1]', 'population_deviation') }} as p5,
        {{ feature_figure('quantiles[2]', 'population_deviation') }} as q1,
        {{ feature_figure('quantiles[3]', 'population_deviation') }} as median,
        {{ feature_figure('quantiles[4]', 'population_deviation') }} as q3,
        {{ feature_figure('quantiles[5]', 'population_deviation') }} as p95,
        {{ feature_figure('population_mean', 'population_deviation') }} as population_mean,
        -- a feature that does not vary sets no segment apart
        case
            when population_deviation > 0 then round((mean - population_mean) / population_deviation, 4)
            when mean is not null then 0
        end as z_score
    from spread
),

kinds as (
    select
        summary.study,
        summary.as_of_date,
        summary.feature,
        {{ is_flag('summary') }} as is_yes_or_no
    from {{ ref('feature_summary') }} as summary
)

select
    profiles.study,
    profiles.as_of_date,
    profiles.segment,
    names.persona,
    profiles.feature,
    profiles.label,
    profiles.unit,
    profiles.role,
    profiles.customers,
    profiles.share,
    profiles.mean,
    profiles.p5,
    profiles.q1,
    profiles.median,
    profiles.q3,
    profiles.p95,
    profiles.population_mean,
    profiles.z_score,
    {{ level_word('levels', 'case when kinds.is_yes_or_no then profiles.mean end') }} as level,
    coalesce(kinds.is_yes_or_no, false) as is_yes_or_no,
    names.has_structure,
    names.model_version
from profiles
left join {{ ref('trait_levels') }} as levels on {{ within('profiles.z_score', 'levels.z_lower', 'levels.z_upper') }}
left join kinds
    on profiles.study = kinds.study
    and profiles.as_of_date = kinds.as_of_date
    and profiles.feature = kinds.feature
left join {{ ref('segment_names') }} as names
    on profiles.study = names.study
    and profiles.segment = names.segment
