{{ config(materialized='view') }}

-- Does a descriptive name that an earlier model gave to a segment still hold? With some slack, since a z-score that lies on a bound
-- would change the name at every fit.
with phrases as (
    select *
    from {{ ref('segment_phrases') }}
),

segments as (
    select distinct
        study,
        registration,
        segment
    from {{ ref('segment_traits') }}
),

compared as (
    select
        later.study,
        later.registration,
        later.segment,
        earlier.registration as described_in,
        traits.z_score >= phrases.z_lower - {{ name_slack() }} or traits.z_score <= phrases.z_upper + {{ name_slack() }} as holds
    from segments as later
    inner join segments as earlier
        on later.study = earlier.study
        and later.segment = earlier.segment
        and later.registration > earlier.registration
    -- where nothing stood out there is no phrase that could hold: the segment is described anew
    left join phrases
        on earlier.study = phrases.study
        and earlier.registration = phrases.registration
        and earlier.segment = phrases.segment
        and phrases.place <= 2
    left join {{ ref('segment_traits') }} as traits
        on later.study = traits.study
        and later.registration = traits.registration
        and later.segment = traits.segment
        and phrases.feature = traits.feature
)

select
    study,
    registration,
    segment,
    described_in,
    coalesce(bool_and(coalesce(holds, false)), false) as holds
from compared
group by study, registration, segment, described_in
