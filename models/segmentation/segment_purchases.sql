with studies as (
    {% for study in var('studies') -%}
    select
        {{ sql_text(study) }} as study,
        {{ loop.index }} as place
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

purchases as (
    select
        customer_id,
        as_of_date,
        category_group,
        category,
        count(*) as purchases,
        sum(amount) as spend
    from {{ ref('counted_transactions') }}
    where is_purchase
    group by customer_id, as_of_date, category_group, category
),

-- by the segments of all studies at once: few rows are left to be told apart by study
crossed as (
    select
        combinations.as_of_date,
        combinations.segments,
        purchases.category_group,
        purchases.category,
        count(*) as buyers,
        sum(purchases.purchases) as purchases,
        sum(purchases.spend) as spend
    from {{ ref('segment_combinations') }} as combinations
    inner join purchases
        on combinations.customer_id = purchases.customer_id
        and combinations.as_of_date = purchases.as_of_date
    group by combinations.as_of_date, combinations.segments, purchases.category_group, purchases.category
)

select
    studies.study,
    crossed.as_of_date,
    crossed.segments[studies.place] as segment,
    crossed.category_group,
    crossed.category,
    cast(sum(crossed.buyers) as bigint) as buyers,
    cast(sum(crossed.purchases) as bigint) as purchases,
    sum(crossed.spend) as spend
from crossed
cross join studies
where crossed.segments[studies.place] is not null
group by studies.study, crossed.as_of_date, crossed.segments[studies.place], crossed.category_group, crossed.category
