-- name: fits
select
    selection.study,
    selection.segments,
    selection.inertia,
    selection.silhouette,
    selection.null_silhouette,
    selection.stability,
    selection.is_elbow,
    selection.is_rule_choice,
    selection.segments = models.segments as is_in_force
from k_selection as selection
inner join segment_models as models
    on selection.study = models.study
    and selection.model_version = models.model_version
order by selection.study, selection.segments;

-- name: silhouettes
with sizes as (
    select
        study,
        segment,
        share,
        coalesce(sum(share) over (
            partition by study
            order by segment
            rows between unbounded preceding and 1 preceding
        ), 0) as above
    from segment_personas
)

select
    silhouettes.study,
    silhouettes.segment,
    round(silhouettes.silhouette, 3) as silhouette,
    round(sizes.above + sizes.share * (1 - silhouettes.share_below), 4) as height,
    health.silhouette as mean_silhouette
from segment_silhouettes as silhouettes
inner join sizes
    on silhouettes.study = sizes.study
    and silhouettes.segment = sizes.segment
inner join segmentation_health as health
    on silhouettes.study = health.study
    and silhouettes.model_version = health.model_version
order by silhouettes.study, silhouettes.segment, silhouettes.share_below;

-- name: points
select
    scatter.study,
    scatter.segment,
    scatter.persona,
    round(scatter.component_1, 2) as component_1,
    round(scatter.component_2, 2) as component_2
from segment_scatter as scatter
inner join study_dates as dates
    on scatter.study = dates.study
    and scatter.as_of_date = dates.as_of_date
    and dates.is_latest
order by scatter.study, scatter.point;

-- name: components
select
    study,
    explained[1] as explained_1,
    explained[2] as explained_2
from segment_models;

-- name: profiles
with yes_or_no as (
    select
        study,
        as_of_date,
        feature,
        -- between 0 and 1 the square of a value equals the value for 0 and 1 alone; then the variance is mean * (1 - mean)
        minimum = 0 and maximum = 1 and abs(
            standard_deviation * standard_deviation * (customers - missing - 1) / (customers - missing) - mean * (1 - mean)
        ) < 1e-5 as is_yes_or_no
    from feature_summary
)

select
    profiles.study,
    profiles.segment,
    profiles.persona,
    profiles.customers,
    profiles.feature,
    profiles.label,
    case when kinds.is_yes_or_no then concat(profiles.label, ' (share)') else profiles.label end as header,
    profiles.unit,
    profiles.role,
    catalog.position as place,
    profiles.mean,
    case when kinds.is_yes_or_no then 0 else profiles.p5 end as p5,
    case when kinds.is_yes_or_no then 0 else profiles.q1 end as q1,
    case when kinds.is_yes_or_no then profiles.mean else profiles.median end as median,
    case when kinds.is_yes_or_no then profiles.mean else profiles.q3 end as q3,
    case when kinds.is_yes_or_no then profiles.mean else profiles.p95 end as p95,
    profiles.population_mean,
    profiles.z_score
from segment_profiles as profiles
inner join feature_catalog as catalog
    on profiles.study = catalog.study
    and profiles.feature = catalog.feature
left join yes_or_no as kinds
    on profiles.study = kinds.study
    and profiles.as_of_date = kinds.as_of_date
    and profiles.feature = kinds.feature
inner join segment_personas as personas
    on profiles.study = personas.study
    and profiles.segment = personas.segment
    and profiles.as_of_date = personas.as_of_date
order by profiles.study, catalog.position, profiles.segment;
