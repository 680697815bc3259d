-- A persona, or what stands out: as many words as it takes to differ from the others by what they say, else by the segment's number.
with matched as (
    select
        models.study,
        models.model_version,
        models.has_structure,
        matches.segment,
        scores.match,
        personas.persona,
        personas.theme,
        matches.described_in,
        matches.words,
        matches.is_repeated
    from {{ ref('segment_models') }} as models
    inner join {{ ref('persona_matches') }} as matches
        on models.study = matches.study
        and models.registration = matches.registration
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

described as (
    select
        matched.study,
        matched.segment,
        coalesce(string_agg(traits.phrase, ', ' order by traits.place), 'average customers') as words
    from matched
    left join {{ ref('segment_traits') }} as traits
        on matched.study = traits.study
        and matched.described_in = traits.registration
        and matched.segment = traits.segment
        and matched.words >= traits.place
    group by matched.study, matched.segment
)

select
    matched.study,
    matched.model_version,
    matched.segment,
    coalesce(matched.persona, concat(
        upper(substr(described.words, 1, 1)), substr(described.words, 2),
        case when matched.is_repeated then concat(' (', matched.segment, ')') else '' end
    )) as persona,
    matched.persona is not null as is_catalogued,
    matched.theme,
    matched.match as persona_match,
    case when matched.persona is null then matched.described_in end as described_in,
    case when matched.persona is null then matched.words end as words,
    matched.has_structure
from matched
inner join described
    on matched.study = described.study
    and matched.segment = described.segment
