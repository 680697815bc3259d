-- How many customers each extract lists at which date.
select
    extract,
    as_of_date,
    rows_of_date as customers,
    rows_of_date >= {{ var('min_date_share') }} * max(rows_of_date) over (partition by extract) as is_complete,
    fingerprint
from {{ ref('date_contents') }}
where extract in ({{ sql_texts(dated_extracts()) }})
