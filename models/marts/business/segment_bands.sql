{% set new = by_date('scored_dates', part='study') -%}

{%- set columns = {
    'credit_score': 'credit_score_band', 'credit_score_level': 'credit_score_level', 'digital_adoption': 'digital_adoption', 'support_load': 'support_load',
} -%}
-- How the customers of a segment spread over the bands of each key figure: one pass over the customers, then long.
with crowds as (
    select
        assignments.study,
        assignments.as_of_date,
        assignments.segment,
        {%- for column in columns.values() %}
        kpis.{{ column }},
        {%- endfor %}
        count(*) as customers
    from {{ ref('segment_assignments') }} as assignments
    left join {{ ref('customer_kpis') }} as kpis
        on assignments.customer_id = kpis.customer_id
        and assignments.as_of_date = kpis.as_of_date
    where {{ is_to_write(new, 'assignments.as_of_date', 'assignments.study') }}
    group by assignments.study, assignments.as_of_date, assignments.segment, kpis.{{ columns.values() | join(', kpis.') }}
),

counted as (
    {% for kpi, column in columns.items() -%}
    select
        study,
        as_of_date,
        segment,
        '{{ kpi }}' as kpi,
        {{ column }} as known_band,
        sum(customers) as customers
    from crowds
    group by study, as_of_date, segment, {{ column }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

totalled as (
    select
        *,
        sum(customers) over (partition by study, as_of_date, segment, kpi) as all_customers,
        sum(customers) filter (where known_band is not null) over (partition by study, as_of_date, segment, kpi) as known_customers
    from counted
)

select
    totalled.study,
    totalled.as_of_date,
    totalled.segment,
    names.persona,
    totalled.kpi,
    coalesce(totalled.known_band, 'unknown') as band,
    coalesce(bands.position, 0) as band_position,
    cast(totalled.customers as bigint) as customers,
    round(totalled.customers / totalled.all_customers, 6) as share_of_segment,
    case when totalled.known_band is not null then round(totalled.customers / totalled.known_customers, 6) end as share_of_known,
    totalled.known_band is not null and totalled.customers * 2 > totalled.known_customers as is_majority,
    names.has_structure
from totalled
left join {{ ref('segment_names') }} as names
    on totalled.study = names.study
    and totalled.segment = names.segment
left join {{ ref('kpi_bands') }} as bands
    on totalled.kpi = bands.kpi
    and totalled.known_band = bands.band
