{# The rows of an extract with is_total: whether a row is the sum of all others of its as_of_date, to the cent or a millionth, in every
   amount and count that it has. Two columns at least must say so, and three rows be there: of less it would be chance. One column is enough
   where the id has no digit, as "Total" has none, among as many customers as a fit needs.
   names: the columns of amounts and counts; rows: what stands after "from"; judged: the condition for rows that count; id: who the row is. #}
{% macro with_is_total(names, rows, judged='true', id='given.customer_id') %}
  {%- if not names -%}{{ return('select *, false as is_total from ' ~ rows) }}{%- endif -%}
  {%- set sums, conditions, columns = [], [], [] -%}
  {%- for name in names -%}
    {%- do sums.append('sum(' ~ name ~ ') as ' ~ name) -%}
    {%- do conditions.append('coalesce(abs(2 * given.' ~ name ~ ' - sums.' ~ name ~ ') < 0.01 + 1e-6 * abs(sums.' ~ name ~ '), true)') -%}
    {%- do columns.append('case when abs(given.' ~ name ~ ') > 0.01 then 1 else 0 end') -%}
  {%- endfor -%}
  {%- set is_word = 'sums.customers > ' ~ min_customers() ~ ' and not ' ~ matches_whole(id, '.*[0-9].*') -%}
  {#- a case, so that hardly any row is looked at twice -#}
  {{- return('select given.*, coalesce(case when sums.customers > 2 and ' ~ conditions | join(' and ') ~ ' then ' ~ columns | join(' + ')
      ~ ' >= case when ' ~ is_word ~ ' then 1 else 2 end end, false) as is_total from ' ~ rows
      ~ ' as given left join (select as_of_date, count(*) as customers, ' ~ sums | join(', ') ~ ' from ' ~ rows ~ ' where ' ~ judged
      ~ ' group by as_of_date) as sums on given.as_of_date = sums.as_of_date and ' ~ judged) -}}
{% endmacro %}
