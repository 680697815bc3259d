with given as (
    select
        matches.study,
        matches.registration,
        matches.segment,
        scores.match,
        personas.persona as catalogued,
        personas.theme,
        coalesce(personas.persona, described.name) as name,
        coalesce(personas.description, described.description) as description
    from {{ ref('persona_matches') }} as matches
    inner join {{ ref('segment_descriptions') }} as described
        on matches.study = described.study
        and matches.described_in = described.registration
        and matches.segment = described.segment
    left join {{ ref('persona_scores') }} as scores
        on matches.study = scores.study
        and matches.registration = scores.registration
        and matches.segment = scores.segment
        and matches.persona_number = scores.persona_number
    left join {{ ref('personas') }} as personas
        on scores.study = personas.study
        and scores.persona = personas.persona
        and scores.is_enough
),

-- no two segments of a study share a name, nor does one take the name that another had in the model before
repeated as (
    select
        models.study,
        models.model_version,
        models.has_structure,
        given.segment,
        given.catalogued is null and count(*) > 1 as is_repeated
    from {{ ref('segment_models') }} as models
    inner join given
        on models.study = given.study
        and models.registration = given.registration
    inner join given as others
        on models.study = others.study
        and given.name = others.name
        and (
            models.registration = others.registration
            or (models.previous_registration = others.registration and given.segment <> others.segment)
        )
    group by models.study, models.model_version, models.has_structure, given.segment, given.catalogued
)

select
    given.study,
    repeated.model_version,
    given.segment,
    concat(given.name, case when repeated.is_repeated then concat(' (', given.segment, ')') else '' end) as persona,
    given.catalogued is not null as is_catalogued,
    given.description,
    described.stands_out,
    given.theme,
    given.match as persona_match,
    repeated.has_structure
from {{ ref('segment_models') }} as models
inner join given
    on models.study = given.study
    and models.registration = given.registration
inner join repeated
    on given.study = repeated.study
    and given.segment = repeated.segment
inner join {{ ref('segment_descriptions') }} as described
    on given.study = described.study
    and given.registration = described.registration
    and given.segment = described.segment
