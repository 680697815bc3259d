{% set new = by_date('moved_dates', part='study') -%}
{%- set figures = {'clv': 'clv_proxy', 'card_revenue': 'card_revenue', 'spend': 'recent_spend'} -%}
-- How key figures of a segment came from those of the date before: what those who stayed there changed themselves, and who came, left, and
-- moved between segments. The only look at the customers makes a row of each two segments. Who is in none has no key: a condition beside
-- the keys would compare everybody with everybody.
with cells as (
    select
        {%- for figure, column in figures.items() %}
        count(today.{{ column }}) + count(before.{{ column }}) as {{ figure }}_known,
        coalesce(sum({{ exact('today.' ~ column) }}), 0) as {{ figure }}_after,
        coalesce(sum({{ exact('before.' ~ column) }}), 0) as {{ figure }}_before,
        {%- endfor %}
        moves.study,
        moves.as_of_date,
        moves.date_before,
        moves.segment,
        moves.segment_before,
        count(*) as customers
    from {{ ref('customer_moves') }} as moves
    left join {{ ref('customer_kpis') }} as today
        on case when moves.segment > 0 then moves.customer_id end = today.customer_id
        and moves.as_of_date = today.as_of_date
    left join {{ ref('customer_kpis') }} as before
        on case when moves.segment_before > 0 then moves.customer_id end = before.customer_id
        and moves.date_before = before.as_of_date
    where {{ is_to_write(new, 'moves.as_of_date', 'moves.study') }}
    group by moves.study, moves.as_of_date, moves.date_before, moves.segment, moves.segment_before
),

long as (
    select
        study,
        as_of_date,
        date_before,
        segment,
        segment_before,
        'customers' as figure,
        customers as known,
        {{ exact('case when segment > 0 then customers else 0 end') }} as value_after,
        {{ exact('case when segment_before > 0 then customers else 0 end') }} as value_before
    from cells
    {% for figure in figures -%}
    union all
    select
        study,
        as_of_date,
        date_before,
        segment,
        segment_before,
        '{{ figure }}' as figure,
        {{ figure }}_known as known,
        {{ figure }}_after as value_after,
        {{ figure }}_before as value_before
    from cells
    {% endfor %}
),

-- a cell belongs to the segment where its customers are, to the one where they were, and to the whole
sides as (
    select
        study,
        as_of_date,
        date_before,
        figure,
        segment,
        case when segment = segment_before then 'stayed' when segment_before = 0 then 'came' else 'moved' end as part,
        known,
        value_after,
        case when segment = segment_before then value_before else 0 end as value_before
    from long
    where segment > 0
    union all
    select
        study,
        as_of_date,
        date_before,
        figure,
        segment_before as segment,
        case when segment = 0 then 'left' else 'moved' end as part,
        known,
        0 as value_after,
        value_before
    from long
    where
        segment_before > 0
        and segment <> segment_before
    union all
    select
        study,
        as_of_date,
        date_before,
        figure,
        null as segment,
        case when segment = 0 then 'left' when segment_before = 0 then 'came' else 'stayed' end as part,
        known,
        value_after,
        value_before
    from long
),

parts as (
    select
        {%- for part in ['stayed', 'came', 'left', 'moved'] %}
        coalesce(sum(value_after - value_before) filter (where part = '{{ part }}'), 0) as change_{{ part }},
        {%- endfor %}
        study,
        as_of_date,
        date_before,
        figure,
        segment,
        sum(known) as known,
        sum(value_before) as value_before,
        sum(value_after) as value_after
    from sides
    group by study, as_of_date, date_before, figure, segment
),

-- of the whole, which has no name
of_date as (
    select distinct
        study,
        as_of_date,
        has_structure,
        model_version
    from {{ ref('segments_of_dates') }}
)

select
    parts.study,
    parts.as_of_date,
    parts.date_before,
    parts.segment,
    names.persona,
    parts.figure,
    cast(parts.value_after as double) as value,
    {%- for column in ['value_before', 'change_stayed', 'change_came', 'change_left', 'change_moved'] %}
    case when parts.date_before is not null then cast(parts.{{ column }} as double) end as {{ column }},
    {%- endfor %}
    of_date.has_structure,
    of_date.model_version
from parts
inner join of_date
    on parts.study = of_date.study
    and parts.as_of_date = of_date.as_of_date
left join {{ ref('segments_of_dates') }} as names
    on parts.study = names.study
    and parts.as_of_date = names.as_of_date
    and parts.segment = names.segment
-- a figure that nobody has is none
where parts.known > 0
