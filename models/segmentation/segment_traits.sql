-- In words, the clearest first. Of every model that has been in force, since names are handed on from model to model.
with features as (
    select
        registered.study,
        registered.registration,
        numbers.position as place,
        {{ split_text('registered.features', ', ') }}[numbers.position] as feature
    from {{ ref('model_registrations') }} as registered,
        {{ positions_of(split_text('registered.features', ', '), 'numbers') }}
),

profiles as (
    select
        registered.study,
        registered.registration,
        registered.model_version,
        registered.segment_numbers[numbers.position] as segment,
        fits.profile_z[numbers.position] as z_scores,
        scaling.scale
    from {{ ref('model_registrations') }} as registered
    inner join {{ ref('kmeans_fits') }} as fits
        on registered.study = fits.study
        and registered.model_version = fits.model_version
        and registered.segments = fits.segments
    inner join {{ ref('feature_scaling') }} as scaling
        on registered.study = scaling.study
        and registered.model_version = scaling.model_version
    cross join {{ positions_of('registered.segment_numbers', 'numbers') }}
),

-- the share of yes among all customers, of the features that are yes or no
shares as (
    select
        sample.study,
        sample.model_version,
        numbers.position as place,
        avg(sample.features[numbers.position]) as share
    from {{ ref('training_sample') }} as sample,
        {{ positions_of('sample.features', 'numbers') }}
    group by sample.study, sample.model_version, numbers.position
    having
        min(sample.features[numbers.position]) >= 0
        and max(sample.features[numbers.position]) <= 1
        and not bool_or(sample.features[numbers.position] > 0 and sample.features[numbers.position] < 1)
),

traits as (
    select
        profiles.study,
        profiles.registration,
        profiles.segment,
        features.feature,
        catalog.label,
        profiles.z_scores[features.place] as z_score,
        -- the standard deviation of zeros and ones is the root of share * (1 - share)
        round(shares.share + profiles.z_scores[features.place] * sqrt(shares.share * (1 - shares.share)), 6) as share
    from profiles
    inner join features
        on profiles.study = features.study
        and profiles.registration = features.registration
    inner join {{ ref('feature_catalog') }} as catalog
        on features.study = catalog.study
        and features.feature = catalog.feature
    left join shares
        on profiles.study = shares.study
        and profiles.model_version = shares.model_version
        and features.place = shares.place
    -- what max_vif leaves out has formed no segment, so it names none
    where not {{ is_infinite('profiles.scale[features.place]') }}
),

worded as (
    select
        traits.*,
        {{ level_word('levels', 'traits.share') }} as level,
        {{ claim_lower('levels') }} as claim_lower,
        {{ claim_upper('levels') }} as claim_upper,
        coalesce({{ stands_out('levels') }}, false) as stands_out
    from traits
    inner join {{ ref('trait_levels') }} as levels on {{ within('traits.z_score', 'levels.z_lower', 'levels.z_upper') }}
)

select
    study,
    registration,
    segment,
    feature,
    label,
    z_score,
    share,
    level,
    {{ level_phrase('level', 'label') }} as phrase,
    case
        when stands_out then cast(row_number() over (
            partition by study, registration, segment
            order by stands_out desc, abs(z_score) desc, label asc
        ) as integer)
    end as place,
    -- of the share nothing but the word itself says what it allows
    case when level not in ('hardly any', 'nearly all') then claim_lower end as z_lower,
    case when level not in ('hardly any', 'nearly all') then claim_upper end as z_upper
from worded
