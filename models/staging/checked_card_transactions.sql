{{ config(materialized='by_delivery', full_refresh=false) }}

{{ checked_extract('card_transactions') }}
