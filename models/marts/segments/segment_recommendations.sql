select
    personas.study,
    personas.segment,
    personas.persona,
    personas.theme,
    playbook.area,
    playbook.recommendation,
    personas.customers,
    personas.share,
    personas.has_structure
from {{ ref('segment_personas') }} as personas
inner join {{ ref('playbook') }} as playbook
    on personas.study = playbook.study
    and personas.persona = playbook.persona
