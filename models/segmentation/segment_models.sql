-- The model in force; one row for each enabled study that can be segmented, or a sentence that says why there is none.
with versions as (
    {{ fitted_versions() }}
),

candidates as (
    select
        settings.study,
        max(registered.registration) filter (where registered.is_in_force) as registration,
        coalesce(
            string_agg(distinct concat(registered.model_version, ' (', registered.segments, ' segments)'), ', '), 'none'
        ) as versions_that_were,
        max(left_out.reason) as left_out
    from {{ ref('study_settings') }} as settings
    left join {{ ref('model_registrations') }} as registered on settings.study = registered.study
    left join {{ ref('studies_left_out') }} as left_out
        on settings.study = left_out.study
        and left_out.is_left_out
    group by settings.study
),

in_force as (
    select
        study,
        case
            when bool_and(left_out is not null) over () then {{ stop("string_agg(left_out, ' ') over ()") }}
            when left_out is not null then null
            {% for name, version in pinned_versions().items() -%}
            when registration is null and study = {{ sql_text(name) }}
                then {{ stop("concat('Var model_versions pins version ', " ~ sql_text(version) ~ ", ' of study ', study, "
                    ~ "', which was never in force. There are: ', versions_that_were, '.')") }}
            {% endfor -%}
            when registration is null
                then {{ stop("concat('Study ', study, ' has no model for its current settings. "
                    ~ "Run dbt build without --selector score once.')") }}
            else registration
        end as registration
    from candidates
)

select
    registered.study,
    registered.registration,
    registered.previous_registration,
    registered.model_version,
    versions.version_number,
    versions.fitted_as_of,
    versions.fitted_customers,
    coalesce(versions.definition = settings.definition, false) as is_defined_as_today,
    versions.weights,
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
inner join {{ ref('study_settings') }} as settings on registered.study = settings.study
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
