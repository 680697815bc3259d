-- name: kpis
select
    kpis.study,
    kpis.segment,
    kpis.persona,
    kpis.customers,
    kpis.customers_with_clv,
    kpis.clv_mean,
    kpis.clv_median,
    kpis.clv_total,
    kpis.clv_rank,
    kpis.credit_score_mean,
    kpis.credit_score_level,
    kpis.low_credit_score_share,
    kpis.digital_adoption,
    kpis.digital_share,
    kpis.support_load,
    kpis.customers_with_card,
    kpis.card_revenue_mean,
    kpis.interest_total,
    kpis.interchange_total,
    kpis.cash_advance_fees_total,
    kpis.card_revenue_total,
    kpis.customers_spend_change,
    kpis.spend_fell_share
from segment_kpis as kpis
inner join segment_personas as personas
    on kpis.study = personas.study
    and kpis.segment = personas.segment
    and kpis.as_of_date = personas.as_of_date
order by kpis.study, kpis.segment;

-- name: revenue
with kpis as (
    select
        kpis.*
    from segment_kpis as kpis
    inner join segment_personas as personas
        on kpis.study = personas.study
        and kpis.segment = personas.segment
        and kpis.as_of_date = personas.as_of_date
    where kpis.customers_with_card > 0
)

select study, segment, persona, 'Interest' as source, 1 as place, interest_total as amount from kpis
union all
select study, segment, persona, 'Interchange' as source, 2 as place, interchange_total as amount from kpis
union all
select study, segment, persona, 'Cash-advance fees' as source, 3 as place, cash_advance_fees_total as amount from kpis
order by study, segment, place;

-- name: bands
select
    bands.study,
    bands.segment,
    bands.persona,
    bands.credit_score_band,
    bands.band_position,
    bands.customers,
    bands.share_of_segment
from credit_risk_distribution as bands
inner join segment_personas as personas
    on bands.study = personas.study
    and bands.segment = personas.segment
    and bands.as_of_date = personas.as_of_date
order by bands.study, bands.segment, bands.band_position;

-- name: levels
select
    bands.study,
    bands.segment,
    bands.kpi,
    bands.band,
    bands.share_of_known
from segment_bands as bands
inner join segment_personas as personas
    on bands.study = personas.study
    and bands.segment = personas.segment
    and bands.as_of_date = personas.as_of_date
where bands.share_of_known is not null
order by bands.study, bands.segment, bands.kpi, bands.band_position;

-- name: spending
select
    spending.study,
    spending.segment,
    spending.persona,
    spending.category,
    spending.spend_per_customer,
    spending.share_of_segment,
    spending.affinity,
    case
        when spending.affinity > 0 then round(log2(spending.affinity), 3)
        when spending.affinity = 0 then -9
    end as affinity_log2
from spending_by_segment as spending
inner join segment_personas as personas
    on spending.study = personas.study
    and spending.segment = personas.segment
    and spending.as_of_date = personas.as_of_date
order by spending.study, spending.category, spending.segment;

-- name: recommendations
select
    study,
    segment,
    persona,
    theme,
    area,
    recommendation,
    is_credit_advice,
    caution
from segment_recommendations
order by study, area, segment;

-- name: extracts
select
    extract,
    rows_read,
    rows_staged
from extract_counts;
