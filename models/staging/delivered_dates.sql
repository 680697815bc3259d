{{ config(materialized='view') }}

-- Of which deliveries the rows of a date are, in each extract; of card_transactions those of a day.
{% for extract in staged_extracts() -%}
{%- set day = 'cast(transacted_at as date)' if extract == 'card_transactions' else 'as_of_date' %}
select
    '{{ extract }}' as extract,
    {{ day }} as as_of_date,
    string_agg(distinct delivery, ', ' order by delivery) as stamp
from {{ ref('checked_' ~ extract) }}
where rejection_reason is null
group by {{ day }}
{{ 'union all' if not loop.last }}
{% endfor %}
