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
        lead(segment) over (partition by study, customer_id order by valid_from) as left_to,
        lead(valid_from) over (partition by study, customer_id order by valid_from) as valid_to
    from stays
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
    names.has_structure
from followed
left join {{ ref('segment_names') }} as names
    on followed.study = names.study
    and followed.segment = names.segment
where followed.segment > 0
