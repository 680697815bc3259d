{{ config(post_hook=after_commit("{{ stop_at_rejections('card_transactions') }}")) }}

{{ checked_extract('card_transactions') }}
