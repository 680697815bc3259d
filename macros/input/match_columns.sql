{# The contract's columns as found in an extract: {contract name: {name, type} or none}. Stops with a sentence at a missing
   required column, and where two columns could be the same one. #}
{% macro match_columns(extract, contract, place) %}
  {%- set found = columns_of(place.from) -%}
  {%- set names = found | map('first') | list -%}
  {%- set read = "Extract " ~ extract ~ ", read from " ~ place.label -%}
  {%- do refuse(names | length == 1 and contract.columns | length > 1 and modules.re.search('[,;|\t].*[,;|\t]', names[0]), read
      ~ ", cannot be split into columns: some line has more or fewer fields than the header, " ~ names[0]) -%}
  {%- set matched, missing, unmatched = {}, [], names | list -%}
  {%- for column in contract.columns -%}
    {%- set keys, hits = keys_of(column), [] -%}
    {%- for name, type in found if column_key(name) in keys -%}{%- do hits.append({'name': name, 'type': type}) -%}{%- endfor -%}
    {%- do refuse(hits | length > 1, read ~ ": the columns " ~ hits | map(attribute='name') | join(' and ') ~ " could both be " ~ column.name ~ "; keep one.") -%}
    {%- if hits -%}
      {%- do unmatched.remove(hits[0].name) -%}
    {%- elif column.get('required') and not (place.number_rows and column.name == 'customer_id') -%}
      {%- do missing.append(column.name) -%}
    {%- endif -%}
    {%- do matched.update({column.name: hits | first if hits else none}) -%}
  {%- endfor -%}
  {%- set is_row_a_customer = not contract.key | reject('in', ['customer_id', 'as_of_date']) | list -%}
  {%- if missing -%}
    {%- set hints = [] -%}
    {%- for name in missing -%}
      {%- set nearest = nearest_name(name, unmatched) -%}
      {%- if nearest -%}{%- do hints.append(name ~ ': did you mean ' ~ nearest ~ '?') -%}{%- endif -%}
    {%- endfor -%}
    {%- if 'customer_id' in missing and var('bank_files') and is_row_a_customer -%}
      {%- do hints.append("A file without a key can have its rows numbered: {" ~ extract ~ ": {path: ..., customer_id: row_number}}.") -%}
    {%- endif -%}
    {%- do refuse(true, read ~ ", lacks the required column" ~ ('s ' if missing | length > 1 else ' ') ~ missing | join(', ')
        ~ ". Found: " ~ names | join(', ') ~ ". " ~ hints | join(' ')) -%}
  {%- endif -%}
  {%- do refuse(place.number_rows and not is_row_a_customer, "Extract " ~ extract ~ ": a row is no customer there, so its rows cannot be numbered as such; "
      ~ "take customer_id: row_number out of var bank_files, and give the column.") -%}
  {%- do refuse(place.number_rows and matched.customer_id, "Extract " ~ extract ~ ": " ~ place.label ~ " has a customer id ("
      ~ (matched.customer_id or {}).name ~ "), so its rows are not numbered; take customer_id: row_number out of var bank_files.") -%}
  {%- do refuse('as_of_date' in matched and not matched.as_of_date and not var('as_of_date'), read ~ ", has no column as_of_date, and var as_of_date is not set. "
      ~ "Say the date of the data: --vars '{as_of_date: 2025-06-30}'.") -%}
  {{- return(matched) -}}
{% endmacro %}
