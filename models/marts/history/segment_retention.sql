-- Who has been in a segment at every date since: counted at each later date by how long its customers have been there.
with spells as (
    select
        study,
        as_of_date,
        segment,
        dates_in_segment,
        count(*) as customers
    from {{ ref('customer_moves') }}
    where segment > 0
    group by study, as_of_date, segment, dates_in_segment
),

sizes as (
    select
        study,
        as_of_date,
        segment,
        sum(customers) as customers
    from spells
    group by study, as_of_date, segment
),

pairs as (
    select
        earlier.study,
        earlier.as_of_date as from_date,
        later.as_of_date as to_date,
        later.date_number - earlier.date_number as dates_later
    from {{ ref('moved_dates') }} as earlier
    inner join {{ ref('moved_dates') }} as later
        on earlier.study = later.study
        and earlier.span = later.span
        and earlier.date_number < later.date_number
),

stayed as (
    select
        pairs.study,
        pairs.from_date,
        pairs.to_date,
        pairs.dates_later,
        sizes.segment,
        sizes.customers,
        coalesce(sum(spells.customers), 0) as still_there
    from pairs
    inner join sizes
        on pairs.study = sizes.study
        and pairs.from_date = sizes.as_of_date
    left join spells
        on pairs.study = spells.study
        and pairs.to_date = spells.as_of_date
        and sizes.segment = spells.segment
        and pairs.dates_later < spells.dates_in_segment
    group by pairs.study, pairs.from_date, pairs.to_date, pairs.dates_later, sizes.segment, sizes.customers
)

select
    stayed.study,
    stayed.segment,
    names.persona,
    stayed.from_date,
    stayed.to_date,
    cast(stayed.dates_later as integer) as dates_later,
    cast(stayed.customers as bigint) as customers,
    cast(stayed.still_there as bigint) as still_there,
    round(stayed.still_there / stayed.customers, 6) as share_still_there,
    names.has_structure,
    names.model_version
from stayed
left join {{ ref('segments_of_dates') }} as names
    on stayed.study = names.study
    and stayed.from_date = names.as_of_date
    and stayed.segment = names.segment
