{# How a command stops with a sentence for the user: where a condition is true, ... #}
{% macro refuse(condition, sentence) %}{%- if condition -%}{{ exceptions.raise_compiler_error(sentence) }}{%- endif -%}{% endmacro %}

{# ... and at a key that nobody reads, which is most often a misspelt one #}
{% macro check_keys(found, known, where) %}
  {%- for name in found if name not in known -%}{%- do refuse(true, "Unknown key '" ~ name ~ "' in " ~ where ~ "; known: " ~ known | join(', ')) -%}{%- endfor -%}
{% endmacro %}

{# of some names the first that comes a second time, or none #}
{% macro first_repeated(names) %}
  {%- set names = names | list -%}
  {%- for name in names -%}{%- if name in names[:loop.index0] -%}{{ return(name) }}{%- endif -%}{%- endfor -%}
{% endmacro %}
