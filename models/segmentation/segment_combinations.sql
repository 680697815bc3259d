{% set segments = [] -%}
{% for study in var('studies') -%}
{% do segments.append('max(segment) filter (where study = ' ~ sql_text(study) ~ ')') -%}
{% endfor -%}
select
    customer_id,
    as_of_date,
    {{ list_of(segments) }} as segments
from {{ ref('segment_assignments') }}
group by customer_id, as_of_date
