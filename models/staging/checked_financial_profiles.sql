{{ config(post_hook=after_commit("{{ stop_at_rejections('financial_profiles') }}")) }}

{{ checked_extract('financial_profiles') }}
