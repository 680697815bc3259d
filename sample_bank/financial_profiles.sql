-- The wealth extract: what a customer owes and owns, beside age, income and score.

create or replace temp view financial_profiles as
select
    customer_id as "Customer_ID",
    as_of_date as "As_Of_Date",
    age as "Customer_Age",
    income as "Annual_Income",
    credit_score as "Credit_Score",
    -- A loan is paid off by 4 % a quarter.
    if(
        uniform(w, 38) < loan_share,
        loan_median * exp(0.55 * normal(w, 39) - 0.04 * date_number),
        0
    )::decimal(18, 2) as "Loan_Amount",
    -- In thousands, until the system was changed (planted_changes.csv).
    (if(
        uniform(w, 40) < investment_share,
        investment_median * growth * exp(0.65 * level(w, e, 41)),
        0
    ) / if(as_of_date <= planted_until('investments_in_thousands'), 1000, 1))::decimal(18, 2) as "Investment"
from customer_dates;
