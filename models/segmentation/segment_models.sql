-- The newest version with a study's current settings is in force; one row for each enabled study, or a sentence that says why not.
with versions as (
    select
        study,
        model_version,
        settings_hash,
        version_number,
        as_of_date as fitted_as_of,
        count(*) as fitted_customers
    from {{ ref('training_sample') }}
    group by study, model_version, settings_hash, version_number, as_of_date
),

customers as (
    select
        study,
        count(*) as customers
    from {{ ref('feature_vectors') }}
    group by study
),

in_force as (
    select
        settings.study,
        case
            when coalesce(max(customers.customers), 0) = 0
                then {{ stop("concat('Study ', settings.study, ' has no customers to score. Look at extract_counts and rejected_rows.')") }}
            when max(versions.version_number) is null
                then {{ stop(
                    "concat('Study ', settings.study, ' has no model for its current settings. Run dbt build without --selector score once.')"
                ) }}
            else max(versions.version_number)
        end as version_number
    from {{ ref('study_settings') }} as settings
    left join customers on settings.study = customers.study
    left join versions
        on settings.study = versions.study
        and settings.settings_hash = versions.settings_hash
    group by settings.study
),

chosen as (
    select *
    from {{ ref('k_selection') }}
    where is_in_force
)

select
    versions.study,
    versions.model_version,
    versions.version_number,
    versions.fitted_as_of,
    versions.fitted_customers,
    coalesce(chosen.segments, {{ stop(
        "concat('Study ', versions.study, ' asks for a number of segments that was not fitted; k_selection has those that were.')"
    ) }}) as segments,
    chosen.has_structure,
    chosen.reason,
    scaling.fill,
    scaling.lower,
    scaling.upper,
    scaling.lambdas,
    scaling.mean,
    scaling.scale,
    fits.centres,
    fits.profile_z,
    fits.distance_p99,
    components.explained,
    components.loadings,
    components.centre as component_centre
from in_force
inner join versions
    on in_force.study = versions.study
    and in_force.version_number = versions.version_number
inner join {{ ref('feature_scaling') }} as scaling
    on versions.study = scaling.study
    and versions.model_version = scaling.model_version
inner join {{ ref('principal_components') }} as components
    on versions.study = components.study
    and versions.model_version = components.model_version
left join chosen
    on versions.study = chosen.study
    and versions.model_version = chosen.model_version
left join {{ ref('kmeans_fits') }} as fits
    on chosen.study = fits.study
    and chosen.model_version = fits.model_version
    and chosen.segments = fits.segments
