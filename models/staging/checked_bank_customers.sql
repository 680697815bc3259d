{{ config(materialized='by_delivery') }}

{{ checked_extract('bank_customers') }}
