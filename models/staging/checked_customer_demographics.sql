{{ config(materialized='by_delivery') }}

{{ checked_extract('customer_demographics') }}
