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
)

select
    extracts.extract,
    coalesce(counts.rows_read, 0) as rows_read,
    coalesce(counts.rows_read - counts.rows_rejected, 0) as rows_staged,
    coalesce(counts.rows_rejected, 0) as rows_rejected,
    round(counts.rows_rejected / nullif(counts.rows_read, 0), 6) as rejected_share,
    coalesce(lost.values_lost, 0) as values_lost,
    lost.lost_values
from extracts
left join counts on extracts.extract = counts.extract
left join lost on extracts.extract = lost.extract
