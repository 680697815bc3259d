{% set new = by_date('delivered_dates', part='extract') -%}

-- What is in an extract of a date: whether a date that was delivered again is another one. Of card_transactions by day, and by when they
-- were known; a reversal counts at whichever date its transaction does.
{% for extract in staged_extracts() -%}
{%- set is_dated = extract != 'card_transactions' -%}
{%- set day = 'rows.as_of_date' if is_dated else 'cast(rows.transacted_at as date)' -%}
{%- set known_on = day if is_dated else booking_day('rows.') -%}
{%- set is_reversal = 'false' if is_dated else 'rows.reverses is not null' %}
select
    '{{ extract }}' as extract,
    {{ day }} as as_of_date,
    {{ known_on }} as known_on,
    {{ is_reversal }} as is_reversal,
    count(*) as rows_of_date,
    {{ rows_fingerprint('rows') }} as fingerprint
from {{ ref('stg_' ~ extract) }} as rows
where {{ is_to_write(new, day, sql_text(extract)) }}
group by {{ [day] | join }}{{ '' if is_dated else ', ' ~ known_on ~ ', ' ~ is_reversal }}
{{ 'union all' if not loop.last }}
{% endfor %}
