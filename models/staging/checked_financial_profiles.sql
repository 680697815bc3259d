{{ config(materialized='by_delivery') }}

{{ checked_extract('financial_profiles') }}
