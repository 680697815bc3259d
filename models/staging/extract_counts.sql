with checked as (
    {% for extract in staged_extracts() -%}
    select
        '{{ extract }}' as extract,
        rejection_reason,
        lost_values
    from {{ ref('checked_' ~ extract) }}
    union all
    {% endfor %}
    select
        extract,
        rejection_reason,
        lost_values
    from {{ ref('checked_own_extracts') }}
),

-- an extract without any row is counted as well
extracts as (
    {% for extract in staged_extracts() -%}
    select '{{ extract }}' as extract
    union
    {% endfor %}
    select extract from {{ ref('checked_own_extracts') }}
),

-- the one look at the rows
summed as (
    select
        extract,
        rejection_reason is not null as is_rejected,
        lost_values,
        count(*) as times
    from checked
    group by extract, is_rejected, lost_values
),

counts as (
    select
        extract,
        cast(sum(times) as bigint) as rows_read,
        cast(coalesce(sum(times) filter (where is_rejected), 0) as bigint) as rows_rejected
    from summed
    group by extract
),

-- of rows that are staged: of the others all is lost
lost as (
    select
        extract,
        cast(sum(times) as bigint) as values_lost,
        string_agg(concat(fault, ' (', times, ')'), '; ' order by times desc, fault asc) as lost_values
    from (
        select
            summed.extract,
            {{ split_text('summed.lost_values', '; ') }}[numbers.position] as fault,
            cast(sum(summed.times) as bigint) as times
        from summed,
            {{ positions_of(split_text('summed.lost_values', '; '), 'numbers') }}
        where not summed.is_rejected
        group by summed.extract, fault
    ) as faults
    group by extract
),

-- days of transactions by the last day of the 30 that they are in, counted from the newest day back
days as (
    select
        rows_of_date,
        last_day - cast(30 * floor({{ days_between('as_of_date', 'last_day') }} / 30) as integer) as as_of_date,
        first_day
    from (
        select
            *,
            min(as_of_date) over () as first_day,
            max(as_of_date) over () as last_day
        from {{ ref('date_contents') }}
        where extract = 'card_transactions'
    ) as contents
),

dated as (
    select
        extract,
        as_of_date,
        rows_of_date as times
    from {{ ref('date_contents') }}
    where extract in ({{ sql_texts(dated_extracts()) }})
    union all
    select
        'card_transactions' as extract,
        as_of_date,
        sum(rows_of_date) as times
    from days
    where {{ days_between('first_day', 'as_of_date') }} >= 29
    group by as_of_date
),

compared as (
    select
        *,
        lag(times) over (partition by extract order by as_of_date) as times_before
    from dated
),

unlike as (
    select
        extract,
        string_agg(concat(as_of_date, ' (', times, ' after ', times_before, ')'), ', ' order by as_of_date) as unlike_before
    from compared
    where least(times, times_before) < (1 - {{ var('max_volume_change') }}) * greatest(times, times_before)
    group by extract
),

-- said by stop_at_rejections
opened as (
    select
        part as extract,
        string_agg(stamp, ', ' order by stamp) as open_files
    from {{ built_dates() }}
    where model = 'open_files'
    group by part
)

select
    extracts.extract,
    coalesce(counts.rows_read, 0) as rows_read,
    coalesce(counts.rows_read - counts.rows_rejected, 0) as rows_staged,
    coalesce(counts.rows_rejected, 0) as rows_rejected,
    round(counts.rows_rejected / nullif(counts.rows_read, 0), 6) as rejected_share,
    coalesce(lost.values_lost, 0) as values_lost,
    lost.lost_values,
    unlike.unlike_before,
    opened.open_files
from extracts
left join counts on extracts.extract = counts.extract
left join lost on extracts.extract = lost.extract
left join unlike on extracts.extract = unlike.extract
left join opened on extracts.extract = opened.extract
