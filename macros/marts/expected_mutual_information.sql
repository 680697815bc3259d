{# A query: for every value of the columns `key` of a relation, the mutual information (in nats) that two independent groupings
   of the same sizes have on average. The relation has one row a cell of a contingency table: customers_a and customers_b, the
   sizes of the two segments that meet in it (above 0), and customers_both, the customers of the whole table.

   The count of a cell is hypergeometric, and the cell's part the mean of count / n * ln(count / expected), a sum over all counts
   that are possible (Vinh, Epps and Bailey 2010, Journal of Machine Learning Research 11). Three things differ from the textbook:
   - (expected - count) / n is added, which is 0 in the mean. All terms are then positive, so that the rounding of ln(n!), which is
     some 1e8 for ten million customers, is not blown up: relative error below 1e-8 there.
   - Counts farther from the mean than 10 standard deviations and 30 are left out. A hypergeometric count is a sum of independent
     yes-or-no variables (its generating function has real roots only), so Bernstein's inequality holds: together they have a
     probability below 1e-19. The 30 is for rare cells, whose tail is longer than a bell's.
   - From a standard deviation of 8 on only every stride-th count is taken, stride times; stride is a quarter of the deviation. Such
     a sum differs from the whole by the characteristic function at multiples of 2 pi / stride: by less than exp(-128).
   So a cell takes at most some 220 terms, of ten million customers as of ten thousand, and leaves out nothing that a double shows. #}
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
        greatest(0, a + b - n, floor(mean - 10 * deviation - 30)) as first_count,
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
        stride / n * (case when customers > 0 then customers * ln(customers / mean) else 0 end - customers + mean) * exp(
            {{ log_gamma('a + 1') }} + {{ log_gamma('n - a + 1') }} + {{ log_gamma('b + 1') }} + {{ log_gamma('n - b + 1') }}
            - {{ log_gamma('customers + 1') }} - {{ log_gamma('a - customers + 1') }} - {{ log_gamma('b - customers + 1') }}
            - {{ log_gamma('n - a - b + customers + 1') }} - {{ log_gamma('n + 1') }}
        )
    ) as information
from terms
group by {{ key }}
{%- endmacro %}
