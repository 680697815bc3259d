{% set new = by_date('moved_dates', part='study') -%}
-- What each customer of a date, or of the one before, did between the two. Since when somebody is in a segment is handed on from date to
-- date: of the dates that stand only the last one is read.
with dates as (
    select
        *,
        lag(as_of_date) over (partition by study order by as_of_date) as last_date,
        -- what the first of the new ones is compared with
        coalesce(lead(is_new) over (partition by study order by as_of_date), false) as is_before_a_new_one
    from (
        select
            *,
            {{ is_to_write(new, 'as_of_date', 'study') }} as is_new
        from {{ ref('moved_dates') }}
    ) as dates
),

{% if new is not none -%}
-- at the date before a new one
standing as (
    select moves_before.*
    from {{ this }} as moves_before
    inner join dates
        on moves_before.study = dates.study
        and moves_before.as_of_date = dates.as_of_date
    where
        dates.is_before_a_new_one
        and not dates.is_new
),

{% endif -%}
seen as (
    select
        dates.study,
        assignments.customer_id,
        dates.as_of_date,
        dates.date_number,
        dates.date_before,
        dates.is_new,
        assignments.segment,
        assignments.margin < {{ var('border_margin') }} as is_on_border,
        assignments.runner_up_segment,
        {{ 'cast(null as date)' if new is none else 'standing.in_segment_since' }} as standing_since
    from dates
    inner join {{ ref('segment_assignments') }} as assignments
        on dates.study = assignments.study
        and dates.as_of_date = assignments.as_of_date
    {% if new is not none -%}
    left join standing
        on assignments.study = standing.study
        and assignments.as_of_date = standing.as_of_date
        and assignments.customer_id = standing.customer_id
    {% endif -%}
    where dates.is_new or dates.is_before_a_new_one
),

-- beside what was seen of a customer before, unless that was earlier than at the date before, or by another model
beside as (
    select
        *,
        date_before is not null and lag(date_number) over stays = date_number - 1 as was_there,
        lag(segment) over stays as segment_there,
        lag(is_on_border) over stays as was_on_border,
        lag(runner_up_segment) over stays as runner_up_there
    from seen
    window stays as (partition by study, customer_id order by date_number)
),

-- the date of the last change up to each date
changed as (
    select
        *,
        coalesce(
            max(case
                when standing_since is not null then standing_since
                when not coalesce(was_there and segment_there = segment, false) then as_of_date
            end) over (partition by study, customer_id order by date_number),
            as_of_date
        ) as in_segment_since
    from beside
),

left_out as (
    select
        seen.study,
        seen.customer_id,
        news.as_of_date,
        seen.segment,
        seen.is_on_border,
        seen.runner_up_segment
    from dates as news
    inner join seen
        on news.is_new
        and news.study = seen.study
        and news.last_date = seen.as_of_date
    left join seen as later
        on news.study = later.study
        and news.as_of_date = later.as_of_date
        and seen.customer_id = later.customer_id
    where later.customer_id is null
),

moves as (
    select
        study,
        customer_id,
        as_of_date,
        segment,
        case when was_there then segment_there else 0 end as segment_before,
        in_segment_since,
        was_there and was_on_border as was_on_border,
        case when was_there then runner_up_there end as runner_up_before
    from changed
    where is_new
    union all
    select
        study,
        customer_id,
        as_of_date,
        0 as segment,
        segment as segment_before,
        as_of_date as in_segment_since,
        is_on_border as was_on_border,
        runner_up_segment as runner_up_before
    from left_out
),

-- who has left before
leavers as (
    select
        study,
        customer_id,
        as_of_date
    from moves
    where segment = 0
    {% if new is not none -%}
    union all
    select
        standing.study,
        standing.customer_id,
        standing.as_of_date
    from {{ this }} as standing
    inner join dates
        on standing.study = dates.study
        and standing.as_of_date = dates.as_of_date
        and not dates.is_new
    where standing.segment = 0
    {%- endif %}
),

known as (
    select distinct
        moves.study,
        moves.customer_id,
        moves.as_of_date
    from moves
    inner join leavers
        on moves.segment_before = 0
        and moves.segment > 0
        and moves.study = leavers.study
        and moves.customer_id = leavers.customer_id
        and moves.as_of_date > leavers.as_of_date
)

select
    moves.study,
    moves.customer_id,
    moves.as_of_date,
    dates.date_before,
    moves.segment,
    case when dates.date_before is not null then moves.segment_before end as segment_before,
    case
        when moves.segment = 0 then 'left'
        when dates.date_before is null then 'first date'
        when moves.segment_before = 0 and known.customer_id is not null then 'came back'
        when moves.segment_before = 0 then 'arrived'
        when moves.segment = moves.segment_before then 'stayed'
        else 'moved'
    end as move,
    moves.in_segment_since,
    cast(dates.date_number - since.date_number + 1 as integer) as dates_in_segment,
    dates.date_before is not null and coalesce(moves.was_on_border, false) as was_on_border,
    case when dates.date_before is not null then moves.runner_up_before end as runner_up_before
from moves
inner join dates
    on moves.study = dates.study
    and moves.as_of_date = dates.as_of_date
inner join dates as since
    on moves.study = since.study
    and moves.in_segment_since = since.as_of_date
left join known
    on moves.study = known.study
    and moves.customer_id = known.customer_id
    and moves.as_of_date = known.as_of_date
