-- Customers of the latest date of each extract, so that a month costs what the last one did. A sample by the hash of the id
-- where an extract lists more than 200,000 of them: of all extracts the same ids.
with latest as (
    select
        extract,
        max(as_of_date) as as_of_date,
        max_by(rows_of_date, as_of_date) as customers
    from {{ ref('date_contents') }}
    where extract in ({{ sql_texts(dated_extracts()) }})
    group by extract
),

sampled as (
    select {{ sample_bound(200000, 'coalesce(max(customers), 0)') }} as bound
    from latest
),

ids as (
    {% for extract in staged_extracts() -%}
    select distinct
        '{{ extract }}' as extract,
        given.customer_id
    from {{ ref('stg_' ~ extract) }} as given
    {% if extract in dated_extracts() -%}
    inner join latest
        on latest.extract = '{{ extract }}'
        and given.as_of_date = latest.as_of_date
    {% endif -%}
    cross join sampled
    where {{ in_sample('given.customer_id', 'sampled.bound') }}
    union all
    {% endfor -%}
    select distinct
        given.extract,
        given.customer_id
    from {{ ref('checked_own_extracts') }} as given
    cross join sampled
    where
        given.rejection_reason is null
        and {{ in_sample('given.customer_id', 'sampled.bound') }}
),

extracts as (
    select
        extract,
        count(*) as customers,
        {{ shape_of('min(customer_id)') }} as example
    from ids
    where customer_id is not null
    group by extract
),

shared as (
    select
        a.extract,
        b.extract as other_extract,
        count(*) as customers
    from ids as a
    inner join ids as b
        on a.customer_id = b.customer_id
        and a.extract < b.extract
    group by a.extract, b.extract
)

select
    a.extract,
    b.extract as other_extract,
    a.example,
    b.example as other_example,
    coalesce(shared.customers, 0) / least(a.customers, b.customers) as shared_share
from extracts as a
inner join extracts as b on a.extract < b.extract
left join shared
    on a.extract = shared.extract
    and b.extract = shared.other_extract
