{# Where an extract is read from: {from: what stands after "from", label: its name in messages, number_rows: bool, entry: what the bank says of
   it, columns: as match_columns has them, where they are known already}, or none where it is absent. The sample's seed, unless the bank
   says where its own extracts are. Dbt knows what a model reads when it has parsed it, and cannot say then whether there is a seed: so a
   seed other than those of the sample bank must be asked for. #}
{% macro locate_extract(extract, seed=false, known={}) %}
  {%- if not execute -%}
    {%- if source_kind() == 'sample' and (seed or extract in staged_extracts()) -%}{%- do ref('raw_' ~ extract) -%}{%- endif -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set entry = entry_of(extract) -%}
  {%- if entry -%}
    {{ return(planned(plan_request(extract, entry, known))) }}
  {%- elif source_kind() == 'sample' -%}{#- a seed that the model does not come after may not be there yet, or be an old one: it counts as absent -#}
    {%- set id = 'seed.' ~ project_name ~ '.raw_' ~ extract -%}
    {%- set relation = load_relation(node_relation(graph.nodes[id])) if id in ancestors(model.depends_on.nodes) else none -%}
    {%- if relation -%}{{ return({'from': relation | string, 'label': 'seed raw_' ~ extract, 'number_rows': false, 'kind': 'sample/', 'entry': {'table': relation | string}}) }}{%- endif -%}
  {%- endif -%}
  {{ return(none) }}
{% endmacro %}

{# What the bank says of an extract (the keys of docs/bank-file.md), or none: from its file, or from the short forms. origin: where that stands #}
{% macro entry_of(extract) %}
  {%- set named, files, tables = var('extracts'), var('bank_files'), var('bank_tables') -%}
  {%- if extract in named -%}
    {%- set entry = {'path': named[extract]} if named[extract] is string else dict(named[extract]) -%}
    {%- if entry.table -%}{%- do entry.update(table=table_of(extract, entry.table)) -%}{%- endif -%}
    {{ return(entry) }}
  {%- elif files is string and files -%}
    {{ return({'folder': files, 'origin': 'var bank_files'}) }}
  {%- elif extract in files -%}
    {{ return(dict({'path': files[extract]} if files[extract] is string else files[extract], origin='var bank_files')) }}
  {%- elif tables -%}
    {%- set relation = adapter.get_relation(tables.database, tables.schema, extract) -%}
    {%- if relation -%}{{ return({'table': relation | string, 'origin': 'var bank_tables'}) }}{%- endif -%}
  {%- endif -%}
  {{ return(none) }}
{% endmacro %}

{# A table as SQL names it, of one that the bank's file names as table, schema.table or database.schema.table. Stops where there is none. #}
{% macro table_of(extract, name) %}
  {%- set parts = name.split('.') -%}
  {%- set database, schema = parts[-3] if parts | length > 2 else target.database, parts[-2] if parts | length > 1 else target.schema -%}
  {%- set relation = adapter.get_relation(database, schema, parts[-1]) -%}
  {%- if not relation -%}
    {%- set others = list_relations_without_caching(api.Relation.create(database=database, schema=schema)).columns[1].values() | list if schema else [] -%}
    {%- set nearest = nearest_name(parts[-1], others) -%}
    {%- do refuse(true, "Extract " ~ extract ~ ": there is no table " ~ name ~ " (the bank's file); " ~ ("did you mean " ~ nearest ~ "?" if nearest
        else "give table, schema.table or database.schema.table, of a database under attach")) -%}
  {%- endif -%}
  {{- return(relation | string) -}}
{% endmacro %}

{# The contract's columns as found in an extract: {contract name: {raw: SQL, type, readings} or none}. Stops with a sentence at a missing
   required column, and where two columns could be the same one. #}
{% macro match_columns(extract, contract, place) %}
  {%- set matched = place.columns -%}
  {%- if not matched -%}
    {%- set where_from = place.from -%}
    {%- set found = columns_of(where_from) -%}
    {%- set texts = [] -%}
    {%- for name, type in found if type == 'VARCHAR' -%}{%- do texts.append(name) -%}{%- endfor -%}
    {%- set place = planned({'extract': extract, 'contract': contract, 'entry': place.entry, 'found': found, 'label': place.label,
        'numbers': place.numbers or [], 'mixed': place.mixed or []}, sample_of(where_from, texts)) -%}
    {%- for name, column in place.columns.items() if column and column.doubt -%}
      {%- do refuse(run_query('select count(' ~ column.raw ~ ') as n from ' ~ where_from)[0][0], column.doubt) -%}
      {%- do column.update(raw='cast(null as varchar)', type='VARCHAR') -%}{#- it is empty, and its type says nothing -#}
    {%- endfor -%}
    {%- set matched = place.columns -%}
  {%- endif -%}
  {%- do refuse('as_of_date' in matched and not matched.as_of_date and not var('as_of_date'), "Extract " ~ extract ~ ", read from " ~ place.label
      ~ ", has no column as_of_date, and var as_of_date is not set. Say the date of the data: --vars '{as_of_date: 2025-06-30}'.") -%}
  {{- return(matched) -}}
{% endmacro %}

{# what bank/plan.py answers to a request; stops where it refuses. sample: SQL of a JSON that belongs to it #}
{% macro planned(request, sample=none) %}
  {%- set answer = fromjson(bank_plan(tojson(request), sample)) -%}
  {%- do refuse(answer.refused, answer.refused) -%}
  {{- return(answer or none) -}}
{% endmacro %}

{# the relation of a node of dbt's graph #}
{% macro node_relation(node) %}
  {{- return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) -}}
{% endmacro %}

{# what bank/plan.py is asked first of an extract #}
{% macro plan_request(extract, entry, known) %}
  {{- return({'extract': extract, 'contract': extract_contract(extract), 'entry': entry, 'as_of_date': var('as_of_date') | string, 'known': known | list,
      'again': deliveries_to_read_again(known), 'reading': var('time_zone')}) -}}
{% endmacro %}
