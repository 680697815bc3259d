{% for extract in staged_extracts() -%}
select
    '{{ extract }}' as extract,
    customer_id,
    {{ 'cast(null as date)' if extract == 'card_transactions' else 'as_of_date' }} as as_of_date,
    rejection_reason,
    raw_row
from {{ ref('checked_' ~ extract) }}
where rejection_reason is not null
union all
{% endfor %}
select
    extract,
    customer_id,
    as_of_date,
    rejection_reason,
    raw_row
from {{ ref('checked_own_extracts') }}
where rejection_reason is not null
