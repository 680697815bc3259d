{{ config(materialized='view') }}

select
    customer_id,
    as_of_date,

    balance,
    cash_advance,
    cash_advance_frequency,
    cash_advance_trx,
    purchases_trx,
    credit_limit,
    payments,
    minimum_payments,
    prc_full_payment,

    purchases,
    purchases_frequency,
    tenure,
    {{ ratio('balance', 'credit_limit') }} as utilisation,
    {{ ratio('payments', 'minimum_payments') }} as payment_ratio
from {{ ref('stg_card_usage') }}
