-- Which dates of a study are compared with which: complete ones, each with the one before, if the same model has scored both (a span). What
-- became of a customer hangs on all dates up to then.
with dates as (
    select
        scored.study,
        scored.as_of_date,
        scored.registration,
        scored.stamp = 'kept' as is_kept,
        -- with the key figures of the date, which segment_trends compares
        concat(scored.stamp, bank.stamp) as stamp
    from {{ ref('scored_dates') }} as scored
    inner join {{ ref('study_dates') }} as dates
        on scored.study = dates.study
        and scored.as_of_date = dates.as_of_date
        and dates.is_complete
    left join {{ ref('bank_dates') }} as bank on scored.as_of_date = bank.as_of_date
),

beside as (
    select
        *,
        lag(as_of_date) over so_far as date_before,
        row_number() over so_far as date_number,
        coalesce(registration = lag(registration) over so_far, false) as is_of_same_model,
        md5(string_agg(stamp, ' ') over so_far) as stamp_so_far
    from dates
    window so_far as (partition by study order by as_of_date)
)

select
    study,
    as_of_date,
    registration,
    case when is_of_same_model then date_before end as date_before,
    cast(date_number as integer) as date_number,
    cast(count(*) filter (where not is_of_same_model) over (partition by study order by as_of_date) as integer) as span,
    case when is_kept then 'kept' else stamp_so_far end as stamp
from beside
