-- Counted in the raw extracts anew, not taken from the models: nothing is lost on the way.
with counts as (
    {% for extract in staged_extracts() -%}
    {%- set place = locate_extract(extract) -%}
    select
        '{{ extract }}' as extract,
        (select count(*) from {{ place.from if place else '(select 1 as absent) as nothing where false' }}) as raw_rows,
        (select count(*) from {{ ref('stg_' ~ extract) }}) as staged_rows,
        (select count(*) filter (where rejected.extract = '{{ extract }}') from {{ ref('rejected_rows') }} as rejected) as rejected_rows
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    counts.*,
    reported.rows_read
from counts
left join {{ ref('extract_counts') }} as reported on counts.extract = reported.extract
where
    counts.raw_rows is distinct from counts.staged_rows + counts.rejected_rows
    or counts.raw_rows is distinct from reported.rows_read
