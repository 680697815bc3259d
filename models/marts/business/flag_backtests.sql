{% set new = by_date('followed_dates', date='from_date') -%}
{#- what speaks of the future, and what was to come: of a study, or of the bank; the flag, the outcome, both NULL where nobody can tell -#}
{%- set claims = [
    (none, 'spend_fell', 'left', 'spend_fell', 'has_left'),
    (none, 'spend_fell', 'spend fell again', 'spend_fell', 'spend_fell_again'),
    (none, 'risk_level high', 'left', 'is_high_risk', 'has_left'),
    (none, 'risk_level high', 'credit score fell', 'is_high_risk', 'score_fell'),
] -%}
{%- for study in var('studies') -%}
{%- do claims.append((study, 'theme protect', 'left', 'is_to_protect_' ~ loop.index, 'has_left')) -%}
{%- endfor -%}
{%- set flags, outcomes = claims | map(attribute=3) | unique | list, claims | map(attribute=4) | unique | list -%}
{%- set columns = ['from_date', 'to_date', 'horizon'] + flags + outcomes -%}
-- What became of the customers with a flag: a flag says what was seen, and only this says whether it says more.
with following as (
    select
        as_of_date as from_date,
        next_date as to_date,
        1 as horizon
    from {{ ref('bank_dates') }}
    where next_date is not null
    union all
    select
        dates.as_of_date as from_date,
        next_dates.next_date as to_date,
        2 as horizon
    from {{ ref('bank_dates') }} as dates
    inner join {{ ref('bank_dates') }} as next_dates on dates.next_date = next_dates.as_of_date
    where next_dates.next_date is not null
),

pairs as (
    select *
    from following
    where {{ is_to_write(new, 'from_date') }}
),

-- a row a date
themes as (
    select
        {%- for study in var('studies') %}
        {{ list_in_order('segment', 'segment') }} filter (
            where study = {{ sql_text(study) }} and theme = 'protect'
        ) as to_protect_{{ loop.index }},
        {%- endfor %}
        as_of_date
    from {{ ref('segments_of_dates') }}
    group by as_of_date
),

-- Each customer once for each pair of dates. Customers are those of whom there are key figures (customer_dates).
followed as (
    select
        {%- for study in var('studies') %}
        {%- set segment = 'combinations.segment_by_study[' ~ loop.index ~ ']' %}
        case
            when {{ segment }} is not null then coalesce({{ position_in('themes.to_protect_' ~ loop.index, segment) }}, 0) > 0
        end as is_to_protect_{{ loop.index }},
        {%- endfor %}
        pairs.from_date,
        pairs.to_date,
        pairs.horizon,
        later.customer_id is null as has_left,
        now.spend_fell,
        later.spend_fell as spend_fell_again,
        now.credit_score_level = 'low' as is_high_risk,
        -- a score that no extract has given anew says nothing
        case when later.credit_score_known_on > now.credit_score_known_on then later.credit_score < now.credit_score end as score_fell
    from {{ ref('customer_kpis') }} as now
    inner join pairs on now.as_of_date = pairs.from_date
    left join themes on now.as_of_date = themes.as_of_date
    left join {{ ref('segment_combinations') }} as combinations
        on now.customer_id = combinations.customer_id
        and now.as_of_date = combinations.as_of_date
    left join {{ ref('customer_kpis') }} as later
        on now.customer_id = later.customer_id
        and pairs.to_date = later.as_of_date
),

-- customers of whom the same is known: of a few hundred such groups the counts below are quick
alike as (
    select
        {{ columns | join(',\n        ') }},
        count(*) as customers
    from followed
    group by {{ columns | join(', ') }}
),

counted as (
    select
        {%- for _, _, _, flag, outcome in claims %}
        coalesce(sum(customers) filter (where {{ flag }} and {{ outcome }} is not null), 0) as flagged_{{ loop.index }},
        coalesce(sum(customers) filter (where {{ flag }} and {{ outcome }}), 0) as came_true_{{ loop.index }},
        coalesce(sum(customers) filter (where {{ flag }} is not null and {{ outcome }}), 0) as all_came_true_{{ loop.index }},
        coalesce(sum(customers) filter (where {{ flag }} is not null and {{ outcome }} is not null), 0) as all_{{ loop.index }},
        {%- endfor %}
        from_date,
        to_date,
        horizon
    from alike
    group by from_date, to_date, horizon
),

-- the flagged are to all customers what a segment is, and of whom it came true a group
long as (
    {% for study, flag, outcome, _, _ in claims -%}
    select
        '{{ flag }}' as flag,
        cast({{ 'null' if study is none else sql_text(study) }} as varchar) as study,
        '{{ outcome }}' as outcome,
        horizon,
        from_date,
        to_date,
        cast(flagged_{{ loop.index }} as bigint) as segment_customers,
        cast(came_true_{{ loop.index }} as bigint) as customers,
        cast(all_came_true_{{ loop.index }} as bigint) as group_customers,
        cast(all_{{ loop.index }} as bigint) as all_customers
    from counted
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

-- nobody can tell of a theme that no segment of the study has
known as (
    select *
    from long
    where
        all_customers > 0
        and (study is null or segment_customers > 0)
),

compared as (
    {{ ratios_to_the_population('known') }}
),

published as (
    select
        flag,
        study,
        outcome,
        horizon,
        from_date,
        to_date,
        segment_customers as flagged,
        customers as came_true,
        round(p, 6) as came_true_share,
        all_customers - segment_customers as others,
        group_customers - customers as others_came_true,
        round(q, 6) as others_came_true_share,
        case when group_customers > 0 then round(ratio, 6) end as lift,
        case when group_customers > 0 then round(ratio_lower, 6) end as lift_lower,
        case when group_customers > 0 then round(ratio_upper, 6) end as lift_upper
    from compared
)

select
    *,
    case
        when flagged = 0 then 'not yet tested: nobody had the flag'
        when others = 0 then 'not yet tested: everybody had the flag'
        when lift is null then concat('not yet tested: it came true of nobody by ', to_date)
        else concat(
            outcome, ' by ', to_date, ': ', {{ per_cent('came_true_share') }}, ' of the flagged, ',
            {{ per_cent('others_came_true_share') }}, ' of the others (lift ', {{ number_text('lift', 2) }}, ', ',
            {{ number_text('lift_lower', 2) }}, ' to ', {{ number_text('lift_upper', 2) }},
            case when lift_lower <= 1 and lift_upper >= 1 then ': may be chance)' else ')' end
        )
    end as in_words
from published
