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

population as (
    select *
    from figures
    where segment is null
)

select
    figures.study,
    figures.as_of_date,
    figures.segment,
    names.persona,
    catalog.feature,
    catalog.label,
    catalog.unit,
    catalog.role,
    figures.customers,
    round(figures.customers / population.customers, 6) as share,
    round(figures.means[catalog.position], 6) as mean,
    round(figures.medians[catalog.position], 6) as median,
    round(population.means[catalog.position], 6) as population_mean,
    round(
        (figures.means[catalog.position] - population.means[catalog.position])
        -- a feature that does not vary sets no segment apart
        / coalesce(nullif(population.deviations[catalog.position], 0), 1),
        4
    ) as z_score,
    names.has_structure,
    names.model_version
from figures
inner join population
    on figures.study = population.study
    and figures.as_of_date = population.as_of_date
inner join {{ ref('feature_catalog') }} as catalog on figures.study = catalog.study
left join {{ ref('segment_names') }} as names
    on figures.study = names.study
    and figures.segment = names.segment
where figures.segment is not null
