with matched as (
    select
        scores.study,
        scores.segment,
        scores.persona,
        scores.match
    from {{ ref('persona_matches') }} as matches
    inner join {{ ref('persona_scores') }} as scores
        on matches.study = scores.study
        and matches.segment = scores.segment
        and matches.persona_number = scores.persona_number
)

select
    descriptions.study,
    models.model_version,
    descriptions.segment,
    coalesce(personas.persona, concat(
        descriptions.name,
        -- two segments of one study never share a name
        case
            when count(*) over (partition by descriptions.study, descriptions.name, personas.persona) > 1
                then concat(' (', descriptions.segment, ')')
            else ''
        end
    )) as persona,
    personas.persona is not null as is_catalogued,
    coalesce(personas.description, descriptions.description) as description,
    descriptions.stands_out,
    personas.theme,
    matched.match as persona_match,
    models.has_structure
from {{ ref('segment_descriptions') }} as descriptions
inner join {{ ref('segment_models') }} as models on descriptions.study = models.study
left join matched
    on descriptions.study = matched.study
    and descriptions.segment = matched.segment
left join {{ ref('personas') }} as personas
    on matched.study = personas.study
    and matched.persona = personas.persona
    and matched.match >= {{ var('min_persona_match') }}
