{{ config(materialized='view') }}

select
    transaction_id,
    customer_id,
    transacted_at,
    booked_on,
    amount,
    category,
    kind,
    reverses
from {{ ref('checked_card_transactions') }}
where rejection_reason is null
