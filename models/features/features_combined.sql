{{ config(materialized='view') }}

-- Whoever the demographic extract lists; customer_dates lists them too, so nobody is lost.
select
    demographic.customer_id,
    demographic.as_of_date,

    demographic.age,
    demographic.income,
    demographic.education_level,
    demographic.dependents,
    demographic.years_with_bank,
    demographic.is_single,
    demographic.is_married,
    demographic.is_divorced,
    demographic.is_widowed,
    demographic.is_employed,
    demographic.is_managerial,
    demographic.is_self_employed,
    demographic.is_in_education,
    demographic.is_retired,
    demographic.is_not_working,
    demographic.is_other_occupation,
    demographic.is_female,

    behavioral.spend_per_month,
    behavioral.uses_per_month,
    behavioral.average_ticket,
    behavioral.active_months_share,
    behavioral.days_since_last_use,
    behavioral.essentials_share,
    behavioral.shopping_share,
    behavioral.leisure_share,
    behavioral.travel_share,
    behavioral.other_share,
    behavioral.instalment_share,
    behavioral.cash_advance_share,
    behavioral.refund_share,
    behavioral.weekend_share,
    behavioral.night_share,
    behavioral.spend_trend,
    behavioral.spend,
    behavioral.purchases,
    behavioral.cash_advances
from {{ ref('features_demographic') }} as demographic
inner join {{ ref('features_behavioral') }} as behavioral
    on demographic.customer_id = behavioral.customer_id
    and demographic.as_of_date = behavioral.as_of_date
