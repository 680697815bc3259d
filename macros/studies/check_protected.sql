{# Stops at a feature that is a protected column of an extract (models/sources.yml) and is not marked protected in the YAML of its study:
   one that has the column's name, names it as its variable, or is a category of it, such as is_female #}
{% macro check_protected() %}
  {%- set columns = protected_columns() -%}
  {%- for study in var('studies') -%}
    {%- for feature in study_features(study) if not feature.protected -%}
      {%- for column in columns -%}
        {%- do refuse(is_column(feature, column), "Feature " ~ feature.name ~ " of study " ~ study ~ " is " ~ column.name ~ " of extract " ~ column.extract
            ~ ", which is protected (models/sources.yml), and is not marked so: add protected: true to the feature in " ~ yaml_path(study_node(study))
            ~ ", or take it out of the study") -%}
      {%- endfor -%}
    {%- endfor -%}
  {%- endfor -%}
{% endmacro %}

{# [{extract, name, known_as}] of the protected columns; known_as has the names by which a feature is known as one: the column's, its aliases and
   is_<category> #}
{% macro protected_columns() %}
  {%- set found = [] -%}
  {%- for extract in extract_names() -%}
    {%- for column in extract_contract(extract).columns if column.get('protected') -%}
      {%- set keys = keys_of(column) -%}
      {%- for category in (column.categories if column.get('categories') is mapping else []) -%}{%- do keys.append(column_key('is_' ~ category)) -%}{%- endfor -%}
      {%- do found.append({'extract': extract, 'name': column.name, 'known_as': keys}) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{- return(found) -}}
{% endmacro %}

{# is a feature one of these columns? #}
{% macro is_column(feature, column) %}{{ return(column_key(feature.name) in column.known_as or column_key(feature.variable) in column.known_as) }}{% endmacro %}
