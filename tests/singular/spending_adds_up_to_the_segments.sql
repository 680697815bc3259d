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
    segments.study,
    segments.as_of_date,
    segments.segment,
    segments.earlier_spend,
    segments.recent_spend,
    spending.spend,
    spending.share
from {{ ref('segment_kpis') }} as segments
left join spending
    on segments.study = spending.study
    and segments.as_of_date = spending.as_of_date
    and segments.segment = spending.segment
where
    abs(coalesce(segments.earlier_spend, 0) + coalesce(segments.recent_spend, 0) - coalesce(spending.spend, 0)) > 0.02
    or (spending.spend > 0 and (abs(spending.share - 1) < spending.tolerance) is distinct from true)
