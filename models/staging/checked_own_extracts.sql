{{ config(post_hook=after_commit("{{ stop_at_own_rejections() }}")) }}

{#- after the studies, and so after the seeds that they read -#}
{% for study in var('studies') -%}
-- depends_on: {{ ref('features_' ~ study) }}
{% endfor %}
{% for extract in own_extracts() -%}
{%- set columns = extract_contract(extract).columns -%}
{%- set names = columns | map(attribute='name') | list -%}
{%- set amounts = [] -%}{#- what can be added up, as far as the contract says -#}
{%- for column in columns if column.type == 'double' and column.get('unit', 'count') in ['currency', 'count'] -%}{%- do amounts.append(column.name) -%}{%- endfor -%}
{%- set clear = [] -%}
{%- for column in columns if column.type == 'double' -%}
{%- do clear.append((column.name ~ ' <> floor(' ~ column.name ~ ') and not ' ~ is_noted('unclear_numbers', column.name), column.name)) -%}
{%- endfor -%}
{%- set protected = [] -%}
{%- for column in columns if column.get('protected') -%}{%- do protected.append('cast(' ~ column.name ~ ' as varchar)') -%}{%- endfor -%}
select
    {{ sql_text(extract) }} as extract,
    {{ 'customer_id' if 'customer_id' in names else 'cast(null as varchar)' }} as customer_id,
    {{ 'as_of_date' if 'as_of_date' in names else 'cast(null as date)' }} as as_of_date,
    rejection_reason,
    raw_row,
    lost_values,
    unclear_numbers,
    {{ noted(clear) }} as clear_numbers,
    is_total,
    {{ list_of(protected) if protected else 'null' }} as protected_values
from (
    with checked as (
        {{ checked_extract(extract) }}
    )

    {{ with_is_total(
        amounts if 'as_of_date' in names else [], 'checked', 'rejection_reason is null', 'given.customer_id' if 'customer_id' in names else 'cast(null as varchar)'
    ) }}
) as checked
union all
{% endfor %}
-- the columns, where there is no such extract
select
    cast(null as varchar) as extract,
    cast(null as varchar) as customer_id,
    cast(null as date) as as_of_date,
    cast(null as varchar) as rejection_reason,
    cast(null as varchar) as raw_row,
    cast(null as varchar) as lost_values,
    cast(null as varchar) as unclear_numbers,
    cast(null as varchar) as clear_numbers,
    cast(null as boolean) as is_total,
    cast(null as {{ list_type('varchar') }}) as protected_values
where false
