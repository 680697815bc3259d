-- The bank's view of every customer: each extract adds its figures, and NULL stands where a customer is not in it.
with figures as (
    select
        dates.customer_id,
        dates.as_of_date,
        round({{ clv_proxy('bank.avg_account_balance', 'bank.account_tenure') }}, 2) as clv_proxy,
        coalesce(bank.credit_score, profiles.credit_score) as credit_score,
        bank.app_usage_score,
        bank.support_calls,
        cards.purchases * {{ var('interchange_rate') }} as interchange,
        cards.balance * (1 - coalesce(cards.prc_full_payment, 0)) * {{ var('interest_rate') }} as interest,
        cards.cash_advance * {{ var('cash_advance_fee') }} as cash_advance_fees,
        activity.recent_spend,
        {{ spend_of_all_groups('activity') }} - activity.recent_spend as earlier_spend
    from {{ ref('customer_dates') }} as dates
    left join {{ ref('stg_bank_customers') }} as bank
        on dates.customer_id = bank.customer_id
        and dates.as_of_date = bank.as_of_date
    left join {{ ref('stg_financial_profiles') }} as profiles
        on dates.customer_id = profiles.customer_id
        and dates.as_of_date = profiles.as_of_date
    left join {{ ref('stg_card_usage') }} as cards
        on dates.customer_id = cards.customer_id
        and dates.as_of_date = cards.as_of_date
    left join {{ ref('customer_activity') }} as activity
        on dates.customer_id = activity.customer_id
        and dates.as_of_date = activity.as_of_date
)

select
    figures.customer_id,
    figures.as_of_date,
    figures.clv_proxy,
    figures.credit_score,
    credit_score.band as credit_score_band,
    risk_level.band as risk_level,
    figures.app_usage_score,
    digital_adoption.band as digital_adoption,
    figures.support_calls,
    support_load.band as support_load,
    round(figures.interchange, 2) as interchange,
    round(figures.interest, 2) as interest,
    round(figures.cash_advance_fees, 2) as cash_advance_fees,
    round(figures.interchange + figures.interest + figures.cash_advance_fees, 2) as card_revenue,
    cast(figures.earlier_spend as double) as earlier_spend,
    cast(figures.recent_spend as double) as recent_spend,
    -- who spent nothing before cannot spend less
    case
        when figures.earlier_spend > 0
            then figures.recent_spend <= figures.earlier_spend * (1 - {{ var('spend_fall') }})
    end as spend_fell
from figures
{{ join_band('credit_score', 'figures.credit_score') }}
{{ join_band('risk_level', 'figures.credit_score') }}
{{ join_band('digital_adoption', 'figures.app_usage_score') }}
{{ join_band('support_load', 'figures.support_calls') }}
