{%- set half = var('window_months') // 2 -%}
{%- set first_day = first_day_of_months('dates.as_of_date', var('window_months')) -%}
-- The dates of the bank, and what is looked at beside each. Dates are compared where the same extracts are complete: else who is in another
-- one would seem to come and go. With card transactions alone: var as_of_date, and those that were looked at before.
with undated as (
    select {{ date_of_transactions('extract') }} as as_of_date
    from {{ ref('date_contents') }}
    where
        extract = 'card_transactions'
        and not exists (select 1 from {{ ref('extract_dates') }})
    union distinct
    select built.as_of_date
    from {{ built_dates() }} as built
    where
        built.model = 'customer_dates'
        and not exists (select 1 from {{ ref('extract_dates') }})
        and 'card_transactions' in (select contents.extract from {{ ref('date_contents') }} as contents)
),

dates as (
    select
        as_of_date,
        count(*) filter (where is_complete) as complete_extracts
    from {{ ref('extract_dates') }}
    group by as_of_date
    union all
    select
        as_of_date,
        0 as complete_extracts
    from undated
),

pairs as (
    select
        these.as_of_date,
        others.as_of_date as other_date,
        count(*) as complete_in_both
    from {{ ref('extract_dates') }} as these
    inner join {{ ref('extract_dates') }} as others on these.extract = others.extract
    where these.is_complete and others.is_complete
    group by these.as_of_date, others.as_of_date
),

neighbours as (
    select
        pairs.as_of_date,
        max(pairs.other_date) filter (
            where pairs.complete_in_both = others.complete_extracts
            and pairs.other_date < {{ first_day_of_months('pairs.as_of_date', half) }}
        ) as date_before,
        min(pairs.other_date) filter (where pairs.other_date > pairs.as_of_date) as next_date
    from pairs
    inner join dates
        on pairs.as_of_date = dates.as_of_date
        and pairs.complete_in_both = dates.complete_extracts
    inner join dates as others on pairs.other_date = others.as_of_date
    group by pairs.as_of_date
),

-- all that is known at a date, as text
known as (
    select
        as_of_date,
        concat(extract, delivered_on, fingerprint) as said
    from {{ ref('known_deliveries') }}
    union all
    select
        dates.as_of_date,
        concat(contents.extract, contents.as_of_date, contents.known_on, contents.is_reversal, contents.fingerprint) as said
    from dates
    inner join {{ ref('date_contents') }} as contents
        on contents.extract = 'card_transactions'
        and dates.as_of_date >= contents.known_on
        and (contents.is_reversal or contents.as_of_date between {{ first_day }} and dates.as_of_date)
),

contents_of as (
    select
        dates.as_of_date,
        md5(string_agg(known.said, ' ' order by known.said)) as contents
    from dates
    left join known on dates.as_of_date = known.as_of_date
    group by dates.as_of_date
),

stamps as (
    select
        *,
        md5(concat('{{ definition_of_marts() }}', contents)) as stamp
    from contents_of
)

select
    dates.as_of_date,
    dates.complete_extracts,
    neighbours.date_before,
    neighbours.next_date,
    dates.as_of_date in (select undated.as_of_date from undated) as is_of_transactions,
    stamps.stamp,
    stamps.contents,
    -- for what is compared with the date before
    md5(concat(stamps.stamp, dates.complete_extracts, neighbours.date_before, stamps_before.stamp)) as stamp_of_change
from dates
inner join stamps on dates.as_of_date = stamps.as_of_date
left join neighbours on dates.as_of_date = neighbours.as_of_date
left join stamps as stamps_before on neighbours.date_before = stamps_before.as_of_date
