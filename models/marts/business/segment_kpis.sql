{% set new = by_date('scored_dates', part='study') -%}

{%- set ranks = {
    'customers_rank': 'customers', 'clv_rank': 'clv_mean', 'clv_total_rank': 'clv_total', 'credit_score_rank': 'credit_score_mean',
    'low_credit_score_rank': 'low_credit_score_share', 'digital_rank': 'app_usage_mean', 'support_rank': 'support_calls_mean',
    'card_revenue_rank': 'card_revenue_mean', 'spend_fell_rank': 'spend_fell_share',
} -%}
{%- set kpis = ['credit_score', 'credit_score_level', 'digital_adoption', 'support_load'] -%}
with samples as (
    select
        study,
        as_of_date,
        {{ sample_bound(var('median_rows'), 'customers') }} as bound
    from {{ ref('study_dates') }}
),

figures as (
    select
        assignments.study,
        assignments.as_of_date,
        assignments.segment,
        count(*) as customers,
        round(count(*) / sum(count(*)) over (partition by assignments.study, assignments.as_of_date), 6) as share,
        {{ kpi_figures(in_sample('assignments.customer_id', 'samples.bound')) }}
    from {{ ref('segment_assignments') }} as assignments
    inner join samples
        on assignments.study = samples.study
        and assignments.as_of_date = samples.as_of_date
    left join {{ ref('customer_kpis') }} as kpis
        on assignments.customer_id = kpis.customer_id
        and assignments.as_of_date = kpis.as_of_date
    where {{ is_to_write(new, 'assignments.as_of_date', 'assignments.study') }}
    group by assignments.study, assignments.as_of_date, assignments.segment
),

-- the band of more than half of the customers who have one
bands as (
    select
        {%- for kpi in kpis %}
        case
            when count(share_of_known) filter (where kpi = '{{ kpi }}') > 0
                then coalesce(max(band) filter (where kpi = '{{ kpi }}' and is_majority), 'mixed')
        end as {{ kpi }},
        {%- endfor %}
        study,
        as_of_date,
        segment
    from {{ ref('segment_bands') }}
    group by study, as_of_date, segment
)

select
    figures.study,
    figures.as_of_date,
    figures.segment,
    names.persona,
    figures.customers,
    figures.share,
    figures.relationship_known_on,
    figures.credit_score_known_on,
    figures.card_known_on,
    figures.customers_with_clv,
    figures.clv_mean,
    figures.clv_median,
    figures.clv_total,
    figures.credit_score_mean,
    bands.credit_score as credit_score_band,
    bands.credit_score_level,
    figures.low_credit_score_share,
    figures.app_usage_mean,
    bands.digital_adoption,
    figures.digital_share,
    figures.support_calls_mean,
    bands.support_load,
    figures.high_support_share,
    figures.customers_with_card,
    figures.card_revenue_mean,
    figures.interchange_total,
    figures.interest_total,
    figures.cash_advance_fees_total,
    figures.card_revenue_total,
    figures.earlier_spend,
    figures.recent_spend,
    {{ spend_change('figures.recent_spend', 'figures.earlier_spend') }} as customers_spend_change,
    figures.spend_fell_share,
    {% for rank, figure in ranks.items() -%}
    {{ rank_in_words('figures.' ~ figure, 'figures.study, figures.as_of_date') }} as {{ rank }},
    {% endfor -%}
    names.has_structure,
    names.model_version
from figures
left join {{ ref('segment_names') }} as names
    on figures.study = names.study
    and figures.segment = names.segment
left join bands
    on figures.study = bands.study
    and figures.as_of_date = bands.as_of_date
    and figures.segment = bands.segment
