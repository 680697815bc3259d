{{ config(materialized='by_delivery') }}

{{ checked_extract('card_usage') }}
