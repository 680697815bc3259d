{#- A sample by the hash of the id where an extract lists more than 200,000 customers: of all extracts the same ids. -#}
with sampled as (
    select {{ sample_bound(200000, 'max(rows_staged)') }} as bound
    from {{ ref('extract_counts') }}
    where extract <> 'card_transactions'
),

ids as (
    {% for extract in staged_extracts() -%}
    select distinct
        '{{ extract }}' as extract,
        given.customer_id
    from {{ ref('stg_' ~ extract) }} as given
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
        min(customer_id) as example
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
