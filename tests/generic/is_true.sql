{# fails for every row in which the expression is not true; NULL is not true, unlike in dbt's accepted_values #}
{% test is_true(model, expression) %}
select *
from {{ model }}
where ({{ expression }}) is distinct from true
{% endtest %}
