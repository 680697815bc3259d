{{ config(post_hook=after_commit("{{ stop_at_rejections('card_usage') }}")) }}

{{ checked_extract('card_usage') }}
