{# fails for every combination of the columns that comes more than once, and where one of them is NULL #}
{% test primary_key(model, columns) %}
{%- if execute and flags.WHICH in ['build', 'test'] -%}{%- do check_key_columns(model, columns) -%}{%- endif %}
select
    {{ columns | join(', ') }},
    count(*) as times
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{%- for column in columns %} or {{ column }} is null{% endfor %}
{% endtest %}
