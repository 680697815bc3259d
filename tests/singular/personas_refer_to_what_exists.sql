-- Traits and recommendations of personas that are not in personas.csv; traits and claims on features that an enabled study does not have.
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
    union all
    select
        study,
        null as persona,
        feature,
        'finding_claims' as seed
    from {{ ref('finding_claims') }}
    union all
    select
        study,
        null as persona,
        other_feature as feature,
        'finding_claims' as seed
    from {{ ref('finding_claims') }}
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
    (named.seed <> 'finding_claims' and personas.persona is null)
    or (named.feature is not null and settings.study is not null and features.feature is null)
