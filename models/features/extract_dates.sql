-- How many customers each extract lists at which date.
with delivered as (
    {% for extract in dated_extracts() -%}
    select
        '{{ extract }}' as extract,
        as_of_date,
        count(*) as customers
    from {{ ref('stg_' ~ extract) }}
    group by as_of_date
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    *,
    customers >= {{ var('min_date_share') }} * max(customers) over (partition by extract) as is_complete
from delivered
