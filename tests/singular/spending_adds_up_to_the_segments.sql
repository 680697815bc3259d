-- Segments whose spend by category is not what segment_kpis says that they spent, or whose shares of it do not make 1.
with spending as (
    select
        study,
        as_of_date,
        segment,
        sum(spend) as spend,
        sum(share_of_segment) as share,
        0.000001 * count(*) as tolerance
    from {{ ref('spending_by_segment') }}
    group by study, as_of_date, segment
)

select
    kpis.study,
    kpis.as_of_date,
    kpis.segment,
    kpis.earlier_spend,
    kpis.recent_spend,
    spending.spend,
    spending.share
from {{ ref('segment_kpis') }} as kpis
left join spending
    on kpis.study = spending.study
    and kpis.as_of_date = spending.as_of_date
    and kpis.segment = spending.segment
where
    abs(coalesce(kpis.earlier_spend, 0) + coalesce(kpis.recent_spend, 0) - coalesce(spending.spend, 0)) > 0.02
    or (spending.spend > 0 and (abs(spending.share - 1) < spending.tolerance) is distinct from true)
