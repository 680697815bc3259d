{{ config(post_hook=after_commit("{{ stop_at_own_rejections() }}")) }}

{#- after the studies, and so after the seeds that they read -#}
{% for study in var('studies') -%}
-- depends_on: {{ ref('features_' ~ study) }}
{% endfor %}
{% for extract in own_extracts() -%}
{%- set names = extract_contract(extract).columns | map(attribute='name') | list -%}
select
    {{ sql_text(extract) }} as extract,
    {{ 'customer_id' if 'customer_id' in names else 'cast(null as varchar)' }} as customer_id,
    {{ 'as_of_date' if 'as_of_date' in names else 'cast(null as date)' }} as as_of_date,
    rejection_reason,
    raw_row
from ({{ checked_extract(extract) }}) as checked
union all
{% endfor %}
-- the columns, where there is no such extract
select
    cast(null as varchar) as extract,
    cast(null as varchar) as customer_id,
    cast(null as date) as as_of_date,
    cast(null as varchar) as rejection_reason,
    cast(null as varchar) as raw_row
where false
