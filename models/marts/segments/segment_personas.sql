{{ config(pre_hook="{{ begin_stage('describing the segments: personas, key figures, reasons') }}") }}

with latest as (
    select
        assignments.study,
        assignments.segment,
        assignments.as_of_date,
        count(*) as customers,
        sum(count(*)) over (partition by assignments.study) as portfolio
    from {{ ref('segment_assignments') }} as assignments
    inner join {{ ref('study_dates') }} as dates
        on assignments.study = dates.study
        and assignments.as_of_date = dates.as_of_date
        and dates.is_latest
    group by assignments.study, assignments.segment, assignments.as_of_date
),

claims as (
    select
        claims.*,
        row_number() over (
            partition by claims.study, claims.segment, claims.holds order by abs(claims.z_score) desc, claims.feature asc
        ) as place,
        count(*) over (partition by claims.study, claims.segment, claims.holds) as last
    from {{ ref('persona_claims') }} as claims
    inner join latest
        on claims.study = latest.study
        and claims.segment = latest.segment
        and claims.as_of_date = latest.as_of_date
),

claimed as (
    select
        study,
        segment,
        count(*) as claims,
        count(*) filter (where not holds) as claims_failed,
        string_agg(in_words, '; ' order by feature) filter (where not holds) as failed_claims,
        concat(
            string_agg(in_words, ', ' order by place) filter (where holds and place < last),
            case when max(last) filter (where holds) > 1 then ' and ' else '' end,
            max(in_words) filter (where holds and place = last)
        ) as description
    from claims
    group by study, segment
),

traits as (
    select
        profiles.study,
        profiles.segment,
        {{ level_phrase('profiles.level', 'profiles.label') }} as phrase,
        row_number() over (partition by profiles.study, profiles.segment order by abs(profiles.z_score) desc, profiles.label asc) as place
    from {{ ref('segment_profiles') }} as profiles
    inner join latest
        on profiles.study = latest.study
        and profiles.segment = latest.segment
        and profiles.as_of_date = latest.as_of_date
    where profiles.stands_out and profiles.role = 'cluster'
),

described as (
    select
        study,
        segment,
        string_agg(phrase, ', ' order by place) as stands_out
    from traits
    where place <= 4
    group by study, segment
)

select
    names.study,
    names.segment,
    names.persona,
    names.is_catalogued,
    case
        when not names.is_catalogued then 'No persona of the catalogue fits.'
        when claimed.claims is null then 'Nothing that its name claims can be checked at this date.'
        when claimed.description = '' then 'Nothing that its name claims holds.'
        else concat(upper(substr(claimed.description, 1, 1)), substr(claimed.description, 2), '.')
    end as description,
    coalesce(upper(substr(described.stands_out, 1, 1)) || substr(described.stands_out, 2), 'No feature stands out') as stands_out,
    names.theme,
    round(names.persona_match, 4) as persona_match,
    coalesce(claimed.claims, 0) as claims,
    coalesce(claimed.claims_failed, 0) as claims_failed,
    claimed.failed_claims,
    max(latest.as_of_date) over (partition by names.study) as as_of_date,
    coalesce(latest.customers, 0) as customers,
    coalesce(round(latest.customers / latest.portfolio, 6), 0) as share,
    names.has_structure,
    health.verdict,
    health.caveat,
    names.model_version
from {{ ref('segment_names') }} as names
left join {{ ref('segmentation_health') }} as health
    on names.study = health.study
    and names.model_version = health.model_version
left join claimed
    on names.study = claimed.study
    and names.segment = claimed.segment
left join described
    on names.study = described.study
    and names.segment = described.segment
left join latest
    on names.study = latest.study
    and names.segment = latest.segment
