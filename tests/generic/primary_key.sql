{# fails for every combination of the columns that comes more than once, and where one of them is NULL #}
{% test primary_key(model, columns) %}
{%- set found = columns_of(model | string) | map('first') | map('lower') | list if execute and flags.WHICH in ['build', 'test'] else columns -%}
{%- for name in columns -%}{#- else the database would say that SQL of the test's own fails -#}
{%- do refuse(name not in found, model.identifier ~ " does not return the column " ~ name ~ " of its primary key; it returns " ~ found | join(', ')) -%}
{%- endfor %}
select
    {{ columns | join(', ') }},
    count(*) as times
from {{ model }}
where {{ is_of_this_build(model) }}
group by {{ columns | join(', ') }}
having count(*) > 1
{%- for column in columns %} or {{ column }} is null{% endfor %}
{% endtest %}
