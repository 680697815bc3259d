with compared as (
    select
        profiles.study,
        profiles.as_of_date,
        profiles.segment,
        profiles.persona,
        profiles.feature,
        profiles.label,
        case when profiles.is_yes_or_no then claims.of_yes_or_no else claims.expected_level end as expected_level,
        claims.z_lower,
        claims.z_upper,
        profiles.z_score,
        profiles.level,
        profiles.is_yes_or_no,
        claims.phrase,
        profiles.mean,
        profiles.population_mean,
        profiles.has_structure
    from {{ ref('segment_claims') }} as claims
    inner join {{ ref('segment_profiles') }} as profiles
        on claims.study = profiles.study
        and claims.segment = profiles.segment
        and claims.feature = profiles.feature
),

-- of a hash sample that there is already: no further look at all customers
standings as (
    select
        compared.study,
        compared.as_of_date,
        compared.segment,
        compared.feature,
        -- the mean is rounded
        round(
            count(*) filter (where customers.value <= compared.mean + least(0.0000005, 0.0001 * abs(compared.mean)))
            / nullif(count(compared.mean), 0), 4
        ) as percentile
    from compared
    inner join {{ ref('feature_values') }} as customers
        on compared.study = customers.study
        and compared.as_of_date = customers.as_of_date
        and compared.feature = customers.feature
    group by compared.study, compared.as_of_date, compared.segment, compared.feature
),

checked as (
    select
        compared.*,
        -- where all have the same value nobody stands anywhere
        case when standings.percentile < 1 or abs(compared.z_score) > 0 then standings.percentile end as percentile,
        case
            -- hardly any and nearly all speak of the share
            when compared.z_lower is null and compared.z_upper is null then coalesce(compared.level = compared.expected_level, false)
            else {{ within('compared.z_score', 'compared.z_lower', 'compared.z_upper') }}
        end as holds
    from compared
    left join standings
        on compared.study = standings.study
        and compared.as_of_date = standings.as_of_date
        and compared.segment = standings.segment
        and compared.feature = standings.feature
),

-- 1st, 2nd, 3rd, 4th, 11th, 71st
placed as (
    select
        *,
        cast(round(100 * percentile) as integer) as place
    from checked
),

worded as (
    select
        *,
        concat(place, case
            when mod(place, 100) between 11 and 13 then 'th'
            when mod(place, 10) = 1 then 'st'
            when mod(place, 10) = 2 then 'nd'
            when mod(place, 10) = 3 then 'rd'
            else 'th'
        end, ' percentile') as in_order
    from placed
)

select
    study,
    as_of_date,
    segment,
    persona,
    feature,
    label,
    expected_level,
    z_lower,
    z_upper,
    z_score,
    level,
    percentile,
    holds,
    case
        when holds then coalesce(replace(phrase, '{level}', level), {{ level_phrase('level', 'label') }})
        else concat(
            label, ': ', coalesce(level, 'not known'), ', not ', expected_level,
            case
                when z_score is null then ''
                when is_yes_or_no then concat(' (', {{ per_cent('mean') }}, ' against ', {{ per_cent('population_mean') }}, ')')
                else concat(
                    ' (z = ', {{ number_text('z_score', 2) }},
                    case when percentile between 0.005 and 0.9949 then concat(', ', in_order) else '' end,
                    ')'
                )
            end
        )
    end as in_words,
    mean,
    population_mean,
    has_structure
from worded
