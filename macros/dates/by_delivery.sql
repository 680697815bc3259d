{# does this model keep what it has read (also with --full-refresh), and has it read anything? A table of before 0.8.0 says no delivery. #}
{% macro keeps_rows() %}
  {%- set is_there = model.config.materialized == 'by_delivery' and load_relation(this) -%}
  {{- return(is_there and 'delivery' in columns_of(this) | map('first')) -}}
{% endmacro %}

{# what it knows: {delivery: as_of_dates, as text} #}
{% macro known_deliveries() %}{{ return(deliveries_in(this, model.name[8:]) if keeps_rows() else {}) }}{% endmacro %}

{# the same of the table checked_<extract> #}
{% macro deliveries_in(rows, extract) %}
  {%- set known = {} -%}
  {%- set dates = 'string_agg(distinct cast(as_of_date as varchar))' if 'as_of_date' in extract_contract(extract).key else "''" -%}
  {%- for row in run_query('select delivery, ' ~ dates ~ ' from ' ~ rows ~ ' where delivery is not null group by delivery') -%}
    {%- do known.update({row[0]: row[1] or ''}) -%}
  {%- endfor -%}
  {{- return(known) -}}
{% endmacro %}

{# the deliveries that checked_<extract> has read in this build #}
{% macro deliveries_of_this_build(rows) %}
  {{- return(run_query('select part from ' ~ built_dates() ~ ' where model = ' ~ sql_text(rows.identifier) ~ ' and build = ' ~ sql_text(invocation_id)).columns[0].values()) -}}
{% endmacro %}

{# Which of the known deliveries are read again, because var restate asks for it (all, or dates that they hold) #}
{% macro deliveries_to_read_again(known) %}
  {%- set asked, again = var('restate'), [] -%}
  {%- for delivery, dates in known.items() -%}
    {%- if asked == 'all' or (asked is not string and asked | map('string') | select('in', dates.split(',')) | list) -%}{%- do again.append(delivery) -%}{%- endif -%}
  {%- endfor -%}
  {{- return(again) -}}
{% endmacro %}

{# How what is new of an extract is read: {from, delivery: SQL of a row's delivery, replaced, gone, lost: deliveries of before}. Of `lost`, which
   are not there today as they were, `replaced` come again under their name, and `gone` do not. #}
{% macro reading_of(place, contract, matched, known) %}
  {%- set strangers = [] -%}{#- the sample bank's, as soon as a bank names its own #}
  {%- for delivery in known if delivery.startswith('sample/') != (source_kind() == 'sample') -%}{%- do strangers.append(delivery) -%}{%- endfor -%}
  {%- do refuse(strangers and source_kind() == 'sample', "The warehouse holds a bank's own rows, and this build names no extracts but the sample bank's. Name the bank's "
      ~ "(var bank, or make build BANK=...), or take another warehouse for the sample bank (SEGMENTATION_DB), or delete this one.") -%}
  {%- set nothing = {'from': none, 'delivery': 'cast(null as varchar)', 'files': {}, 'replaced': strangers, 'gone': [], 'lost': strangers} -%}
  {%- if not place -%}{{ return(nothing) }}{%- endif -%}
  {%- set is_undated = 'as_of_date' in matched and not (matched.as_of_date or {}).get('name') -%}
  {%- set date = (place.entry.constants or {}).as_of_date or var('as_of_date') if is_undated -%}
  {%- set prefix = date ~ '/' if date else '' -%}
  {%- set days = [] -%}{#- a table is told apart by these #}
  {%- for column in contract.columns if not place.deliveries and (column.name == 'as_of_date' or column.required) and column.type in ['date', 'timestamp'] -%}
    {%- if (matched[column.name] or {}).get('name') -%}{%- do days.append("coalesce(substr(cast(" ~ matched[column.name].raw ~ " as varchar), 1, 10), '')") -%}{%- endif -%}
  {%- endfor -%}
  {%- set told_by = days[0] or ('"' ~ place.tells_apart ~ '"' if place.tells_apart else none) -%}
  {%- set found = place.deliveries or deliveries_of_table(place, contract, told_by or "''", prefix, known) -%}
  {%- set replaced = (found.replaced_of_date if prefix else found.replaced) + strangers -%}
  {%- set reading = dict(nothing, lost=found.lost, replaced=replaced, gone=found.lost | reject('in', replaced) | list) -%}
  {%- for file, delivery in found.new.items() -%}{%- do reading.files.update({file: (prefix if place.deliveries else '') ~ delivery}) -%}{%- endfor -%}
  {%- if found.new and told_by -%}
    {%- set rows = [] -%}
    {%- for file, delivery in reading.files.items() -%}{%- do rows.append('(' ~ sql_texts([file, delivery]) ~ ')') -%}{%- endfor -%}
    {%- do reading.update({'from': place.from ~ ' inner join (values ' ~ rows | join(', ') ~ ') as deliveries ("its file", "its delivery") on ' ~ told_by
        ~ ' = deliveries."its file"', 'delivery': 'deliveries."its delivery"'}) -%}
  {%- elif found.new -%}
    {%- do reading.update({'from': place.from, 'delivery': sql_text(reading.files.values() | first)}) -%}
  {%- endif -%}
  {{- return(reading) -}}
{% endmacro %}

{# The same for a table as bank/deliveries.py finds of files: a delivery is its rows of a day, by their number and the sum of their hashes #}
{% macro deliveries_of_table(place, contract, day, prefix, known) %}
  {%- set new, names, standing, again = {}, [], [], deliveries_to_read_again(known) -%}
  {%- set how = local_md5(tojson(contract, sort_keys=true) ~ tojson(place.entry, sort_keys=true))[:6] -%}
  {%- for row in run_query('select ' ~ day ~ ', ' ~ rows_fingerprint('given') ~ ' from ' ~ place.from ~ ' as given group by 1') -%}
    {%- set delivery = (place.kind or '') ~ prefix ~ row[0] ~ '@' ~ row[1] ~ '-' ~ how -%}
    {%- if delivery in known and delivery not in again -%}{%- do standing.append(delivery) -%}
    {%- else -%}{%- do new.update({row[0]: delivery}) -%}{%- do names.append(delivery.rsplit('@', 1)[0]) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- set lost, replaced = known | reject('in', standing) | list, [] -%}
  {%- for delivery in lost if delivery.rsplit('@', 1)[0] in names -%}{%- do replaced.append(delivery) -%}{%- endfor -%}
  {{- return({'new': new, 'lost': lost, 'replaced': replaced, 'replaced_of_date': replaced}) -}}
{% endmacro %}

{# a row of an extract that counts, or would if its key did not come twice #}
{% macro could_count() %}{{ return("(rejection_reason is null or rejection_reason like 'repeated key: %')") }}{% endmacro %}

{# Instead of a table: what was read stays, and only what is new is read (checked_extract). It is looked at beside what was accepted before, so
   that nothing that is refused takes its place: incoming_<extract> stays there then. Of one date the delivery that is there counts. #}
{% materialization by_delivery, adapter='duckdb' %}
  {%- set extract, target = model.name[8:], this.incorporate(type='table') -%}
  {%- set incoming = target.incorporate(path={'identifier': 'incoming_' ~ extract}) -%}
  {%- set key = extract_contract(extract).key | join(', ') -%}
  {%- set reading = fromjson(modules.re.search('-- reading ([{].*)', compiled_code)[1]) -%}
  {%- set existing, keeps = load_cached_relation(this), keeps_rows() -%}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {%- set is_read = reading.is_new or not keeps -%}
  {%- call statement('main') -%}
    {{ 'create or replace table ' ~ incoming ~ ' as (' ~ compiled_code ~ '\n)' if is_read or reading.replaced else 'select 1' }}
  {%- endcall -%}
  {{ adapter.commit() }}
  {%- if is_read or reading.replaced -%}
    {%- if is_read -%}{%- do stop_at_rejections(extract, incoming, deliveries=reading.files) -%}{%- endif -%}
    {%- call statement('accepted', auto_begin=true) -%}
      {%- if keeps %}
      delete from {{ target }} where delivery in ({{ sql_texts(reading.replaced) }});
      {%- if 'as_of_date' in key %}
      delete from {{ target }} where delivery in ({{ sql_texts(reading.gone) }}) and as_of_date in (select as_of_date from {{ incoming }});
      {%- endif %}
      delete from {{ target }} where {{ could_count() }} and ({{ key }}) in (select {{ key }} from {{ incoming }} where {{ could_count() }});
      {%- for name, type in columns_of(incoming) if name not in columns_of(target) | map('first') %}
      alter table {{ target }} add column {{ name }} {{ type }};
      {%- endfor %}
      insert into {{ target }} by name select * from {{ incoming }};
      drop table {{ incoming }};
      {%- else %}
      {{ 'drop ' ~ existing.type ~ ' if exists ' ~ existing ~ ';' if existing }}
      alter table {{ incoming }} rename to {{ target.identifier }};
      {%- endif %}
    {%- endcall -%}
  {%- endif -%}
  {%- for date in var('forget_dates') if 'as_of_date' in key -%}
    {%- call statement('forgotten', auto_begin=true) -%}delete from {{ target }} where as_of_date = {{ sql_date(date) }}{%- endcall -%}
  {%- endfor -%}
  {%- call statement('written', auto_begin=true) %}
    delete from {{ built_dates() }} where model = {{ sql_text(model.name) }};
    {%- for delivery in reading.files.values() %}
    insert into {{ built_dates() }} values ({{ sql_texts([model.name, delivery]) }}, null, null, {{ sql_text(invocation_id) }});
    {%- endfor %}
  {%- endcall -%}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}
