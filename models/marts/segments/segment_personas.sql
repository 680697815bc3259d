with dated as (
    select
        *,
        max(as_of_date) over (partition by study) as latest
    from {{ ref('persona_claims') }}
),

claims as (
    select
        study,
        segment,
        count(*) as claims,
        count(*) filter (where not holds) as claims_failed,
        string_agg(
            concat(
                label, ': not ', expected_level, ' (z = ', round(z_score, 2),
                case
                    when percentile is not null
                        then concat(', ', {{ ordinal('cast(round(100 * percentile) as integer)') }}, ' percentile')
                end,
                ')'
            ), '; ' order by feature
        ) filter (where not holds) as failed_claims
    from dated
    where as_of_date = latest
    group by study, segment
),

sizes as (
    select
        study,
        segment,
        as_of_date,
        count(*) as customers,
        max(as_of_date) over (partition by study) as latest,
        sum(count(*)) over (partition by study, as_of_date) as portfolio
    from {{ ref('segment_assignments') }}
    group by study, segment, as_of_date
),

latest as (
    select *
    from sizes
    where as_of_date = latest
)

select
    names.study,
    names.segment,
    names.persona,
    names.is_catalogued,
    names.description,
    names.stands_out,
    names.theme,
    round(names.persona_match, 4) as persona_match,
    coalesce(claims.claims, 0) as claims,
    coalesce(claims.claims_failed, 0) as claims_failed,
    claims.failed_claims,
    max(latest.as_of_date) over (partition by names.study) as as_of_date,
    coalesce(latest.customers, 0) as customers,
    coalesce(round(latest.customers / latest.portfolio, 6), 0) as share,
    names.has_structure,
    health.verdict,
    names.model_version
from {{ ref('segment_names') }} as names
left join {{ ref('segmentation_health') }} as health
    on names.study = health.study
    and names.model_version = health.model_version
left join claims
    on names.study = claims.study
    and names.segment = claims.segment
left join latest
    on names.study = latest.study
    and names.segment = latest.segment
