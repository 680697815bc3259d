-- What the features of a date are made of: the date of the bank, or for a study that reads anything but the shipped extracts the features
-- themselves.
-- depends_on: {{ ref('bank_dates') }}
{% for study in var('studies') -%}
-- depends_on: {{ ref('features_' ~ study) }}
{%- set own = reads_anything_else(study) %}
select
    {{ sql_text(study) }} as study,
    as_of_date,
    {{ "concat('" ~ definition_of_marts() ~ "', " ~ rows_fingerprint('features') ~ ')' if own else 'stamp' }} as stamp,
    {{ rows_fingerprint('features') if own else 'contents' }} as contents
from {{ ref('features_' ~ study) if own else ref('bank_dates') }} as features  -- noqa: AL05
{{ 'group by as_of_date' if own }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
