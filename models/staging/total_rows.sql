{%- set amounts_and_counts = {
    'bank_customers': ['income', 'monthly_spending', 'transaction_frequency', 'avg_account_balance', 'num_products', 'support_calls'],
    'card_usage': ['balance', 'purchases', 'oneoff_purchases', 'installments_purchases', 'cash_advance', 'cash_advance_trx', 'purchases_trx',
        'credit_limit', 'payments', 'minimum_payments'],
    'customer_demographics': ['income', 'dependents'],
    'financial_profiles': ['annual_income', 'loan_amount', 'investment']} -%}
{% for extract, names in amounts_and_counts.items() -%}
select
    '{{ extract }}' as extract,
    customer_id,
    as_of_date
from ({{ with_is_total(names, ref('stg_' ~ extract)) }}) as given
where is_total
union all
{% endfor -%}
select
    extract,
    customer_id,
    as_of_date
from {{ ref('checked_own_extracts') }}
where is_total
