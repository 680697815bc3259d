{# fails where a checked_<extract> model has more or fewer rows than its raw extract, which is counted anew #}
{% test keeps_every_row(model, extract) %}
{%- set place = locate_extract(extract) -%}
with raw as (
    select count(*) as raw_rows
    from {{ place.from if place else '(select 1 as absent) as nothing where false' }}
),

checked as (
    select
        count(*) filter (where rejection_reason is null) as staged_rows,
        count(*) filter (where rejection_reason is not null and raw_row is not null) as rejected_rows,
        -- which the engine leaves out when it counts
        count(*) filter (where starts_with(rejection_reason, 'line: ')) as faulty_lines
    from {{ model }}
)

select *
from raw cross join checked
where raw_rows + faulty_lines <> staged_rows + rejected_rows
{% endtest %}
