{{ config(materialized='view') }}

-- What the name of a segment claims: the traits of its persona, or the words of a descriptive name.
select
    names.study,
    names.segment,
    names.persona,
    traits.feature,
    traits.level as expected_level,
    levels.of_yes_or_no,
    traits.phrase,
    {{ claim_lower('levels') }} as z_lower,
    {{ claim_upper('levels') }} as z_upper
from {{ ref('segment_names') }} as names
inner join {{ ref('persona_traits') }} as traits
    on names.study = traits.study
    and names.persona = traits.persona
inner join {{ ref('trait_levels') }} as levels on traits.level = levels.level

union all

select
    names.study,
    names.segment,
    names.persona,
    traits.feature,
    traits.level as expected_level,
    traits.level as of_yes_or_no,
    cast(null as varchar) as phrase,
    traits.z_lower,
    traits.z_upper
from {{ ref('segment_names') }} as names
inner join {{ ref('segment_traits') }} as traits
    on names.study = traits.study
    and names.described_in = traits.registration
    and names.segment = traits.segment
    and names.words >= traits.place
