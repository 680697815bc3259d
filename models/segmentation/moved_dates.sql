-- Which dates of a study are compared with which: complete ones, each with the one before. What became of a customer hangs on all dates up
-- to then.
with dates as (
    select
        scored.study,
        scored.as_of_date,
        -- with the key figures of the date, which segment_trends compares
        concat(scored.stamp, bank.stamp) as stamp
    from {{ ref('scored_dates') }} as scored
    inner join {{ ref('study_dates') }} as dates
        on scored.study = dates.study
        and scored.as_of_date = dates.as_of_date
        and dates.is_complete
    left join {{ ref('bank_dates') }} as bank on scored.as_of_date = bank.as_of_date
)

select
    study,
    as_of_date,
    lag(as_of_date) over (partition by study order by as_of_date) as date_before,
    cast(row_number() over (partition by study order by as_of_date) as integer) as date_number,
    md5(string_agg(stamp, ' ') over (partition by study order by as_of_date)) as stamp
from dates
