{# Var transaction_partitions: the model is built with the first part of the customers (by a hash of their id), and its hook inserts
   the others one after the other. A union of them would run side by side, in as much memory as all at once. #}
{% macro in_partition(customer_id, partition=0) %}
  {%- if var('transaction_partitions') == 1 -%}{{ return('true') }}{%- endif -%}
  {{- return(hash_of(customer_id) ~ ' % ' ~ var('transaction_partitions') ~ ' = ' ~ partition) -}}
{% endmacro %}

{# the hook that inserts the other parts #}
{% macro insert_other_partitions(customer_id) %}
  {%- for partition in range(1, var('transaction_partitions') | int) if execute -%}
    {%- do run_query('insert into ' ~ this ~ ' ' ~ (model.compiled_code | replace(in_partition(customer_id), in_partition(customer_id, partition)))) -%}
  {%- endfor -%}
{% endmacro %}
