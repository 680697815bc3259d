-- Traits and recommendations of personas that are not in personas.csv; traits on features that an enabled study does not have;
-- personas of an enabled study without a recommendation for each of the six areas.
with named as (
    select
        study,
        persona,
        cast(null as varchar) as feature,
        'playbook' as seed
    from {{ ref('playbook') }}
    union all
    select
        study,
        persona,
        feature,
        'persona_traits' as seed
    from {{ ref('persona_traits') }}
),

advised as (
    select
        study,
        persona,
        count(distinct area) as areas
    from {{ ref('playbook') }}
    where area in ('revenue growth', 'cost optimisation', 'risk management', 'marketing', 'product', 'customer service')
    group by study, persona
)

select named.*
from named
left join {{ ref('personas') }} as personas
    on named.study = personas.study
    and named.persona = personas.persona
left join {{ ref('study_settings') }} as settings on named.study = settings.study
left join {{ ref('feature_catalog') }} as features
    on named.study = features.study
    and named.feature = features.feature
where
    personas.persona is null
    or (named.feature is not null and settings.study is not null and features.feature is null)

union all

select
    personas.study,
    personas.persona,
    cast(null as varchar) as feature,
    'fewer than six areas in playbook' as seed
from {{ ref('personas') }} as personas
inner join {{ ref('study_settings') }} as settings on personas.study = settings.study
left join advised
    on personas.study = advised.study
    and personas.persona = advised.persona
where coalesce(advised.areas, 0) < 6
