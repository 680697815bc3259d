-- Every model that has been in force, with its figures: what changed from one to the next, and why the last one is in force.
with versions as (
    {{ fitted_versions() }}
)

select
    registered.study,
    registered.registration,
    registered.model_version,
    versions.version_number,
    versions.fitted_as_of,
    versions.fitted_customers,
    registered.source_kind,
    registered.recipe,
    registered.features,
    registered.settings_hash,
    registered.segments,
    selection.inertia,
    selection.silhouette,
    selection.excess,
    selection.stability,
    selection.smallest_share,
    selection.has_structure,
    previous.model_version as previous_model_version,
    previous.segments as previous_segments,
    {{ list_text('registered.segment_numbers', 'none') }} as segment_numbers,
    {{ list_text('registered.segment_overlaps', 'new') }} as segment_overlaps,
    registered.agreement,
    registered.kept_share,
    registered.is_in_force,
    case
        when registered.is_in_force then {{ reason_in_force('registered.study', 'selection.reason') }}
        when registered.turn = max(registered.turn) over (partition by registered.study)
            then 'was the last in force; none is now'
        else 'another model came into force after it'
    end as reason
from {{ ref('model_registrations') }} as registered
inner join versions
    on registered.study = versions.study
    and registered.model_version = versions.model_version
inner join {{ ref('k_selection') }} as selection
    on registered.study = selection.study
    and registered.model_version = selection.model_version
    and registered.segments = selection.segments
left join {{ ref('model_registrations') }} as previous
    on registered.study = previous.study
    and registered.previous_registration = previous.registration
