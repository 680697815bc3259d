with categories as (
    select distinct
        study,
        as_of_date,
        category_group,
        category
    from {{ ref('segment_purchases') }}
),

-- every category in every segment, also where nobody buys
cells as (
    select
        segments.study,
        segments.as_of_date,
        segments.segment,
        segments.persona,
        segments.customers,
        segments.has_structure,
        categories.category_group,
        categories.category,
        coalesce(purchases.buyers, 0) as buyers,
        coalesce(purchases.purchases, 0) as purchases,
        coalesce(purchases.spend, 0) as spend
    from {{ ref('segment_kpis') }} as segments
    inner join categories
        on segments.study = categories.study
        and segments.as_of_date = categories.as_of_date
    left join {{ ref('segment_purchases') }} as purchases
        on categories.study = purchases.study
        and categories.as_of_date = purchases.as_of_date
        and segments.segment = purchases.segment
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
