with scored as (
    select
        figures.study,
        figures.as_of_date,
        figures.segment,
        figures.feature,
        figures.customers,
        figures.customers / everybody.customers as share,
        figures.mean,
        figures.quantiles,
        everybody.mean as population_mean,
        sqrt(everybody.variance) as population_deviation,
        -- a feature that does not vary sets no segment apart
        case
            when everybody.variance > 0 then round((figures.mean - everybody.mean) / sqrt(everybody.variance), 4)
            when figures.mean is not null then 0
        end as z_score
    from {{ ref('feature_figures') }} as figures
    inner join {{ ref('feature_figures') }} as everybody
        on figures.study = everybody.study
        and figures.as_of_date = everybody.as_of_date
        and figures.feature = everybody.feature
        and everybody.is_all
    where
        not figures.is_all
        and figures.segment is not null
)

select
    scored.study,
    scored.as_of_date,
    scored.segment,
    names.persona,
    scored.feature,
    catalog.label,
    catalog.unit,
    catalog.role,
    scored.customers,
    round(scored.share, 6) as share,
    {{ feature_figure('scored.mean', 'scored.population_deviation') }} as mean,
    {%- for name, position in {'p5': 2, 'q1': 3, 'median': 4, 'q3': 5, 'p95': 6}.items() %}
    {{ feature_figure('scored.quantiles[' ~ position ~ ']', 'scored.population_deviation') }} as {{ name }},
    {%- endfor %}
    {{ feature_figure('scored.population_mean', 'scored.population_deviation') }} as population_mean,
    scored.z_score,
    {{ level_word('levels', 'case when ' ~ is_flag('summary') ~ ' then round(scored.mean, 6) end') }} as level,
    coalesce({{ stands_out('levels') }}, false) as stands_out,
    coalesce({{ is_flag('summary') }}, false) as is_yes_or_no,
    names.has_structure,
    names.model_version
from scored
inner join {{ ref('feature_catalog') }} as catalog
    on scored.study = catalog.study
    and scored.feature = catalog.feature
left join {{ ref('trait_levels') }} as levels on {{ within('scored.z_score', 'levels.z_lower', 'levels.z_upper') }}
left join {{ ref('feature_summary') }} as summary
    on scored.study = summary.study
    and scored.as_of_date = summary.as_of_date
    and scored.feature = summary.feature
left join {{ ref('segment_names') }} as names
    on scored.study = names.study
    and scored.segment = names.segment
