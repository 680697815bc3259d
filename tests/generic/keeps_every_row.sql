{# Fails where a checked_<extract> model has more or fewer rows than its raw extract, which is counted anew: in a build what it has read, else all
   that is there today. #}
{% test keeps_every_row(model, extract) %}
{%- set reading = {'files': {}} -%}
{%- set read = deliveries_of_this_build(model) if execute and flags.WHICH == 'build' else [] -%}
{%- if execute and (read or flags.WHICH == 'test') and load_relation(model) -%}
  {%- set others, contract = deliveries_in(model, extract), extract_contract(extract) -%}
  {%- for delivery in others | list if not read or delivery in read -%}{%- do others.pop(delivery) -%}{%- endfor -%}
  {%- set place = locate_extract(extract, known=others) -%}
  {%- do reading.update(reading_of(place, contract, match_columns(extract, contract, place) if place and place.from else {}, others)) -%}
{%- endif -%}
with raw as (
    select count(*) as raw_rows
    from {{ reading.from or '(select 1 as absent) as nothing where false' }}
),

checked as (
    select
        count(*) filter (where rejection_reason is null) as staged_rows,
        count(*) filter (where rejection_reason is not null and raw_row is not null) as rejected_rows,
        -- which the engine leaves out when it counts
        count(*) filter (where starts_with(rejection_reason, 'line: ')) as faulty_lines
    from {{ model }}
    where delivery in ({{ sql_texts(reading.files.values()) }})
)

select *
from raw cross join checked
where raw_rows + faulty_lines <> staged_rows + rejected_rows
{% endtest %}
