{% set new = by_date('bank_dates') -%}
{{ config(post_hook="{{ insert_other_partitions('customer_id') }}") }}

-- One scan of the transactions for all as_of_dates that are written.
select
    customer_id,
    as_of_date,
    {%- for group in category_groups() %}
    coalesce(sum(amount) filter (where is_purchase and category_group = '{{ group }}'), 0) as {{ group }}_spend,
    {%- endfor %}
    coalesce(sum(amount) filter (where is_purchase and month < {{ (var('window_months') | int) // 2 }}), 0) as recent_spend,
    coalesce(sum(amount) filter (where kind = 'instalment_purchase'), 0) as instalment_spend,
    coalesce(sum(amount) filter (where kind = 'cash_advance'), 0) as cash_advances,
    coalesce(sum(amount) filter (where kind = 'refund'), 0) as refunds,
    count(*) filter (where is_purchase) as purchases,
    count(*) filter (where is_use) as uses,
    count(*) filter (where is_use and {{ is_weekend('transacted_at') }}) as weekend_uses,
    count(*) filter (where is_use and {{ is_night('transacted_at') }}) as night_uses,
    {{ count_small_where('month', 'is_use') }} as active_months,
    max(day) filter (where is_use) as last_day
from {{ ref('counted_transactions') }}
where
    {{ in_partition('customer_id') }}
    and {{ is_to_write(new, 'as_of_date') }}
group by customer_id, as_of_date
