{# A query: the rows of an extract as they are known at a date, which is `known_at`: the newest of each customer in the deliveries that a CTE
   `deliveries` lists. The window is for dates with more than one of them. #}
{% macro newest_rows(extract) -%}
    select
        listed.*,
        deliveries.as_of_date as known_at
    from {{ ref('stg_' ~ extract) }} as listed
    inner join deliveries
        on listed.as_of_date = deliveries.delivered_on
        and deliveries.extract = '{{ extract }}'
        and deliveries.is_only
    union all
    select
        listed.*,
        deliveries.as_of_date as known_at
    from {{ ref('stg_' ~ extract) }} as listed
    inner join deliveries
        on listed.as_of_date = deliveries.delivered_on
        and deliveries.extract = '{{ extract }}'
        and not deliveries.is_only
    qualify row_number() over (partition by listed.customer_id, deliveries.as_of_date order by listed.as_of_date desc) = 1
{%- endmacro %}
