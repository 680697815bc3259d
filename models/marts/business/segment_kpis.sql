{% set segments = 'rounded.study, rounded.as_of_date' -%}
with assignments as (
    {{ sampled_assignments() }}
),

figures as (
    select
        assignments.study,
        assignments.as_of_date,
        assignments.segment,
        count(*) as customers,
        count(kpis.customer_id) as customers_with_kpis,
        sum({{ exact('kpis.clv_proxy') }}) as clv_total,
        avg({{ exact('kpis.clv_proxy') }}) as clv_mean,
        {{ median_where('kpis.clv_proxy', 'assignments.is_sampled') }} as clv_median,
        avg({{ exact('kpis.credit_score') }}) as credit_score_mean,
        {{ share_where("kpis.risk_level = 'high'", 'kpis.risk_level') }} as high_risk_share,
        avg({{ exact('kpis.app_usage_score') }}) as app_usage_mean,
        {{ share_where("kpis.digital_adoption = 'high'", 'kpis.digital_adoption') }} as digital_share,
        avg({{ exact('kpis.support_calls') }}) as support_calls_mean,
        {{ share_where("kpis.support_load = 'high'", 'kpis.support_load') }} as high_support_share
    from assignments
    left join {{ ref('customer_kpis') }} as kpis
        on assignments.customer_id = kpis.customer_id
        and assignments.as_of_date = kpis.as_of_date
    group by assignments.study, assignments.as_of_date, assignments.segment
),

rounded as (
    select
        study,
        as_of_date,
        segment,
        customers,
        customers_with_kpis,
        round(customers / sum(customers) over (partition by study, as_of_date), 6) as share,
        cast(round(clv_total, 2) as double) as clv_total,
        cast(round(clv_mean, 2) as double) as clv_mean,
        cast(round(clv_median, 2) as double) as clv_median,
        cast(round(credit_score_mean, 2) as double) as credit_score_mean,
        round(high_risk_share, 6) as high_risk_share,
        cast(round(app_usage_mean, 4) as double) as app_usage_mean,
        round(digital_share, 6) as digital_share,
        cast(round(support_calls_mean, 4) as double) as support_calls_mean,
        round(high_support_share, 6) as high_support_share
    from figures
)

select
    rounded.study,
    rounded.as_of_date,
    rounded.segment,
    names.persona,
    rounded.customers,
    rounded.share,
    rounded.customers_with_kpis,
    rounded.clv_mean,
    rounded.clv_median,
    rounded.clv_total,
    rounded.credit_score_mean,
    credit_score.band as credit_score_band,
    risk_level.band as risk_level,
    rounded.high_risk_share,
    rounded.app_usage_mean,
    digital_adoption.band as digital_adoption,
    rounded.digital_share,
    rounded.support_calls_mean,
    support_load.band as support_load,
    rounded.high_support_share,
    {{ rank_in_words('rounded.customers', segments) }} as customers_rank,
    {{ rank_in_words('rounded.clv_mean', segments) }} as clv_rank,
    {{ rank_in_words('rounded.clv_total', segments) }} as clv_total_rank,
    {{ rank_in_words('rounded.credit_score_mean', segments) }} as credit_score_rank,
    {{ rank_in_words('rounded.high_risk_share', segments) }} as risk_rank,
    {{ rank_in_words('rounded.app_usage_mean', segments) }} as digital_rank,
    {{ rank_in_words('rounded.support_calls_mean', segments) }} as support_rank,
    names.has_structure,
    names.model_version
from rounded
left join {{ ref('segment_names') }} as names
    on rounded.study = names.study
    and rounded.segment = names.segment
{{ join_band('credit_score', 'rounded.credit_score_mean') }}
{{ join_band('risk_level', 'rounded.credit_score_mean') }}
{{ join_band('digital_adoption', 'rounded.app_usage_mean') }}
{{ join_band('support_load', 'rounded.support_calls_mean') }}
