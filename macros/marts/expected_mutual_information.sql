{# A query: the columns `key` of a relation that holds one row a cell of a contingency table, and the cell's part of the mutual
   information (in nats) that two independent groupings of the same sizes have on average. The relation has customers_a and
   customers_b, the sizes of the cell's two segments (above 0), and customers_both, that of the table.

   The count of a cell is then hypergeometric, and its part the mean of count / n * ln(count / expected): a sum over all counts
   (Vinh, Epps and Bailey 2010, Journal of Machine Learning Research 11). Two economies leave it exact to double precision, for a
   hypergeometric count is a sum of independent yes-or-no variables (its generating function has real roots only):
   - Counts beyond 10 standard deviations and 30 of the mean are left out. By Bernstein's inequality they have a probability
     below 1e-19; the 30 is for rare cells, whose tail is longer than a bell's.
   - With a standard deviation of 8 and more, only every stride-th count is taken, and counts for stride many, where stride is a
     quarter of the standard deviation. Counts in steps miss what of the distribution repeats with the step: its characteristic
     function at 2 pi / stride, which is below exp(-128).
   So a cell takes at most some 220 terms, of ten million customers as of ten thousand. #}
{% macro expected_mutual_information(cells, key) -%}
with bells as (
    select
        {{ key }},
        cast(customers_a as double) as a,
        cast(customers_b as double) as b,
        cast(customers_both as double) as n,
        cast(customers_a as double) * customers_b / customers_both as mean,
        sqrt(
            cast(customers_a as double) * customers_b / customers_both
            * (customers_both - customers_a) / customers_both
            * (customers_both - customers_b) / greatest(customers_both - 1, 1)
        ) as deviation
    from {{ cells }}
),

bounds as (
    select
        *,
        greatest(1, a + b - n, floor(mean - 10 * deviation - 30)) as first_count,
        least(a, b, ceil(mean + 10 * deviation + 30)) as last_count,
        greatest(1, floor(deviation / 4)) as stride
    from bells
),

terms as (
    select
        bounds.*,
        bounds.first_count + (numbers.position - 1) * bounds.stride as customers
    from bounds,
        {{ positions_up_to('1 + floor((bounds.last_count - bounds.first_count) / bounds.stride)', 'numbers') }}
)

select
    {{ key }},
    sum(
        stride * customers / n * ln(customers / mean) * exp(
            {{ log_gamma('a + 1') }} + {{ log_gamma('n - a + 1') }} + {{ log_gamma('b + 1') }} + {{ log_gamma('n - b + 1') }}
            - {{ log_gamma('customers + 1') }} - {{ log_gamma('a - customers + 1') }} - {{ log_gamma('b - customers + 1') }}
            - {{ log_gamma('n - a - b + customers + 1') }} - {{ log_gamma('n + 1') }}
        )
    ) as information
from terms
group by {{ key }}
{%- endmacro %}
