-- The model in force; one row for each enabled study, or a sentence that says why there is none.
with versions as (
    {{ fitted_versions() }}
),

customers as (
    select
        study,
        sum(customers) as customers
    from {{ ref('study_dates') }}
    group by study
),

in_force as (
    select
        settings.study,
        case
            when coalesce(max(customers.customers), 0) = 0
                then {{ stop("concat('Study ', settings.study, ' has no customers to score. Look at extract_counts and rejected_rows.')") }}
            when not coalesce(bool_or(registered.is_in_force), false)
                then {{ stop(no_model_in_force('settings.study', 'registered')) }}
            else max(registered.registration) filter (where registered.is_in_force)
        end as registration
    from {{ ref('study_settings') }} as settings
    left join customers on settings.study = customers.study
    left join {{ ref('model_registrations') }} as registered on settings.study = registered.study
    group by settings.study
)

select
    registered.study,
    registered.registration,
    registered.previous_registration,
    registered.model_version,
    versions.version_number,
    versions.fitted_as_of,
    versions.fitted_customers,
    registered.segments,
    registered.segment_numbers,
    selection.has_structure,
    {{ reason_in_force('registered.study', 'selection.reason') }} as reason,
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
inner join {{ ref('model_registrations') }} as registered
    on in_force.study = registered.study
    and in_force.registration = registered.registration
inner join versions
    on registered.study = versions.study
    and registered.model_version = versions.model_version
inner join {{ ref('feature_scaling') }} as scaling
    on registered.study = scaling.study
    and registered.model_version = scaling.model_version
inner join {{ ref('principal_components') }} as components
    on registered.study = components.study
    and registered.model_version = components.model_version
inner join {{ ref('k_selection') }} as selection
    on registered.study = selection.study
    and registered.model_version = selection.model_version
    and registered.segments = selection.segments
inner join {{ ref('kmeans_fits') }} as fits
    on registered.study = fits.study
    and registered.model_version = fits.model_version
    and registered.segments = fits.segments
