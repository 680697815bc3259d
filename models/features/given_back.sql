-- What other transactions give back of one. A table, so that DuckDB knows how few they are when it joins them.
select
    customer_id,
    reverses as transaction_id,
    sum({{ exact('amount') }}) as given_back,
    max({{ booking_day('') }}) as given_back_on
from {{ ref('stg_card_transactions') }}
where reverses is not null
group by customer_id, reverses
