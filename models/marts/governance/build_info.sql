-- No clock in it: the same inputs and settings say the same.
with inputs as (
    select concat('date ', extract, ' ', as_of_date, ' ', known_on, ' ', is_reversal, ' ', fingerprint) as said
    from {{ ref('date_contents') }}
    union all
    select concat('own ', extract, ' ', as_of_date, ' ', {{ rows_fingerprint('own') }}) as said
    from {{ ref('checked_own_extracts') }} as own  -- noqa: AL05
    group by extract, as_of_date
)

select
    'version' as topic,
    'project' as name,
    '{{ builtins.ref.config.version if execute else '' }}' as value
union all
select
    'version' as topic,
    'dbt' as name,
    '{{ dbt_version }}' as value
union all
select
    'version' as topic,
    'DuckDB' as name,
    version() as value
union all
select
    'inputs' as topic,
    'source' as name,
    '{{ source_kind() }}' as value
union all
select
    'inputs' as topic,
    'fingerprint' as name,
    md5(coalesce(string_agg(said, chr(10) order by said), '')) as value
from inputs
union all
{% for what in ['staged', 'rejected'] -%}
select
    'rows {{ what }}' as topic,
    extract as name,
    cast(rows_{{ what }} as varchar) as value
from {{ ref('extract_counts') }}
union all
{% endfor -%}
select
    'as_of_dates' as topic,
    study as name,
    string_agg(cast(as_of_date as varchar), ', ' order by as_of_date) as value
from {{ ref('study_dates') }}
group by study
union all
select
    'model in force' as topic,
    study as name,
    model_version as value
from {{ ref('segment_models') }}
