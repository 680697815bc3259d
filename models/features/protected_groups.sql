{{ config(materialized='view') }}

{#- what protected_sources may name -#}
{% for extract in staged_extracts() -%}
-- depends_on: {{ ref('stg_' ~ extract) }}
{% endfor %}
{% for study in var('studies') -%}
-- depends_on: {{ ref('features_' ~ study) }}
{% endfor %}
-- depends_on: {{ ref('checked_own_extracts') }}
-- depends_on: {{ ref('kpi_bands') }}
{% set sources = protected_sources() if execute else [] -%}
{% set attributes = protected_attributes(sources) -%}
{% set numbers = attributes | selectattr('kind', 'equalto', 'number') | list -%}
with dates as (
    select distinct as_of_date
    from {{ ref('study_dates') }}
),

{% for source in sources -%}
-- at each date what {{ source.name }} says {{ 'at its newest date up to then' if source.is_dated else 'of all dates' }}
{{ source.alias }} as (
    select
        said.customer_id,
        dates.as_of_date,
        {% for column in source.columns -%}
        {{ column.value if source.is_unique else 'max(' ~ column.value ~ ')' }} as value_{{ column.position }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref(source.model) }} as said
    {% if source.is_dated -%}
    inner join (
        select
            dates.as_of_date,
            max(known.as_of_date) as newest_date
        from dates
        inner join (select distinct as_of_date from {{ ref(source.model) }} where {{ source.filter }}) as known
            on dates.as_of_date >= known.as_of_date
        group by dates.as_of_date
    ) as dates on said.as_of_date = dates.newest_date
    {% else -%}
    cross join dates
    {% endif -%}
    where {{ source.filter }}
    {{ '' if source.is_unique else 'group by said.customer_id, dates.as_of_date' }}
),

{% endfor -%}
-- of those who know an attribute of a customer, the first counts
people as (
    select
        customer_id,
        {% for known in attributes -%}
        coalesce({{ known['values'] | join(', ') }}) as value_{{ known.position }},
        {% endfor -%}
        as_of_date
    from {{ sources[0].alias if sources else '(select cast(null as varchar) as customer_id, cast(null as date) as as_of_date) as nobody' }}
    {% for source in sources[1:] -%}
    full join {{ source.alias }} using (customer_id, as_of_date)
    {% endfor -%}
)

{%- if numbers -%},

-- numbers that are no ages: up to ten values are a group each, more are cut at their quartiles
cuts as (
    select
        {% for known in numbers -%}
        count(distinct value_{{ known.position }}) <= 10 as is_few_{{ known.position }},
        {{ quantiles('value_' ~ known.position, [0.25, 0.5, 0.75]) }} as quartiles_{{ known.position }},
        {% endfor -%}
        as_of_date
    from people
    group by as_of_date
)
{%- endif %}

{% set groups = [] -%}
{% for known in attributes -%}
{% set value, number = 'people.value_' ~ known.position, known.position -%}
{% set group -%}
    {% if known.kind == 'age' -%}
    band_{{ number }}.band
    {%- elif known.kind == 'number' -%}
    case
            when cuts.is_few_{{ number }} then {{ number_text(value, 6) }}
            when {{ value }} <= cuts.quartiles_{{ number }}[1] then 'quarter 1 (lowest)'
            when {{ value }} <= cuts.quartiles_{{ number }}[2] then 'quarter 2'
            when {{ value }} <= cuts.quartiles_{{ number }}[3] then 'quarter 3'
            when {{ value }} is not null then 'quarter 4 (highest)'
        end
    {%- else -%}
    nullif({{ value }}, 'unknown')
    {%- endif %}
{%- endset -%}
{% do groups.append(group) -%}
{% endfor -%}
select
    people.customer_id,
    people.as_of_date,
    {{ list_of(groups or ['cast(null as varchar)']) }} as groups
from people
{{ 'inner join cuts on people.as_of_date = cuts.as_of_date' if numbers }}
{% for known in attributes if known.kind == 'age' -%}
{{ join_band('age_band', 'people.value_' ~ known.position, 'band_' ~ known.position) }}
{% endfor %}
