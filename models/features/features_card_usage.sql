{{ config(materialized='view') }}

select
    customer_id,
    as_of_date,

    balance,
    balance_frequency,
    purchases,
    oneoff_purchases,
    installments_purchases,
    cash_advance,
    purchases_frequency,
    oneoff_purchases_frequency,
    purchases_installments_frequency,
    cash_advance_frequency,
    cash_advance_trx,
    purchases_trx,
    credit_limit,
    payments,
    minimum_payments,
    prc_full_payment,
    tenure,

    {{ ratio('balance', 'credit_limit') }} as utilisation,
    {{ ratio('payments', 'minimum_payments') }} as payment_ratio,
    {{ ratio('cash_advance', 'purchases + cash_advance') }} as cash_advance_share,
    {{ ratio('purchases', 'purchases_trx') }} as average_purchase
from {{ ref('stg_card_usage') }}
