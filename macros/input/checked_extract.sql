{# The rows of an extract, typed and judged by its contract (models/sources.yml): the contract's columns, rejection_reason
   (the first rule that a row breaks; NULL for a good row) and raw_row (JSON, of rejected rows only). No row is left out.
   Of good rows with the same key one is kept: the one with the largest values, compared column by column in the contract's
   order, missing ones last. So the same rows are kept whatever their order in the extract.
   seed: whether an extract that the sample bank lacks may come from a seed raw_<extract>. #}
{% macro checked_extract(extract, seed=false) %}
  {%- do source('bank', extract) -%}{# for dbt's lineage: the rows come from where locate_extract finds them #}
  {%- set place = locate_extract(extract, seed) -%}
  {%- if not execute -%}{{ return('select 1') }}{%- endif -%}
  {%- set contract = extract_contract(extract) -%}
  {%- if not place -%}{%- do stop_if_needed(extract) -%}{%- endif -%}
  {%- set matched = match_columns(extract, contract, place) if place else {} -%}
  {%- set names = contract.columns | map(attribute='name') | list %}
with raw as (
    select
        {%- for column in contract.columns %}
        {{ raw_column(column, matched.get(column.name), place) }} as raw_{{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ place.from if place else '(select 1 as absent) as nothing where false' }}
),

-- what is read as text
texts as (
    select
        {%- for column in contract.columns %}
        {%- set type = raw_type(column, matched.get(column.name)) %}
        {%- if is_read_as_text(column, type) %}
        {{ raw_text('raw_' ~ column.name, column, type) }} as text_{{ column.name }},
        {%- endif %}
        {%- endfor %}
        *
    from raw
),

typed as (
    select
        *,
        {%- for column in contract.columns %}
        {{ typed_column(column, raw_type(column, matched.get(column.name)), extract) }} as {{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from texts
),

judged as (
    select
        *,
        case
            {%- for rule in rejection_rules(contract, matched) %}
            when {{ rule.condition }} then {{ sql_text(rule.reason) }}
            {%- endfor %}
        end as rejection_reason
    from typed
),

checked as (
    select
        {{ names | join(', ') }},
        rejection_reason,
        case when rejection_reason is not null then {{ row_json(names, 'raw_') }} end as raw_row
    from judged
),

repeated as (
    select {{ contract.key | join(', ') }}, true as is_repeated
    from checked
    where rejection_reason is null
    group by {{ contract.key | join(', ') }}
    having count(*) > 1
),

-- only the few rows whose key comes twice are ranked
flagged as (
    select checked.*, repeated.is_repeated
    from checked
    left join repeated
        on checked.rejection_reason is null
        {%- for name in contract.key %} and checked.{{ name }} = repeated.{{ name }}{% endfor %}
),

ranked as (
    select
        *,
        row_number() over (
            partition by {{ contract.key | join(', ') }}
            order by {% for name in names %}{{ name }} desc nulls last{{ ', ' if not loop.last }}{% endfor %}
        ) as place_in_key
    from flagged
    where is_repeated
)

select {{ names | join(', ') }}, rejection_reason, raw_row
from flagged
where is_repeated is null
union all
select
    {{ names | join(', ') }},
    case when place_in_key > 1 then 'repeated key: {{ contract.key | join(', ') }}' end as rejection_reason,
    case when place_in_key > 1 then {{ row_json(names) }} end as raw_row
from ranked
{% endmacro %}

{# an extract that an enabled study needs must be there; any other may be absent, and is empty then #}
{% macro stop_if_needed(extract) %}
  {%- set studies = studies_that_need(extract) -%}
  {%- if studies and flags.WHICH in ['build', 'run'] -%}
    {{ exceptions.raise_compiler_error("Extract " ~ extract ~ ", which the study " ~ studies | join(', ') ~ " needs, is not there: "
        ~ where_it_is_missing(extract) ~ ". Give it, or take the study out of var studies.") }}
  {%- endif -%}
{% endmacro %}

{# where an extract was looked for in vain, as the end of a sentence #}
{% macro where_it_is_missing(extract) %}
  {%- set tables, files = var('bank_tables'), var('bank_files') -%}
  {{- return(
      'var bank_tables names ' ~ tables.database ~ '.' ~ tables.schema ~ ', which has no table of that name' if tables
      else 'var bank_files names no file of it, only of ' ~ files | join(', ') if files and files is mapping
      else 'var bank_files (' ~ files ~ ') holds no ' ~ extract ~ '.csv, .csv.gz or .parquet' if files
      else 'run dbt seed first, for the sample bank' if extract in staged_extracts()
      else 'there is a seed raw_' ~ extract ~ ", which needs checked_extract('" ~ extract ~ "', seed=true) in the SQL, so that dbt loads it first"
          if 'seed.' ~ project_name ~ '.raw_' ~ extract in graph.nodes
      else 'the sample bank has none; name its file in var bank_files, such as {' ~ extract ~ ': PATH}') -}}
{% endmacro %}

{# a contract column as it is in the extract, not yet typed #}
{% macro raw_column(column, match, place) %}
  {%- if match -%}{{ return('"' ~ (match.name | replace('"', '""')) ~ '"') }}{%- endif -%}
  {%- if column.name == 'customer_id' and place and place.number_rows -%}{{ return(row_number_in_file()) }}{%- endif -%}
  {%- if column.name == 'as_of_date' and var('as_of_date') -%}{{ return('cast(' ~ sql_text(var('as_of_date')) ~ ' as date)') }}{%- endif -%}
  {{ return('cast(null as varchar)') }}
{% endmacro %}

{# the type of a raw_column #}
{% macro raw_type(column, match) %}
  {{- return(match.type if match else 'DATE' if column.name == 'as_of_date' and var('as_of_date') else 'VARCHAR') -}}
{% endmacro %}

{# (condition, reason) of every rule of a contract, in the order in which they are tried #}
{% macro rejection_rules(contract, matched) %}
  {%- set rules = [] -%}
  {%- for column in contract.columns -%}
    {%- set name = column.name -%}
    {%- set text = trimmed('text_' ~ name) if column.type == 'double' else 'text_' ~ name -%}
    {%- if is_read_as_text(column, raw_type(column, matched.get(name))) and (column.type != 'varchar' or column.get('categories')) -%}
      {%- set what = {'double': 'not a number', 'varchar': 'unknown category'}.get(column.type, 'not a date') -%}
      {%- do rules.append({'condition': name ~ ' is null and not ' ~ is_missing(text), 'reason': name ~ ': ' ~ what}) -%}
    {%- endif -%}
    {%- if column.type == 'double' -%}
      {%- do rules.append({'condition': is_infinite(name), 'reason': name ~ ': not finite'}) -%}
    {%- endif -%}
    {%- if name in contract.key -%}
      {%- do rules.append({'condition': name ~ ' is null', 'reason': name ~ ': missing'}) -%}
    {%- endif -%}
    {%- set quote = "'" if column.type in ['date', 'timestamp'] else '' -%}
    {%- if column.get('minimum') is not none -%}
      {%- do rules.append({'condition': name ~ ' < ' ~ quote ~ column.minimum ~ quote, 'reason': name ~ ': below ' ~ column.minimum}) -%}
    {%- endif -%}
    {%- if column.get('maximum') is not none -%}
      {%- do rules.append({'condition': name ~ ' > ' ~ quote ~ column.maximum ~ quote, 'reason': name ~ ': above ' ~ column.maximum}) -%}
    {%- endif -%}
  {%- endfor -%}
  {{- return(rules) -}}
{% endmacro %}
