-- What the features and key figures of a date are made of: the date of the bank, and for a study that reads anything but the shipped
-- extracts the features themselves as well.
-- depends_on: {{ ref('bank_dates') }}
{% for study in var('studies') -%}
-- depends_on: {{ ref('features_' ~ study) }}
{%- if reads_anything_else(study) %}
select
    {{ sql_text(study) }} as study,
    features.as_of_date,
    concat('{{ definition_of_marts() }}', {{ rows_fingerprint('features') }}, max(bank.stamp)) as stamp,
    concat({{ rows_fingerprint('features') }}, max(bank.contents)) as contents
from {{ ref('features_' ~ study) }} as features
left join {{ ref('bank_dates') }} as bank on features.as_of_date = bank.as_of_date
group by features.as_of_date
{%- else %}
select
    {{ sql_text(study) }} as study,
    as_of_date,
    stamp,
    contents
from {{ ref('bank_dates') }}
{%- endif %}
{% if not loop.last %}union all{% endif %}
{% endfor %}
