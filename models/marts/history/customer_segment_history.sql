{{ config(materialized='view') }}

-- A stay is a row: the dates at which a customer was in one segment without a break. A view, which answers at once where a customer is
-- named.
with stays as (
    select
        study,
        customer_id,
        segment,
        in_segment_since as valid_from,
        max(case when as_of_date = in_segment_since then segment_before end) as entered_from,
        max(case when as_of_date = in_segment_since then move end) as entered_by
    from {{ ref('customer_moves') }}
    group by study, customer_id, segment, in_segment_since
),

followed as (
    select
        *,
        -- where another model takes over, nobody has gone anywhere
        case when lead(entered_by) over stays_in_order <> 'first date' then lead(segment) over stays_in_order end as left_to,
        lead(valid_from) over stays_in_order as valid_to
    from stays
    window stays_in_order as (partition by study, customer_id order by valid_from)
)

select
    followed.study,
    followed.customer_id,
    followed.valid_from,
    followed.valid_to,
    followed.segment,
    names.persona,
    followed.entered_by,
    followed.entered_from,
    followed.left_to,
    followed.valid_to is null as is_open,
    names.has_structure,
    names.model_version
from followed
left join {{ ref('segments_of_dates') }} as names
    on followed.study = names.study
    and followed.valid_from = names.as_of_date
    and followed.segment = names.segment
where followed.segment > 0
