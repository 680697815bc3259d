with mortgages as (
    {{ checked_extract('mortgages') }}
)

select
    customer_id,
    as_of_date,
    years_left,
    late_payments,
    {{ ratio('loan', 'property_value') }} as loan_to_value,
    {{ ratio('monthly_payment', 'monthly_income') }} as payment_burden
from mortgages
where rejection_reason is null
