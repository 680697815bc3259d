{# The rows of an extract with is_total: whether a row is the sum of all others of its as_of_date, to the cent or a millionth, in every
   amount and count that it has. Two columns at least must say so, and three rows be there: of less it would be chance.
   names: the columns of amounts and counts; rows: what stands after "from"; judged: the condition for rows that count. #}
{% macro with_is_total(names, rows, judged='true') %}
  {%- if names | length < 2 -%}{{ return('select *, false as is_total from ' ~ rows) }}{%- endif -%}
  {%- set sums, conditions, columns = [], [], [] -%}
  {%- for name in names -%}
    {%- do sums.append('sum(' ~ name ~ ') as ' ~ name) -%}
    {%- do conditions.append('coalesce(abs(2 * given.' ~ name ~ ' - sums.' ~ name ~ ') < 0.01 + 1e-6 * abs(sums.' ~ name ~ '), true)') -%}
    {%- do columns.append('case when abs(given.' ~ name ~ ') > 0.01 then 1 else 0 end') -%}
  {%- endfor -%}
  {{- return('select given.*, coalesce(sums.customers > 2 and ' ~ conditions | join(' and ') ~ ' and ' ~ columns | join(' + ') ~ ' >= 2, false) as is_total from ' ~ rows
      ~ ' as given left join (select as_of_date, count(*) as customers, ' ~ sums | join(', ') ~ ' from ' ~ rows ~ ' where ' ~ judged
      ~ ' group by as_of_date) as sums on given.as_of_date = sums.as_of_date and ' ~ judged) -}}
{% endmacro %}
