{# Columns: the key figures of a group of customers, from customer_kpis joined as `kpis`. `is_sampled` says whom the median is taken from. #}
{% macro kpi_figures(is_sampled) -%}
    min(kpis.relationship_known_on) as relationship_known_on,
    min(kpis.credit_score_known_on) as credit_score_known_on,
    min(kpis.card_known_on) as card_known_on,
    count(kpis.clv_proxy) as customers_with_clv,
    {{ mean_of('kpis.clv_proxy') }} as clv_mean,
    cast(round({{ median_where('kpis.clv_proxy', 'kpis.clv_proxy is not null and ' ~ is_sampled) }}, 2) as double) as clv_median,
    {{ total_of('kpis.clv_proxy') }} as clv_total,
    {{ mean_of('kpis.credit_score') }} as credit_score_mean,
    round({{ share_where("kpis.credit_score_level = 'low'", 'kpis.credit_score_level') }}, 6) as low_credit_score_share,
    {{ mean_of('kpis.app_usage_score', 4) }} as app_usage_mean,
    round({{ share_where("kpis.digital_adoption = 'high'", 'kpis.digital_adoption') }}, 6) as digital_share,
    {{ mean_of('kpis.support_calls', 4) }} as support_calls_mean,
    round({{ share_where("kpis.support_load = 'high'", 'kpis.support_load') }}, 6) as high_support_share,
    count(kpis.card_revenue) as customers_with_card,
    {{ mean_of('kpis.card_revenue') }} as card_revenue_mean,
    {{ total_of('kpis.interchange') }} as interchange_total,
    {{ total_of('kpis.interest') }} as interest_total,
    {{ total_of('kpis.cash_advance_fees') }} as cash_advance_fees_total,
    {{ total_of('kpis.card_revenue') }} as card_revenue_total,
    {{ total_of('kpis.earlier_spend') }} as earlier_spend,
    {{ total_of('kpis.recent_spend') }} as recent_spend,
    round({{ share_where('kpis.spend_fell', 'kpis.spend_fell') }}, 6) as spend_fell_share
{%- endmacro %}

{# by how much spending grew, as a share of what it was; NULL where there was none #}
{% macro spend_change(recent, earlier) %}{{ return('round(' ~ ratio(recent, earlier) ~ ' - 1, 6)') }}{% endmacro %}
