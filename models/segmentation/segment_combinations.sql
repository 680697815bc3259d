{% set new = by_date('scored_bank_dates') -%}

{% set columns = [] -%}
{% for study in var('studies') -%}
{% do columns.append('max(segment) filter (where study = ' ~ sql_text(study) ~ ')') -%}
{% endfor -%}
select
    customer_id,
    as_of_date,
    {{ list_of(columns) }} as segment_by_study
from {{ ref('segment_assignments') }}
where {{ is_to_write(new, 'as_of_date') }}
group by customer_id, as_of_date
