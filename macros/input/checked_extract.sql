{# The rows of an extract, typed and judged by its contract (models/sources.yml): the contract's columns, rejection_reason
   (all rules that a row breaks; NULL for a good row), raw_row (JSON, of rejected rows only), lost_values (optional values that are none),
   unclear_numbers (columns whose point could be either sign) and delivery (the file that says it, as it was). No row is left out; of a model
   that keeps what it has read (materialized by_delivery) only what is new is read.
   Of good rows with the same key one is kept: the one with the largest values, compared column by column in the contract's
   order, missing ones last. So the same rows are kept whatever their order in the extract.
   seed: whether an extract that the sample bank lacks may come from a seed raw_<extract>. #}
{% macro checked_extract(extract, seed=false) %}
  {%- do source('bank', extract) -%}{# for dbt's lineage: the rows come from where locate_extract finds them #}
  {%- set known = known_deliveries() if execute else {} -%}
  {%- set place = locate_extract(extract, seed, known) -%}
  {%- if not execute -%}{{ return('select 1') }}{%- endif -%}
  {%- set contract = extract_contract(extract) -%}
  {%- if not place and not known -%}{%- do stop_if_needed(extract) -%}{%- endif -%}
  {%- set matched = match_columns(extract, contract, place) if place and place.from else {} -%}
  {%- set reading = reading_of(place, contract, matched, known) -%}
  {%- set columns = raw_columns(contract.columns, matched if reading.from else {}, place or {}) -%}
  {%- set names = columns | map(attribute='name') | list -%}
  {%- set plain, alone, rules, losses = rejection_rules(columns, contract.key, place or {}) -%}
  {%- set unclear, rows = unclear_numbers(columns), 'candidates' if known else 'checked' %}
-- reading {{ tojson({'is_new': reading.from is not none, 'files': reading.files, 'replaced': reading.replaced, 'gone': reading.gone}) }}
with raw as (
    select
        {%- for column in columns %}
        {{ column.raw }} as raw_{{ column.name }},
        {%- if column.folder %}
        {{ column.folder }} as folder_{{ column.name }},
        {%- endif %}
        {%- endfor %}
        {{ place.kept if reading.from and place.kept else 'true' }} as is_kept,
        {{ reading.delivery }} as delivery
    from {{ reading.from or '(select 1 as absent) as nothing where false' }}
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

-- most rows break no rule, and one look at each column tells
looked_at as (
    select
        *,
        coalesce({{ plain | join(' and ') }}, false) as is_plain
    from typed
),

judged as (
    select
        *,
        case
            {%- for rule in alone %}
            when {{ rule[0] }} then {{ sql_text(rule[1]) }}
            {%- endfor %}
            when not is_plain then {{ noted(rules) }}
        end as rejection_reason
    from looked_at
),

checked as (
    select
        {{ names | join(', ') }},
        rejection_reason,
        case when rejection_reason is not null then {{ row_json(names, 'raw_') }} end as raw_row,
        case when rejection_reason is null and not is_plain then {{ noted(losses) }} end as lost_values,
        case when rejection_reason is null and ({{ unclear | map('first') | join(' or ') or 'false' }}) then {{ noted(unclear) }} end as unclear_numbers,
        delivery
    from judged
),

{% if known -%}
-- what was read before and has a key that comes again
standing as (
    select
        {{ names | join(', ') }},
        cast(null as varchar) as rejection_reason,
        cast(null as varchar) as raw_row,
        lost_values,
        unclear_numbers,
        delivery
    from {{ this }}
    where
        {{ could_count() }}
        and delivery not in ({{ sql_texts(reading.lost) }})
        and ({{ contract.key | join(', ') }}) in (select {{ contract.key | join(', ') }} from checked where rejection_reason is null)
),

candidates as (
    select * from checked
    union all
    select * from standing
),

{% endif -%}
repeated as (
    select {{ contract.key | join(', ') }}, true as is_repeated
    from {{ rows }}
    where rejection_reason is null
    group by {{ contract.key | join(', ') }}
    having count(*) > 1
),

-- only the few rows whose key comes twice are ranked
flagged as (
    select rows.*, repeated.is_repeated
    from {{ rows }} as rows
    left join repeated
        on rows.rejection_reason is null
        {%- for name in contract.key %} and rows.{{ name }} = repeated.{{ name }}{% endfor %}
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

select {{ names | join(', ') }}, rejection_reason, raw_row, lost_values, unclear_numbers, delivery
from flagged
where is_repeated is null
union all
select
    {{ names | join(', ') }},
    case when place_in_key > 1 then 'repeated key: {{ contract.key | join(', ') }}' end as rejection_reason,
    case when place_in_key > 1 then {{ row_json(names) }} end as raw_row,
    lost_values,
    unclear_numbers,
    delivery
from ranked
{% endmacro %}

{# The columns of a contract, also with what each is in an extract, not yet typed (raw), the type of that (raw_type), how the bank says that
   it is read (readings), and whether it is read as text (is_text) #}
{% macro raw_columns(columns, matched, place) %}
  {%- set found = [] -%}
  {%- for column in columns -%}
    {%- set match, raw, type = matched.get(column.name) or {}, 'cast(null as varchar)', 'VARCHAR' -%}
    {%- if match -%}{%- set raw, type = match.raw or '"' ~ match.name ~ '"', match.type -%}
    {%- elif column.name == 'customer_id' and place.number_rows -%}{%- set raw = row_number_in_file() -%}
    {%- elif column.name == 'as_of_date' and var('as_of_date') -%}{%- set raw, type = date_given(), 'DATE' -%}
    {%- endif -%}
    {%- set readings = dict(match.readings or {}) -%}
    {#- whole numbers such as 20250630 are text to a form of dates -#}
    {%- set is_typed = is_number_type(type) and not readings.dates or type == 'BOOLEAN' or type == 'DATE' or type.startswith('TIMESTAMP') -%}
    {%- set is_text = column.type == 'varchar' or not is_typed or 'missing' in readings or 'values' in readings -%}
    {%- if column.type in ['date', 'timestamp'] and not is_typed and not readings.dates and match.day_or_month -%}
      {%- do readings.update(forms=decided_forms(raw, column.name, place)) -%}
    {%- endif -%}
    {%- do found.append(dict(column, raw=raw, raw_type=type, readings=readings, folder=match.folder, is_clear=match.is_clear, is_text=is_text)) -%}
  {%- endfor -%}
  {{- return(found) -}}
{% endmacro %}

{# Of a contract's columns: conditions of which one is not true where a row may break a rule or lose a value, and (condition, reason) of what makes a
   row none of the extract's, of everything else that costs a row, and of what costs an optional value. #}
{% macro rejection_rules(columns, key, place) %}
  {%- set plain, alone, rules, losses, filter = [], [], [], [], (place.entry or {}).get('filter') -%}
  {%- if filter -%}{%- do alone.append(('not is_kept', 'filter: ' ~ filter)) -%}{%- endif -%}
  {#- files that were put one behind the other -#}
  {%- for name in key if place.is_csv and (place.columns[name] or {}).name -%}
    {%- if loop.first -%}{%- do alone.append(('raw_' ~ name ~ ' = ' ~ sql_text(place.columns[name].name), 'row: the header again')) -%}{%- endif -%}
  {%- endfor -%}
  {%- for column in columns -%}
    {%- set name, type, is_within = column.name, column.type, [] -%}
    {%- set text = trimmed('text_' ~ name) if type == 'double' else 'text_' ~ name -%}
    {%- if column.is_text and (type != 'varchar' or column.get('categories')) -%}
      {%- do (rules if column.required or name in key else losses).append((name ~ ' is null and not ' ~ is_missing(text),
          name ~ ': ' ~ {'double': 'not a number', 'varchar': 'unknown category'}.get(type, 'not a date'))) -%}
    {%- endif -%}
    {%- if name in key -%}{%- do rules.append((name ~ ' is null', name ~ ': missing')) -%}{%- endif -%}
    {%- set finite = 'not ' ~ is_infinite(name) if type == 'double' else name ~ ' is not null' -%}
    {%- if type == 'double' -%}{%- do rules.append((is_infinite(name), name ~ ': not finite')) -%}{%- endif -%}
    {%- for bound, sign, word in [('minimum', '<', 'below'), ('maximum', '>', 'above')] if column.get(bound) is not none -%}
      {%- set is_date = type in ['date', 'timestamp'] and column[bound] not in columns | map(attribute='name') -%}
      {%- set beyond = name ~ ' ' ~ sign ~ ' ' ~ (sql_text(column[bound]) if is_date else column[bound]) -%}
      {%- do rules.append(('(' ~ beyond ~ ' and ' ~ finite ~ ')', name ~ ': ' ~ word ~ ' ' ~ column[bound])) -%}
      {%- do is_within.append('not ' ~ beyond) -%}
    {%- endfor -%}
    {%- set is_within = (is_within if is_within | length == 2 else is_within + [finite]) | join(' and ') -%}
    {%- do plain.append(is_within if name in key else '(' ~ is_within ~ ' or ' ~ ('text_' if column.is_text else 'raw_') ~ name ~ ' is null)') -%}
  {%- endfor -%}
  {{- return((plain, alone, rules, losses)) -}}
{% endmacro %}

{# (condition, column) of numbers whose only point has three digits behind it, in columns of which the bank does not say what a point is: the
   thousands or the decimals? unless_it_is_clear stops where no other value tells. #}
{% macro unclear_numbers(columns) %}
  {%- set found = [] -%}
  {%- for column in columns if column.type == 'double' and column.is_text and not column.is_clear and not column.readings.decimal and not column.readings.thousands -%}
    {%- set readings = column.readings or {} -%}
    {%- set is_behind = readings.signs or readings.percent or readings.negative -%}{#- something may stand behind the digits -#}
    {%- set ends = matches_whole('text_' ~ column.name, '.*[.][0-9]{3}[^0-9]*') if is_behind else 'substr(rtrim(text_' ~ column.name ~ "), -4, 1) = '.'" -%}
    {%- do found.append((ends ~ ' and abs(' ~ column.name ~ ') >= 1', column.name)) -%}
  {%- endfor -%}
  {{- return(found) -}}
{% endmacro %}

{# the notes whose condition is true, with semicolons between; NULL where there are none #}
{% macro noted(notes) -%}
  {%- if not notes -%}{{ return('cast(null as varchar)') }}{%- endif -%}
  nullif(concat_ws('; '{% for note in notes %}, case when {{ note[0] }} then {{ sql_text(note[1]) }} end{% endfor %}), '')
{%- endmacro %}

{# is something among the notes of a row? #}
{% macro is_noted(column, note) %}{{ return("contains(concat('; ', " ~ column ~ ", ';'), " ~ sql_text('; ' ~ note ~ ';') ~ ')') }}{% endmacro %}

{# an extract that an enabled study needs must be there; any other may be absent, and is empty then #}
{% macro stop_if_needed(extract) %}
  {%- set studies, tables, files = studies_that_need(extract), var('bank_tables'), var('bank_files') -%}
  {%- do refuse(studies and flags.WHICH in ['build', 'run'], "Extract " ~ extract ~ ", which the study " ~ studies | join(', ') ~ " needs, is not there: " ~ (
      'var bank_tables names ' ~ tables.database ~ '.' ~ tables.schema ~ ', which has no table of that name' if tables
      else 'var bank_files names no file of it, only of ' ~ files | join(', ') if files and files is mapping
      else 'var bank_files (' ~ files ~ ') holds no ' ~ extract ~ '.csv, .csv.gz or .parquet' if files
      else "the bank's extracts are " ~ var('extracts') | join(', ') if var('extracts')
      else 'run dbt seed first, for the sample bank' if extract in staged_extracts()
      else 'there is a seed raw_' ~ extract ~ ", which needs checked_extract('" ~ extract ~ "', seed=true) in the SQL, so that dbt loads it first"
          if 'seed.' ~ project_name ~ '.raw_' ~ extract in graph.nodes
      else "the sample bank has none; name its file under extracts of the bank's file, such as {" ~ extract ~ ': PATH}'
      ) ~ ". Give it, or take the study out of var studies.") -%}
{% endmacro %}
