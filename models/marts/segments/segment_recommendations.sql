with flagged as (
    select
        study,
        as_of_date,
        segment,
        count(ratio) as compared,
        string_agg(
            concat(attribute, ' ', group_name, ' (', {{ number_text('ratio', 2) }}, ')'), ', '
            order by attribute, position
        ) filter (where is_flagged) as groups
    from {{ ref('segment_fairness') }}
    group by study, as_of_date, segment
)

select
    personas.study,
    personas.segment,
    personas.persona,
    personas.theme,
    playbook.area,
    playbook.recommendation,
    playbook.is_credit_advice,
    case
        when playbook.is_credit_advice then concat(
            'Of the group, not for deciding on the credit of one customer. ',
            case
                when coalesce(flagged.compared, 0) = 0 then 'Whether it falls on protected groups unevenly is not known.'
                when flagged.groups is null then 'No protected group is flagged in this segment.'
                else concat('Flagged in this segment, times their share of all customers: ', flagged.groups, '.')
            end
        )
    end as caution,
    personas.customers,
    personas.share,
    personas.has_structure
from {{ ref('segment_personas') }} as personas
inner join {{ ref('playbook') }} as playbook
    on personas.study = playbook.study
    and personas.persona = playbook.persona
left join flagged
    on personas.study = flagged.study
    and personas.segment = flagged.segment
    and personas.as_of_date = flagged.as_of_date
