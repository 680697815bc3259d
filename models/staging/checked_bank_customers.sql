{{ config(post_hook=after_commit("{{ stop_at_rejections('bank_customers') }}")) }}

{{ checked_extract('bank_customers') }}
