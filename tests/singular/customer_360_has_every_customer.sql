-- Segments whose customers, in customer_360, are not as many as at the study's latest as_of_date.
with customers as (
    {% for study in var('studies') -%}
    select
        {{ sql_text(study) }} as study,
        {{ study }}_segment as segment,
        {{ study }}_persona as persona
    from {{ ref('customer_360') }}
    where {{ study }}_segment is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

counted as (
    select
        study,
        segment,
        persona,
        count(*) as customers
    from customers
    group by study, segment, persona
)

select
    coalesce(personas.study, counted.study) as study,
    coalesce(personas.segment, counted.segment) as segment,
    personas.customers,
    counted.customers as customers_in_360
from {{ ref('segment_personas') }} as personas
full outer join counted
    on personas.study = counted.study
    and personas.segment = counted.segment
    and personas.persona = counted.persona
where coalesce(personas.customers, 0) <> coalesce(counted.customers, 0)
