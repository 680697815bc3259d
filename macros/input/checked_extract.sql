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
  {%- set columns = raw_columns(contract.columns, match_columns(extract, contract, place) if place else {}, place or {}) -%}
  {%- set names = columns | map(attribute='name') | list %}
with raw as (
    select
        {%- for column in columns %}
        {{ column.raw }} as raw_{{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ place.from if place else '(select 1 as absent) as nothing where false' }}
),

-- what is read as text
texts as (
    select
        {%- for column in columns if column.is_text %}
        {{ raw_text(column) }} as text_{{ column.name }},
        {%- endfor %}
        *
    from raw
),

typed as (
    select
        *,
        {%- for column in columns %}
        {{ typed_column(column, extract) }} as {{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from texts
),

judged as (
    select
        *,
        case
            {%- for rule in rejection_rules(columns, contract.key) %}
            when {{ rule[0] }} then {{ sql_text(rule[1]) }}
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

{# The columns of a contract, also with what each is in an extract, not yet typed (raw), the type of that (raw_type), and whether it is read as
   text (is_text) #}
{% macro raw_columns(columns, matched, place) %}
  {%- set found = [] -%}
  {%- for column in columns -%}
    {%- set match, raw, type = matched.get(column.name), 'cast(null as varchar)', 'VARCHAR' -%}
    {%- if match -%}{%- set raw, type = '"' ~ (match.name | replace('"', '""')) ~ '"', match.type -%}
    {%- elif column.name == 'customer_id' and place.number_rows -%}{%- set raw = row_number_in_file() -%}
    {%- elif column.name == 'as_of_date' and var('as_of_date') -%}{%- set raw, type = date_given(), 'DATE' -%}
    {%- endif -%}
    {%- set is_typed = is_number_type(type) or type == 'BOOLEAN' or type == 'DATE' or type.startswith('TIMESTAMP') -%}
    {%- do found.append(dict(column, raw=raw, raw_type=type, is_text=column.type == 'varchar' or not is_typed)) -%}
  {%- endfor -%}
  {{- return(found) -}}
{% endmacro %}

{# (condition, reason) of every rule of a contract, in the order in which they are tried #}
{% macro rejection_rules(columns, key) %}
  {%- set rules = [] -%}
  {%- for column in columns -%}
    {%- set name, type = column.name, column.type -%}
    {%- set text = trimmed('text_' ~ name) if type == 'double' else 'text_' ~ name -%}
    {%- set quote = "'" if type in ['date', 'timestamp'] else '' -%}
    {%- if column.is_text and (type != 'varchar' or column.get('categories')) -%}
      {%- do rules.append((name ~ ' is null and not ' ~ is_missing(text),
          name ~ ': ' ~ {'double': 'not a number', 'varchar': 'unknown category'}.get(type, 'not a date'))) -%}
    {%- endif -%}
    {%- if type == 'double' -%}{%- do rules.append((is_infinite(name), name ~ ': not finite')) -%}{%- endif -%}
    {%- if name in key -%}{%- do rules.append((name ~ ' is null', name ~ ': missing')) -%}{%- endif -%}
    {%- for bound, sign, word in [('minimum', '<', 'below'), ('maximum', '>', 'above')] if column.get(bound) is not none -%}
      {%- do rules.append((name ~ ' ' ~ sign ~ ' ' ~ quote ~ column[bound] ~ quote, name ~ ': ' ~ word ~ ' ' ~ column[bound])) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{- return(rules) -}}
{% endmacro %}

{# an extract that an enabled study needs must be there; any other may be absent, and is empty then #}
{% macro stop_if_needed(extract) %}
  {%- set studies, tables, files = studies_that_need(extract), var('bank_tables'), var('bank_files') -%}
  {%- do refuse(studies and flags.WHICH in ['build', 'run'], "Extract " ~ extract ~ ", which the study " ~ studies | join(', ') ~ " needs, is not there: " ~ (
      'var bank_tables names ' ~ tables.database ~ '.' ~ tables.schema ~ ', which has no table of that name' if tables
      else 'var bank_files names no file of it, only of ' ~ files | join(', ') if files and files is mapping
      else 'var bank_files (' ~ files ~ ') holds no ' ~ extract ~ '.csv, .csv.gz or .parquet' if files
      else 'run dbt seed first, for the sample bank' if extract in staged_extracts()
      else 'there is a seed raw_' ~ extract ~ ", which needs checked_extract('" ~ extract ~ "', seed=true) in the SQL, so that dbt loads it first"
          if 'seed.' ~ project_name ~ '.raw_' ~ extract in graph.nodes
      else 'the sample bank has none; name its file in var bank_files, such as {' ~ extract ~ ': PATH}'
      ) ~ ". Give it, or take the study out of var studies.") -%}
{% endmacro %}
