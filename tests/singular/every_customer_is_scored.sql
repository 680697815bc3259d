-- Customers of a study's features without a segment, and segments without a customer.
with customers as (
    {% for study in var('studies') -%}
    select
        '{{ study }}' as study,
        customer_id,
        as_of_date
    from {{ ref('features_' ~ study) }}
    where {{ is_of_this_build(ref('segment_assignments')) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

scored as (
    select
        study,
        customer_id,
        as_of_date
    from {{ ref('customer_segments') }}
    where {{ is_of_this_build(ref('segment_assignments')) }}
)

select
    coalesce(customers.study, scored.study) as study,
    coalesce(customers.customer_id, scored.customer_id) as customer_id,
    coalesce(customers.as_of_date, scored.as_of_date) as as_of_date
from customers
full outer join scored
    on customers.study = scored.study
    and customers.customer_id = scored.customer_id
    and customers.as_of_date = scored.as_of_date
left join {{ ref('studies_left_out') }} as left_out
    on coalesce(customers.study, scored.study) = left_out.study
    and left_out.is_left_out
where
    left_out.study is null
    and (customers.customer_id is null or scored.customer_id is null)
