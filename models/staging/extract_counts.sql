with counts as (
    {% for extract in staged_extracts() -%}
    select
        '{{ extract }}' as extract,
        count(*) as rows_read,
        count(rejection_reason) as rows_rejected
    from {{ ref('checked_' ~ extract) }}
    union all
    {% endfor %}
    select
        extract,
        count(*) as rows_read,
        count(rejection_reason) as rows_rejected
    from {{ ref('checked_own_extracts') }}
    group by extract
)

select
    extract,
    rows_read,
    rows_read - rows_rejected as rows_staged,
    rows_rejected,
    round(rows_rejected / nullif(rows_read, 0), 6) as rejected_share
from counts
