{# Who says in which protected group a customer is: [{name, alias, model, filter, is_dated, is_unique, columns: [{position, attribute, kind,
   value}]}]. First the extracts, the one with most protected columns before the others, then by name; then the studies, with their
   protected features that no extract says to them. Columns of one name and kind are one attribute, and of two who know it the first counts.
   kind: category, age (a birthday is one) or number (of a date: the years since). #}
{% macro protected_sources() %}
  {%- set found = [] -%}
  {%- for extract in staged_extracts() + own_extracts() -%}
    {%- set contract, is_own = extract_contract(extract), extract not in staged_extracts() -%}
    {%- set names, columns = contract.columns | map(attribute='name') | list, [] -%}
    {%- for column in contract.columns if column.get('protected') -%}
      {%- set raw = 'protected_values[' ~ loop.index ~ ']' if is_own else column.name -%}
      {%- set name, kind, value = column.name, 'category', raw -%}
      {%- if column.type == 'double' -%}
        {%- set kind, value = kind_of_number(name), number_from(raw) if is_own else raw -%}
      {%- elif column.type != 'varchar' -%}{#- one age an extract: of two birthdays the second is another person's -#}
        {%- set kind, value = 'age' if is_birthday(column) else 'number', days_between('cast(' ~ raw ~ ' as date)', 'dates.as_of_date') ~ ' / 365.25' -%}
        {%- set name = 'age' if kind == 'age' and 'age' not in names | map('lower') | list + columns | map(attribute='name') | list else name -%}
      {%- endif -%}
      {%- do columns.append({'name': name, 'kind': kind, 'value': value}) -%}
    {%- endfor -%}
    {%- if columns and 'customer_id' in names -%}
      {%- do found.append({
          'name': extract, 'alias': 'of_' ~ extract, 'model': 'checked_own_extracts' if is_own else 'stg_' ~ extract, 'is_dated': 'as_of_date' in names,
          'filter': 'rejection_reason is null and extract = ' ~ sql_text(extract) if is_own else 'true',
          'is_unique': contract.key | sort | list == ['as_of_date', 'customer_id'], 'columns': columns, 'size': columns | length}) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- set sources = found | sort(attribute='name') | sort(attribute='size', reverse=true) -%}
  {%- for study in var('studies') -%}
    {%- set columns = [] -%}
    {%- for feature in study_features(study) if feature.protected and not extracts_that_say(feature, study, found | map(attribute='name') | list) -%}
      {%- do columns.append({'name': feature.name, 'kind': kind_of_number(feature.name), 'value': feature_value(feature)}) -%}
    {%- endfor -%}
    {%- if columns -%}
      {%- do sources.append({'name': 'study ' ~ study, 'alias': 'of_study_' ~ study, 'model': 'features_' ~ study, 'filter': 'true', 'is_dated': true,
          'is_unique': true, 'columns': columns}) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- set seen = {} -%}
  {%- for source in sources -%}
    {%- for column in source.columns -%}
      {%- set name = column.name | lower | replace('_', ' ') -%}
      {%- set attribute = name if seen.get(name, column).kind == column.kind else name ~ ' (' ~ source.name ~ ')' -%}
      {%- do seen.setdefault(attribute, {'kind': column.kind, 'position': seen | length + 1}) -%}
      {%- do column.update({'attribute': attribute, 'position': seen[attribute].position}) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{- return(sources) -}}
{% endmacro %}

{# The protected attributes of these sources, in order: [{position, attribute, kind, known_from, values}]; values are the columns
   <alias>.value_<position> of those who know it #}
{% macro protected_attributes(sources) %}
  {%- set attributes = {} -%}
  {%- for source in sources -%}
    {%- for column in source.columns -%}
      {%- set known = attributes.setdefault(column.position, dict(column, known_from=[], values=[])) -%}
      {%- do known.known_from.append(source.name) -%}
      {%- do known['values'].append(source.alias ~ '.value_' ~ column.position) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{- return(attributes.values() | sort(attribute='position')) -}}
{% endmacro %}

{# The extracts with protected columns and without a customer_id: nobody can say which customer they speak of #}
{% macro protected_without_customer() %}
  {%- set found = [] -%}
  {%- for extract in (own_extracts() if execute else []) -%}
    {%- set columns = extract_contract(extract).columns -%}
    {%- set protected = columns | selectattr('protected', 'defined') | selectattr('protected') | list -%}
    {%- if protected and 'customer_id' not in columns | map(attribute='name') -%}{%- do found.append(extract) -%}{%- endif -%}
  {%- endfor -%}
  {{- return(found) -}}
{% endmacro %}

{# A protected date is a birthday by its name or an alias, in English or a neighbour's language: date_of_birth, dob, born_on, Geburtsdatum,
   date_naissance, fecha_nacimiento, data_nascita #}
{% macro is_birthday(column) %}
  {{- return(modules.re.search('birth|born|dob|gebor|geboor|geburt|naiss|nacim|nasci', keys_of(column) | join(' ')) is not none) -}}
{% endmacro %}

{# a number is an age by its name: age, customer_age #}
{% macro kind_of_number(name) %}{{ return('age' if 'age' in (name | lower).split('_') else 'number') }}{% endmacro %}

{# of some extracts, those that a study reads and of which a feature is a protected column #}
{% macro extracts_that_say(feature, study, extracts) %}
  {%- set said = [] -%}
  {%- for column in protected_columns() if column.extract in extracts and is_column(feature, column) and study in studies_that_need(column.extract) -%}
    {%- do said.append(column.extract) -%}
  {%- endfor -%}
  {{- return(said) -}}
{% endmacro %}
