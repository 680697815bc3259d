-- From one complete date to the next, and from the first to the last that one model has scored.
with consecutive as (
    select
        study,
        date_before as from_date,
        as_of_date as to_date,
        segment_before as from_segment,
        segment as to_segment,
        count(*) as customers,
        count(*) filter (where move = 'came back') as came_back
    from {{ ref('customer_moves') }}
    where date_before is not null
    group by study, date_before, as_of_date, segment_before, segment
),

-- who stood on the border, by the segment beyond it
borders as (
    select
        study,
        date_before as from_date,
        as_of_date as to_date,
        segment_before as from_segment,
        runner_up_before as to_segment,
        count(*) as on_border
    from {{ ref('customer_moves') }}
    where
        segment_before > 0
        and segment > 0
        and was_on_border
    group by study, date_before, as_of_date, segment_before, runner_up_before
),

spans as (
    select
        study,
        min(as_of_date) as from_date,
        max(as_of_date) as to_date
    from {{ ref('moved_dates') }}
    group by study, span
    having count(*) > 2
),

first_ones as (
    select
        spans.study,
        spans.to_date,
        assignments.customer_id,
        assignments.segment
    from spans
    inner join {{ ref('segment_assignments') }} as assignments
        on spans.study = assignments.study
        and spans.from_date = assignments.as_of_date
),

last_ones as (
    select
        spans.study,
        spans.to_date,
        assignments.customer_id,
        assignments.segment
    from spans
    inner join {{ ref('segment_assignments') }} as assignments
        on spans.study = assignments.study
        and spans.to_date = assignments.as_of_date
),

over_all as (
    select
        coalesce(first_ones.study, last_ones.study) as study,
        coalesce(first_ones.to_date, last_ones.to_date) as to_date,
        coalesce(first_ones.segment, 0) as from_segment,
        coalesce(last_ones.segment, 0) as to_segment,
        count(*) as customers
    from first_ones
    full join last_ones
        on first_ones.study = last_ones.study
        and first_ones.to_date = last_ones.to_date
        and first_ones.customer_id = last_ones.customer_id
    group by all
),

-- every segment to every other, also where nobody went
segments as (
    select
        study,
        as_of_date,
        segment,
        persona,
        has_structure,
        model_version
    from {{ ref('segments_of_dates') }}
    union all
    select
        study,
        as_of_date,
        0 as segment,
        'not a customer' as persona,
        bool_and(has_structure) as has_structure,
        min(model_version) as model_version
    from {{ ref('segments_of_dates') }}
    group by study, as_of_date
),

spans_of_all as (
    select distinct
        study,
        from_date,
        to_date,
        true as is_consecutive
    from consecutive
    union all
    select
        study,
        from_date,
        to_date,
        false as is_consecutive
    from spans
),

cells as (
    select
        spans.study,
        spans.from_date,
        spans.to_date,
        spans.is_consecutive,
        before.segment as from_segment,
        before.persona as from_persona,
        after.segment as to_segment,
        after.persona as to_persona,
        coalesce(case when spans.is_consecutive then consecutive.customers else over_all.customers end, 0) as customers,
        case when spans.is_consecutive and before.segment = 0 then coalesce(consecutive.came_back, 0) end as came_back,
        case
            when spans.is_consecutive and before.segment > 0 and after.segment > 0 and before.segment <> after.segment
                then coalesce(borders.on_border, 0)
        end as on_border,
        after.has_structure,
        after.model_version
    from spans_of_all as spans
    inner join segments as before
        on spans.study = before.study
        and spans.to_date = before.as_of_date
    inner join segments as after
        on spans.study = after.study
        and spans.to_date = after.as_of_date
        and before.segment + after.segment > 0
    left join consecutive
        on spans.study = consecutive.study
        and spans.from_date = consecutive.from_date
        and spans.to_date = consecutive.to_date
        and before.segment = consecutive.from_segment
        and after.segment = consecutive.to_segment
    left join over_all
        on spans.study = over_all.study
        and spans.to_date = over_all.to_date
        and before.segment = over_all.from_segment
        and after.segment = over_all.to_segment
    left join borders
        on spans.study = borders.study
        and spans.from_date = borders.from_date
        and spans.to_date = borders.to_date
        and before.segment = borders.from_segment
        and after.segment = borders.to_segment
)

select
    study,
    from_date,
    to_date,
    is_consecutive,
    from_segment,
    from_persona,
    to_segment,
    to_persona,
    cast(customers as bigint) as customers,
    case
        when from_segment > 0
            then round(customers / nullif(sum(customers) over (partition by study, from_date, to_date, is_consecutive, from_segment), 0), 6)
    end as share_of_from,
    cast(came_back as bigint) as came_back,
    cast(on_border as bigint) as on_border,
    -- whoever stands on a border falls to either side
    on_border / 2.0 as expected_customers,
    has_structure,
    model_version
from cells
