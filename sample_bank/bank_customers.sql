-- The customer relationship extract: what the bank's core system knows of a customer.

create or replace temp view bank_customers as
select
    customer_id as "CustomerID",
    as_of_date as "AsOfDate",
    age as "Age",
    income as "Income",
    credit_score as "CreditScore",
    floor(days_with_bank / 365.25)::integer as "AccountTenure",
    (income::double / 12 * least(1.2, spending_share * exp(0.22 * level(w, e, 12))))::decimal(18, 2)
        as "MonthlySpending",
    least(150, greatest(1, round(transactions_a_month * exp(0.35 * level(w, e, 13)))))::integer
        as "TransactionFrequency",
    (account_balance_median * growth * exp(0.6 * level(w, e, 14)))::decimal(18, 2) as "AvgAccountBalance",
    least(8, greatest(1, round(products_mean + 1.1 * level(w, e, 15))))::integer as "NumProducts",
    least(10, greatest(0, app_usage_mean + 1.3 * level(w, e, 16)))::decimal(4, 2) as "AppUsageScore",
    least(30, greatest(0, round(support_calls_mean + (0.8 + 0.25 * support_calls_mean) * level(w, e, 17))))::integer
        as "SupportCalls"
from customer_dates;
