{% set new = by_date('scored_bank_dates') -%}

with studies as (
    select
        study,
        position
    from {{ ref('study_settings') }}
),

bought as (
    select
        customer_id,
        as_of_date,
        category_group,
        category,
        count(*) as purchases,
        sum(amount) as spend
    from {{ ref('counted_transactions') }}
    where
        is_purchase
        and {{ is_to_write(new, 'as_of_date') }}
    group by customer_id, as_of_date, category_group, category
),

-- by the segments of all studies at once: few rows are left to be told apart by study
crossed as (
    select
        combinations.as_of_date,
        combinations.segment_by_study,
        bought.category_group,
        bought.category,
        count(*) as buyers,
        sum(bought.purchases) as purchases,
        sum(bought.spend) as spend
    from {{ ref('segment_combinations') }} as combinations
    inner join bought
        on combinations.customer_id = bought.customer_id
        and combinations.as_of_date = bought.as_of_date
    where {{ is_to_write(new, 'combinations.as_of_date') }}
    group by combinations.as_of_date, combinations.segment_by_study, bought.category_group, bought.category
),

purchases as (
    select
        studies.study,
        crossed.as_of_date,
        crossed.segment_by_study[studies.position] as segment,
        crossed.category_group,
        crossed.category,
        cast(sum(crossed.buyers) as bigint) as buyers,
        cast(sum(crossed.purchases) as bigint) as purchases,
        sum(crossed.spend) as spend
    from crossed
    cross join studies
    where crossed.segment_by_study[studies.position] is not null
    group by studies.study, crossed.as_of_date, crossed.segment_by_study[studies.position], crossed.category_group, crossed.category
),

categories as (
    select distinct
        study,
        as_of_date,
        category_group,
        category
    from purchases
),

-- every category in every segment, also where nobody buys
cells as (
    select
        kpis.study,
        kpis.as_of_date,
        kpis.segment,
        kpis.persona,
        kpis.customers,
        kpis.has_structure,
        categories.category_group,
        categories.category,
        coalesce(purchases.buyers, 0) as buyers,
        coalesce(purchases.purchases, 0) as purchases,
        coalesce(purchases.spend, 0) as spend
    from {{ ref('segment_kpis') }} as kpis
    inner join categories
        on kpis.study = categories.study
        and kpis.as_of_date = categories.as_of_date
    left join purchases
        on categories.study = purchases.study
        and categories.as_of_date = purchases.as_of_date
        and kpis.segment = purchases.segment
        and categories.category = purchases.category
),

shares as (
    select
        *,
        {{ ratio('spend', 'sum(spend) over (partition by study, as_of_date, segment)') }} as share_of_segment,
        sum(spend) over (partition by study, as_of_date, category)
        / nullif(sum(spend) over (partition by study, as_of_date), 0) as share_of_all
    from cells
)

select
    study,
    as_of_date,
    segment,
    persona,
    category_group,
    category,
    buyers,
    round(buyers / customers, 6) as buyer_share,
    purchases,
    cast(spend as double) as spend,
    cast(round(spend / customers, 2) as double) as spend_per_customer,
    round(share_of_segment, 6) as share_of_segment,
    round(share_of_segment / nullif(share_of_all, 0), 6) as affinity,
    has_structure
from shares
