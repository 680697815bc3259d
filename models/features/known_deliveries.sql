-- Which dates of an extract say what is known at a date. Where extracts come at different rhythms, each adds the newest figures: those of
-- its latest complete date or, where it came with some of the customers since, of these. Who is not in the latest complete one has none.
with latest as (
    select
        dates.as_of_date,
        extracts.extract,
        max(extracts.as_of_date) filter (where extracts.is_complete) as complete_on
    from (select distinct as_of_date from {{ ref('extract_dates') }}) as dates
    inner join {{ ref('extract_dates') }} as extracts on dates.as_of_date >= extracts.as_of_date
    group by dates.as_of_date, extracts.extract
)

select
    latest.as_of_date,
    latest.extract,
    extracts.as_of_date as delivered_on,
    extracts.fingerprint,
    count(*) over (partition by latest.as_of_date, latest.extract) = 1 as is_only
from latest
inner join {{ ref('extract_dates') }} as extracts
    on latest.extract = extracts.extract
    and latest.as_of_date >= extracts.as_of_date
    and coalesce(latest.complete_on, extracts.as_of_date) <= extracts.as_of_date
