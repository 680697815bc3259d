-- what customers did between the date before and the latest complete one; up and down are said by the themes of the two personas
with moved as (
    select
        moves.study,
        moves.customer_id,
        moves.segment_before,
        moves.move,
        moves.dates_in_segment,
        case
            when now.position > earlier.position then 'up'
            when now.position < earlier.position then 'down'
            when now.position = earlier.position then 'level'
        end as direction
    from {{ ref('customer_moves') }} as moves
    inner join {{ ref('segment_personas') }} as personas
        on moves.study = personas.study
        and moves.as_of_date = personas.as_of_date
        and moves.segment = personas.segment
    left join {{ ref('segment_personas') }} as personas_before
        on moves.study = personas_before.study
        and moves.segment_before = personas_before.segment
    left join {{ ref('themes') }} as now on personas.theme = now.theme
    left join {{ ref('themes') }} as earlier on personas_before.theme = earlier.theme
),

-- each study at its latest complete date
newest as (
    select
        {%- for study in var('studies') %}
        max(case when assignments.study = {{ sql_text(study) }} then assignments.segment end) as {{ study }}_segment,
        max(case when assignments.study = {{ sql_text(study) }} then assignments.margin end) as {{ study }}_margin,
        {%- for column in ['segment_before', 'move', 'dates_in_segment', 'direction'] %}
        max(case when assignments.study = {{ sql_text(study) }} then moved.{{ column }} end) as {{ study }}_{{ column }},
        {%- endfor %}
        {%- endfor %}
        assignments.customer_id
    from {{ ref('segment_assignments') }} as assignments
    inner join {{ ref('segment_personas') }} as personas
        on assignments.study = personas.study
        and assignments.segment = personas.segment
        and assignments.as_of_date = personas.as_of_date
    left join moved
        on assignments.study = moved.study
        and assignments.customer_id = moved.customer_id
    group by assignments.customer_id
),

latest as (
    select
        min(as_of_date) as first_date,
        max(as_of_date) as as_of_date
    from {{ ref('study_dates') }}
    where is_latest
),

-- the newest tests of what is said of the future
tested as (
    select
        {{ newest_backtest('risk_level high', 'credit score fell') }} as risk_level_backtest,
        {{ newest_backtest('spend_fell', 'left') }} as spend_fell_backtest
    from {{ ref('flag_backtests') }}
),

newest_kpis as (
    select
        kpis.customer_id,
        max(kpis.as_of_date) as as_of_date
    from {{ ref('customer_kpis') }} as kpis
    -- whoever is in a study has figures at its date
    inner join latest on kpis.as_of_date between latest.first_date and latest.as_of_date
    group by kpis.customer_id
)

select
    newest.customer_id,
    latest.as_of_date,
    {%- for study in var('studies') %}
    {{ study }}_names.persona as {{ study }}_persona,
    {{ study }}_names.has_structure as {{ study }}_has_structure,
    newest.{{ study }}_segment,
    newest.{{ study }}_margin,
    newest.{{ study }}_move,
    newest.{{ study }}_segment_before,
    newest.{{ study }}_direction,
    newest.{{ study }}_dates_in_segment,
    {{ study }}_names.as_of_date as {{ study }}_as_of_date,
    {%- endfor %}
    kpis.as_of_date as kpis_as_of_date,
    kpis.relationship_known_on,
    kpis.credit_score_known_on,
    kpis.card_known_on,
    kpis.clv_proxy,
    kpis.credit_score,
    kpis.credit_score_band,
    {{ risk_level('kpis.credit_score_level') }} as risk_level,
    tested.risk_level_backtest,
    kpis.app_usage_score,
    kpis.digital_adoption,
    kpis.support_calls,
    kpis.support_load,
    kpis.interchange,
    kpis.interest,
    kpis.cash_advance_fees,
    kpis.card_revenue,
    kpis.earlier_spend,
    kpis.recent_spend,
    kpis.spend_fell,
    tested.spend_fell_backtest
from newest
cross join latest
cross join tested
{% for study in var('studies') -%}
left join {{ ref('segment_personas') }} as {{ study }}_names
    on {{ study }}_names.study = {{ sql_text(study) }}
    and newest.{{ study }}_segment = {{ study }}_names.segment
{% endfor -%}
left join newest_kpis on newest.customer_id = newest_kpis.customer_id
left join {{ ref('customer_kpis') }} as kpis
    on newest_kpis.customer_id = kpis.customer_id
    and newest_kpis.as_of_date = kpis.as_of_date
