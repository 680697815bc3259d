{# The contract's columns as found in an extract: {contract name: {name, type} or none}. Stops with a sentence at a missing
   required column, and where two columns could be the same one. #}
{% macro match_columns(extract, contract, place) %}
  {%- set found = columns_of(place.from) -%}
  {%- set names = found | map('first') | list -%}
  {%- if names | length == 1 and contract.columns | length > 1 and modules.re.search('[,;|\t].*[,;|\t]', names[0]) -%}
    {{ exceptions.raise_compiler_error("Extract " ~ extract ~ ", read from " ~ place.label ~ ", cannot be split into columns: some line has more or fewer "
        ~ "fields than the header, " ~ names[0]) }}
  {%- endif -%}
  {%- set matched = {} -%}
  {%- set missing, unmatched = [], names | list -%}
  {%- for column in contract.columns -%}
    {%- set keys = [column_key(column.name)] -%}
    {%- for alias in column.get('aliases', []) -%}{%- do keys.append(column_key(alias)) -%}{%- endfor -%}
    {%- set hits = [] -%}
    {%- for name, type in found if column_key(name) in keys -%}{%- do hits.append({'name': name, 'type': type}) -%}{%- endfor -%}
    {%- if hits | length > 1 -%}
      {{ exceptions.raise_compiler_error("Extract " ~ extract ~ ", read from " ~ place.label ~ ": the columns " ~ hits | map(attribute='name') | join(' and ')
          ~ " could both be " ~ column.name ~ "; keep one.") }}
    {%- endif -%}
    {%- if not hits and column.get('required') and not (place.number_rows and column.name == 'customer_id') -%}
      {%- do missing.append(column.name) -%}
    {%- endif -%}
    {%- if hits -%}{%- do unmatched.remove(hits[0].name) -%}{%- endif -%}
    {%- do matched.update({column.name: hits | first if hits else none}) -%}
  {%- endfor -%}
  {%- set is_row_a_customer = contract.key | reject('in', ['customer_id', 'as_of_date']) | list | length == 0 -%}
  {%- if missing -%}{%- do stop_at_missing_columns(extract, place, missing, names, unmatched, is_row_a_customer) -%}{%- endif -%}
  {%- if place.number_rows and not is_row_a_customer -%}
    {{ exceptions.raise_compiler_error("Extract " ~ extract ~ ": a row is no customer there, so its rows cannot be numbered as such; take customer_id: row_number "
        ~ "out of var bank_files, and give the column.") }}
  {%- endif -%}
  {%- if place.number_rows and matched.customer_id -%}
    {{ exceptions.raise_compiler_error("Extract " ~ extract ~ ": " ~ place.label ~ " has a customer id (" ~ matched.customer_id.name
        ~ "), so its rows are not numbered; take customer_id: row_number out of var bank_files.") }}
  {%- endif -%}
  {%- if 'as_of_date' in matched and not matched.as_of_date and not var('as_of_date') -%}
    {{ exceptions.raise_compiler_error("Extract " ~ extract ~ ", read from " ~ place.label ~ ", has no column as_of_date, and var as_of_date is not set. "
        ~ "Say the date of the data: --vars '{as_of_date: 2025-06-30}'.") }}
  {%- endif -%}
  {{- return(matched) -}}
{% endmacro %}

{# stops at required columns that an extract lacks, with the names that resemble them #}
{% macro stop_at_missing_columns(extract, place, missing, names, unmatched, is_row_a_customer) %}
  {%- set hints = [] -%}
  {%- for name in missing -%}
    {%- set nearest = nearest_name(name, unmatched) -%}
    {%- if nearest -%}{%- do hints.append(name ~ ': did you mean ' ~ nearest ~ '?') -%}{%- endif -%}
  {%- endfor -%}
  {%- if 'customer_id' in missing and var('bank_files') and is_row_a_customer -%}
    {%- do hints.append("A file without a key can have its rows numbered: {" ~ extract ~ ": {path: ..., customer_id: row_number}}.") -%}
  {%- endif -%}
  {{ exceptions.raise_compiler_error("Extract " ~ extract ~ ", read from " ~ place.label ~ ", lacks the required column"
      ~ ('s ' if missing | length > 1 else ' ') ~ missing | join(', ') ~ ". Found: " ~ names | join(', ') ~ ". " ~ hints | join(' ')) }}
{% endmacro %}
