{# Keeps the lines of an extract that could not be split into fields, and stops where too much of it is rejected or lost, where a number could be
   read in two ways, where a study needs an extract that has no rows, and where a date would make those before it count for nothing. It runs when the rows are in a table, so that they can be looked
   at. filter: picks those of the extract; deliveries: by file. #}
{% macro stop_at_rejections(extract, rows, filter='true', deliveries={}) %}
  {%- if not execute -%}{{ return('') }}{%- endif -%}
  {%- set place = locate_extract(extract, known=known_deliveries()) or {} -%}
  {%- set read = 'Extract ' ~ extract ~ ', read from ' ~ place.label -%}
  {%- do keep_faulty_lines(extract, rows, read, place.copies or {}, deliveries) -%}
  {%- set unwanted = "starts_with(rejection_reason, 'filter: ')" -%}
  {%- set counts = run_query('select count(*) as n, count(rejection_reason) filter (not ' ~ unwanted ~ ') as rejected, count(*) filter (rejection_reason is not null and '
      ~ unwanted ~ ') as unwanted, count(unclear_numbers) as unclear from ' ~ rows ~ ' where ' ~ filter) -%}
  {%- set total, rejected, unclear = counts[0][0] - counts[0][2], counts[0][1], counts[0][3] -%}
  {%- do refuse(not total and studies_that_need(extract), read ~ (", has no row that its filter keeps" if counts[0][0] else ", has a header and no rows") ~ "; the study "
      ~ studies_that_need(extract) | join(', ') ~ " needs it. Export it again, or take the study out of var studies.") -%}
  {%- if unclear -%}{%- do stop_at_unclear_numbers(extract, place, rows, filter, read) -%}{%- endif -%}
  {%- if total and rejected / total > var('max_rejected_share') -%}
    {%- set parts = reasons_of(rows, 'rejection_reason', filter ~ ' and not ' ~ unwanted, 3) -%}
    {%- do refuse(true, read ~ ": " ~ rejected ~ " of " ~ total ~ " rows are rejected, more than var max_rejected_share ("
        ~ var('max_rejected_share') ~ ") allows. Mostly: " ~ parts | join('; ') ~ ". " ~ example_of(extract, place, parts[0]) ~ "Look at " ~ rows.identifier
        ~ " (rejection_reason, raw_row); say in the bank's file how it is written (docs/bank-file.md), mend the extract or its rules in models/sources.yml, or raise the var.") -%}
  {%- endif -%}
  {%- for lost in (reasons_of(rows, 'lost_values', filter ~ ' and rejection_reason is null', 1) if total else []) if (lost | string).rsplit('(', 1)[1].split(' ')[0] | int / total > var('max_rejected_share') -%}
    {%- do refuse(true, read ~ ": of " ~ total ~ " rows so many values are lost, more than var max_rejected_share (" ~ var('max_rejected_share') ~ ") allows: " ~ lost ~ ". "
        ~ example_of(extract, place, lost) ~ "Say in the bank's file how it is written (docs/bank-file.md), mend the extract or its rules in models/sources.yml, or raise the var.") -%}
  {%- endfor -%}
  {%- do stop_at_volume(extract, rows, read) -%}
  {%- do note_open_files(extract, place.open or [], deliveries) -%}
{% endmacro %}

{# Stops at a date that is new, or new so, with so many rows that the largest one that stands would be incomplete beside it (var min_date_share): the
   whole of a history would decide nothing from then on, and one file with every row twice be the latest. #}
{% macro stop_at_volume(extract, rows, read) %}
  {%- if not keeps_rows() or extract not in dated_extracts() -%}{{ return('') }}{%- endif -%}
  {%- set per_date = 'select as_of_date, count(*) as times from {} where rejection_reason is null group by as_of_date' -%}
  {%- for row in run_query('select cast(as_of_date as varchar), times, largest from (' ~ per_date.format(rows) ~ ') as given, (select max(times) as largest from ('
      ~ per_date.format(this) ~ ') as standing where as_of_date not in (select as_of_date from ' ~ rows ~ ' where rejection_reason is null) and cast(as_of_date as varchar) not in ('
      ~ sql_texts(var('forget_dates')) ~ ')) as standing where times * ' ~ var('min_date_share') ~ ' > largest order by times desc limit 1') -%}
    {%- do refuse(true, read ~ ": " ~ row[0] ~ " has " ~ row[1] ~ " rows, and no date before it more than " ~ row[2] ~ ", so that by var min_date_share (" ~ var('min_date_share')
        ~ ") all of them would be incomplete. Is anything in it twice? If it is right, set min_date_share to at most " ~ (row[2] / row[1] * 100) | round(0, 'floor') / 100
        ~ ", or take the dates before out (var forget_dates).") -%}
  {%- endfor -%}
{% endmacro %}

{# Keeps in built_dates which files of an extract end without a line end (files: of all that are read; deliveries: by path), for extract_counts #}
{% macro note_open_files(extract, files, deliveries) %}
  {%- set names, open = [], [] -%}
  {%- for file, delivery in deliveries.items() -%}{%- do names.append(delivery.rsplit('@', 1)[0]) -%}{%- endfor -%}
  {%- for file in files -%}{%- do open.append((deliveries.get(file) or file.replace('\\', '/').rsplit('/', 1)[1]).rsplit('@', 1)[0]) -%}{%- endfor -%}
  {%- do run_query("delete from " ~ built_dates() ~ " where model = 'open_files' and part = " ~ sql_text(extract) ~ (' and stamp in (' ~ sql_texts(names) ~ ')' if keeps_rows() else '')) -%}
  {%- for name in open -%}{%- do run_query('insert into ' ~ built_dates() ~ " (model, part, stamp) values ('open_files', " ~ sql_texts([extract, name]) ~ ')') -%}{%- endfor -%}
{% endmacro %}

{# the same for checked_own_extracts, which holds the rows of several extracts #}
{% macro stop_at_own_rejections() %}
  {%- for extract in own_extracts() -%}{%- do stop_at_rejections(extract, this, 'extract = ' ~ sql_text(extract)) -%}{%- endfor -%}
{% endmacro %}

{# the most frequent of the reasons in a column: "age: above 120 (3 rows)" #}
{% macro reasons_of(rows, column, filter, limit) %}
  {%- set found = [] -%}
  {%- for row in run_query('select reason, count(*) as n from (select unnest(' ~ split_text(column, '; ') ~ ') as reason from ' ~ rows ~ ' where ' ~ column
      ~ ' is not null and ' ~ filter ~ ') as given group by reason order by n desc, reason limit ' ~ limit) -%}
    {%- do found.append(row[0] ~ ' (' ~ row[1] ~ (' row)' if row[1] == 1 else ' rows)')) -%}
  {%- endfor -%}
  {{- return(found) -}}
{% endmacro %}

{# Stops at columns in which every point has three digits behind it, and one at least a number of 1 or more before: 1.081 is a thousand, or
   hardly more than one. Any other number of decimals in the column tells. #}
{% macro stop_at_unclear_numbers(extract, place, rows, filter, read) %}
  {%- set columns = [] -%}
  {%- for name in run_query('select distinct unnest(' ~ split_text('unclear_numbers', '; ') ~ ') as name from ' ~ rows ~ ' where unclear_numbers is not null and ' ~ filter
      ~ ' order by name').columns[0].values() -%}
    {%- set unclear = is_noted('unclear_numbers', name) -%}
    {%- set clear = is_noted('clear_numbers', name) if rows.identifier == 'checked_own_extracts' else 'not ' ~ unclear ~ ' and ' ~ name ~ ' <> floor(' ~ name ~ ')' -%}
    {%- set times = run_query('select count(*) filter (' ~ unclear ~ ') as n, count(*) filter (' ~ clear ~ ') as clear from ' ~ rows
        ~ ' where rejection_reason is null and ' ~ filter)[0] -%}
    {%- if not times[1] -%}{%- do columns.append(name) -%}{%- endif -%}
  {%- endfor -%}
  {%- do refuse(columns, read ~ ": numbers of the column" ~ ('s ' if columns | length > 1 else ' ') ~ columns | join(', ') ~ " could be read in two ways: the point has three digits behind it wherever it stands. "
      ~ (example_of(extract, place, columns[0] ~ ': unclear') if columns else '') ~ "Say in the bank's file what the point is: `decimal: {" ~ columns | join(': ".", ')
      ~ ': "."}` or `thousands: {' ~ columns | join(': ".", ') ~ ': "."}`.') -%}
{% endmacro %}

{# Lines of a CSV that are none, with too few or too many fields: rejected rows with their line. Stops where quotes do not close or
   signs are of another encoding, since nobody knows then what else was read wrongly. copies: of files that were copied into UTF-8. #}
{% macro keep_faulty_lines(extract, rows, read, copies, deliveries) %}{{ return(adapter.dispatch('keep_faulty_lines')(extract, rows, read, copies, deliveries)) }}{% endmacro %}
{% macro duckdb__keep_faulty_lines(extract, rows, read, copies, deliveries) %}
  {%- set tables = run_query("select count(*) as n from duckdb_tables() where temporary and table_name = 'faults_" ~ extract ~ "'") -%}
  {%- if not tables[0][0] -%}{{ return('') }}{%- endif -%}
  {%- set faults -%}
    select min({% for copy in copies %}replace({% endfor %}scans.file_path{% for copy, path in copies.items() %}, {{ sql_text(copy) }}, {{ sql_text(path) }}){% endfor %}) as file, faults.line, min(faults.csv_line) as csv_line, min(case
        when faults.error_message like '%unterminated quote%' and len(replace(faults.csv_line, '"', '')) % 2 <> len(faults.csv_line) % 2 then 'open quote'
        when faults.error_type = 'INVALID ENCODING' then 'encoding'
        when faults.error_type = 'MISSING COLUMNS' then 'fewer fields than the header'
        when faults.error_type = 'TOO MANY COLUMNS' then 'more fields than the header'
        when faults.error_type = 'UNQUOTED VALUE' then 'a quote that does not close its field'
        else lower(faults.error_type)
    end) as fault
    from faults_{{ extract }} as faults
    inner join scans_{{ extract }} as scans on faults.scan_id = scans.scan_id and faults.file_id = scans.file_id
    group by faults.scan_id, faults.file_id, faults.line
  {%- endset -%}
  {%- for row in run_query("select file, line, fault from (" ~ faults ~ ") as faults where fault in ('open quote', 'encoding') order by file, line limit 1") -%}
    {%- do refuse(row[2] == 'open quote', read ~ ": a quote that opens in line " ~ row[1] ~ " of " ~ row[0] ~ " never closes, so that the rest of the file would be one field. Mend that line, or export the file with its quotes doubled.") -%}
    {%- do refuse(true, read ~ ": line " ~ row[1] ~ " of " ~ row[0] ~ " is not of the encoding in which it is read. Say `encoding` in the bank's file, such as windows-1252 or latin-1.") -%}
  {%- endfor -%}
  {%- set names = "'line: ' || fault as rejection_reason, cast(json_object('file', file, 'line', line, 'text', csv_line) as varchar) as raw_row" -%}
  {%- set also = ["'" ~ extract ~ "' as extract"] if rows.identifier == 'checked_own_extracts' else ["case file"] -%}
  {%- for file, delivery in deliveries.items() -%}{%- do also.append(' when ' ~ sql_text(file) ~ ' then ' ~ sql_text(delivery)) -%}{%- endfor -%}
  {%- do run_query('insert into ' ~ rows ~ ' by name (select ' ~ also | join ~ (' end as delivery' if deliveries else '') ~ ', ' ~ names
      ~ ' from (' ~ faults ~ ') as faults order by file, line)') -%}
  {%- do run_query('drop table faults_' ~ extract) -%}
  {%- do run_query('drop table scans_' ~ extract) -%}
{% endmacro %}

{# "The first is 99.999,99 (line 17 of cards.csv)." of the column that a reason names, as far as it is a CSV's: its shape, not what it says #}
{% macro example_of(extract, place, reason) %}
  {%- if not place.is_csv -%}{{ return('') }}{%- endif -%}
  {%- set column = reason.split(':')[0] -%}
  {{- return(fromjson(bank_plan(tojson(dict(plan_request(extract, place.entry, known_deliveries()), example=column, reason=reason.split(' (')[0])))).sentence or '') -}}
{% endmacro %}
