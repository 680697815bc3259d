-- The card extract, with the columns and the shapes of the public "CC GENERAL" file: skewed money with a mass at
-- zero, frequencies in twelfths of a year with masses at 0 and 1.

create or replace temp view card_usage as
with told as (
    -- Until they begin to revolve, everyday users hardly leave a balance and pay in full (planted_changes.csv).
    select
        *,
        coalesce(as_of_date <= planted_until('everyday_users_revolve'), false) as is_before
    from customer_dates
),

used as (
    select
        *,
        least(40000, greatest(100, 50 * round(card_limit_median * exp(0.45 * level(w, e, 20)) / 50))) as credit_limit,
        -- One customer in a hundred has no balance at all.
        uniform(w, 21) >= 0.01 as has_balance,
        months(balance_frequency, level(w, e, 22), 1.8) as balance_months,
        months(oneoff_frequency, level(w, e, 23), 1.8) as oneoff_months,
        months(instalment_frequency, level(w, e, 24), 1.8) as instalment_months,
        months(cash_frequency, level(w, e, 25), 1.8) as cash_months,
        if(is_before, card_balance_share_before, card_balance_share) as balance_share,
        months(
            if(is_before, full_payment_share_before, full_payment_share), level(w, e, 26), 1.8
        ) as full_months
    from told
),

amounts as (
    select
        *,
        case
            when not has_balance then 0
            else least(1.25 * credit_limit, balance_share * credit_limit * exp(0.75 * level(w, e, 27)))
        end::decimal(18, 2) as balance,
        (oneoff_months * oneoff_a_month_median * exp(0.6 * level(w, e, 28)))::decimal(18, 2) as oneoff,
        (instalment_months * instalment_a_month_median * exp(0.5 * level(w, e, 29)))::decimal(18, 2) as instalments,
        (cash_months * cash_a_month_median * exp(0.6 * level(w, e, 30)))::decimal(18, 2) as cash_advance,
        -- Months with any purchase: the two kinds fall into the same months by chance.
        round(12 - (12 - oneoff_months) * (12 - instalment_months) / 12)::integer as purchase_months,
        round(oneoff_months * exp(0.35 * abs(level(w, e, 31))))::integer
        + round(instalment_months * exp(0.5 * abs(level(w, e, 32))))::integer as purchases_trx
    from used
)

select
    customer_id as "CUST_ID",
    as_of_date as "AS_OF_DATE",
    balance as "BALANCE",
    (if(has_balance, greatest(1, balance_months), 0) / 12)::decimal(9, 6) as "BALANCE_FREQUENCY",
    (oneoff + instalments)::decimal(18, 2) as "PURCHASES",
    oneoff as "ONEOFF_PURCHASES",
    instalments as "INSTALLMENTS_PURCHASES",
    cash_advance as "CASH_ADVANCE",
    (purchase_months / 12)::decimal(9, 6) as "PURCHASES_FREQUENCY",
    (oneoff_months / 12)::decimal(9, 6) as "ONEOFF_PURCHASES_FREQUENCY",
    (instalment_months / 12)::decimal(9, 6) as "PURCHASES_INSTALLMENTS_FREQUENCY",
    (cash_months / 12)::decimal(9, 6) as "CASH_ADVANCE_FREQUENCY",
    round(cash_months * exp(0.5 * abs(level(w, e, 33))))::integer as "CASH_ADVANCE_TRX",
    purchases_trx as "PURCHASES_TRX",
    if(uniform(e, 1) < 0.001, null, credit_limit::integer) as "CREDIT_LIMIT",
    if(
        uniform(e, 2) < 0.025,
        0,
        (0.95 * (oneoff + instalments)::double + 0.6 * cash_advance::double + 0.35 * balance::double)
        * exp(0.35 * level(w, e, 34))
    )::decimal(18, 2) as "PAYMENTS",
    if(
        uniform(e, 3) < 0.035, null, (15 + 0.3 * balance::double) * exp(0.5 * level(w, e, 35))
    )::decimal(18, 2) as "MINIMUM_PAYMENTS",
    (full_months / 12)::decimal(9, 6) as "PRC_FULL_PAYMENT",
    -- Months the card was held within the year, 6 to 12: cards are replaced after 48 months, and counted from
    -- the sixth month on; who has just joined has a new one.
    least(12, 6 + (
        42 + 3 * (date_number - first_date) + floor(if(first_date > 0, 3, 42) * uniform(w, 36))::integer
    ) % 42)::integer as "TENURE"
from amounts;
