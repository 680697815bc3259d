{{ config(post_hook=after_commit("{{ stop_at_rejections('customer_demographics') }}")) }}

{{ checked_extract('customer_demographics') }}
