{% set new = by_date('study_stamps', part='study') -%}

with rules as (
    select
        kind,
        at_least,
        below,
        at_most
    from {{ ref('finding_rules') }}
),

-- A finding has a subject, of whom its figure is a share (NULL where it is none), and a predicate. Labels stand before a colon, so that no
-- verb has to agree with them.
on_features as (
    select
        summary.study,
        summary.as_of_date,
        rules.kind,
        summary.feature,
        cast(null as varchar) as other_feature,
        case rules.kind
            when 'skewed' then summary.skewness
            when 'missing' then summary.missing_share
            when 'zeros' then summary.zero_share
            when 'outliers' then summary.outlier_share
            when 'constant' then 1 - summary.missing_share
        end as figure,
        concat(summary.label, ': ') as subject,
        case
            when rules.kind = 'missing' then 'customers'
            when rules.kind not in ('zeros', 'outliers') then null
            when summary.missing > 0 then 'customers with a value'
            else 'customers'
        end as of_whom,
        case rules.kind
            when 'skewed'
                then concat(
                    case when summary.skewness > 0 then 'strongly right-skewed' else 'strongly left-skewed' end,
                    ', the mean (', {{ figure_text('summary.mean') }}, ') is ',
                    case
                        when summary.median > 0 and summary.mean >= 1.1 * summary.median
                            then concat({{ number_text('summary.mean / summary.median', 1) }}, ' times')
                        when summary.mean > summary.median then 'above'
                        when summary.mean < summary.median then 'below'
                        else 'equal to'
                    end,
                    ' the median (', {{ figure_text('summary.median') }}, ')'
                )
            when 'missing' then ' have no value'
            when 'zeros' then ' are at zero'
            when 'outliers'
                then concat(
                    ' lie outside the usual range of ',
                    {{ figure_text('greatest(summary.minimum, summary.q1 - 1.5 * (summary.q3 - summary.q1))') }}, ' to ',
                    {{ figure_text('least(summary.maximum, summary.q3 + 1.5 * (summary.q3 - summary.q1))') }}
                )
            when 'constant'
                then concat(
                    case when summary.missing > 0 then 'all customers with a value' else 'all customers' end,
                    ' have ', {{ figure_text('summary.minimum') }}, ', so it tells nobody apart'
                )
        end as predicate
    from {{ ref('feature_summary') }} as summary
    inner join rules
        on rules.kind = 'missing'
        -- of a flag (0 or 1 only) one of the two is always frequent
        or (rules.kind in ('skewed', 'zeros') and not {{ is_flag('summary') }})
        -- where the quartiles are equal, every other value would be an outlier
        or (rules.kind = 'outliers' and summary.q3 > summary.q1)
        or (rules.kind = 'constant' and summary.maximum <= summary.minimum)
    where {{ is_to_write(new, 'summary.as_of_date', 'summary.study') }}
),

on_pairs as (
    select
        pairs.study,
        pairs.as_of_date,
        rules.kind,
        pairs.feature_a as feature,
        pairs.feature_b as other_feature,
        pairs.pearson as figure,
        concat(pairs.label_a, ' and ', {{ within_a_sentence('pairs.label_b') }}) as subject,
        cast(null as varchar) as of_whom,
        concat(
            case
                when rules.kind = 'unrelated' then ' are not related'
                when pairs.pearson > 0 then ' rise together'
                else ' move in opposite directions'
            end,
            ' (r = ', {{ coefficient_text('pairs.pearson') }}, ')'
        ) as predicate,
        case
            when rules.kind = 'unrelated' then greatest(abs(pairs.pearson), abs(pairs.spearman))
            when pairs.pearson * pairs.spearman > 0 then least(abs(pairs.pearson), abs(pairs.spearman))
        end as strength
    from {{ ref('feature_correlations') }} as pairs
    inner join rules on rules.kind in ('related', 'unrelated')
    inner join {{ ref('feature_catalog') }} as a
        on pairs.study = a.study
        and pairs.feature_a = a.feature
    inner join {{ ref('feature_catalog') }} as b
        on pairs.study = b.study
        and pairs.feature_b = b.feature
    where
        pairs.pearson is not null
        -- the categories of one variable exclude each other by nature
        and a.variable <> b.variable
        and {{ is_to_write(new, 'pairs.as_of_date', 'pairs.study') }}
),

-- features whose least or largest value is that of more than half of the customers, and where their other values lie
crowded as (
    select
        summary.study,
        summary.as_of_date,
        summary.feature,
        summary.label,
        summary.median as extreme,
        count(*) filter (where abs(sampled.value - summary.median) <= 0.000001) / count(*) as share,
        min(sampled.value) filter (where abs(sampled.value - summary.median) > 0.000001) as lowest,
        max(sampled.value) filter (where abs(sampled.value - summary.median) > 0.000001) as highest
    from {{ ref('feature_summary') }} as summary
    inner join {{ ref('feature_values') }} as sampled
        on summary.study = sampled.study
        and summary.as_of_date = sampled.as_of_date
        and summary.feature = sampled.feature
    where
        (summary.median >= summary.maximum or summary.median <= summary.minimum)
        -- zero is no stand-in: most customers may well have no loan, or spend nothing
        and abs(summary.median) > 0.000001
        and {{ is_to_write(new, 'sampled.as_of_date', 'sampled.study') }}
    group by summary.study, summary.as_of_date, summary.feature, summary.label, summary.median
),

-- A stand-in for a missing value, such as 999 or -1: farther from all other values than these are from each other, or
-- the only one below zero. A natural limit (12 months of tenure, one product) is next to the other values.
sentinels as (
    select
        study,
        as_of_date,
        'sentinel' as kind,
        feature,
        cast(null as varchar) as other_feature,
        round(share, 6) as figure,
        concat(label, ': ') as subject,
        'customers with a value' as of_whom,
        concat(
            ' have ', {{ figure_text('extreme') }},
            ', far from all other values (', {{ figure_text('lowest') }}, ' to ', {{ figure_text('highest') }},
            '). If it stands for a missing value, leave the field empty in the extract; else leave the feature out (var study_overrides)'
        ) as predicate,
        share as strength
    from crowded
    where
        highest > lowest
        and (
            extreme - highest > highest - lowest
            or lowest - extreme > highest - lowest
            or (extreme < 0 and lowest >= 0)
        )
),

flags as (
    select
        sampled.study,
        sampled.as_of_date,
        sampled.customer_id,
        catalog.position,
        catalog.variable,
        sampled.value
    from {{ ref('feature_values') }} as sampled
    inner join {{ ref('feature_summary') }} as summary
        on sampled.study = summary.study
        and sampled.as_of_date = summary.as_of_date
        and sampled.feature = summary.feature
    inner join {{ ref('feature_catalog') }} as catalog
        on sampled.study = catalog.study
        and sampled.feature = catalog.feature
    where
        catalog.role = 'cluster'
        and {{ is_flag('summary') }}
        and {{ is_to_write(new, 'sampled.as_of_date', 'sampled.study') }}
),

flag_counts as (
    select
        study,
        as_of_date,
        position,
        variable,
        count(*) as customers,
        count(*) filter (where value > 0.5) as ones
    from flags
    group by study, as_of_date, position, variable
),

together as (
    select
        a.study,
        a.as_of_date,
        a.position as position_a,
        b.position as position_b
    from flags as a
    inner join flags as b
        on a.study = b.study
        and a.as_of_date = b.as_of_date
        and a.customer_id = b.customer_id
        and a.position <> b.position
    where
        a.value > 0.5
        and b.value > 0.5
    group by a.study, a.as_of_date, a.position, b.position
),

-- nobody has both, though ten customers or more would by chance
exclusive_pairs as (
    select
        a.study,
        a.as_of_date,
        a.position,
        b.position as other_position
    from flag_counts as a
    inner join flag_counts as b
        on a.study = b.study
        and a.as_of_date = b.as_of_date
        and a.variable <> b.variable
    left join together
        on a.study = together.study
        and a.as_of_date = together.as_of_date
        and a.position = together.position_a
        and b.position = together.position_b
    where
        together.study is null
        and a.ones * b.ones >= 10 * least(a.customers, b.customers)
),

-- a group is named after the first of its columns
exclusive_flags as (
    select
        study,
        as_of_date,
        position,
        least(position, min(other_position)) as first_position,
        count(*) as others
    from exclusive_pairs
    group by study, as_of_date, position
),

exclusive as (
    select
        flags.study,
        flags.as_of_date,
        'exclusive' as kind,
        min_by(catalog.feature, flags.position) as feature,
        cast(null as varchar) as other_feature,
        cast(count(*) as double) as figure,
        concat(string_agg(catalog.label, ', ' order by flags.position), ': ') as subject,
        cast(null as varchar) as of_whom,
        concat(
            'nobody has two of these, so they are categories of one variable, which counts ', count(*),
            ' times. Give them one variable in the YAML of the study (meta: feature: variable)'
        ) as predicate,
        cast(count(*) as double) as strength
    from exclusive_flags as flags
    inner join {{ ref('feature_catalog') }} as catalog
        on flags.study = catalog.study
        and flags.position = catalog.position
    group by flags.study, flags.as_of_date, flags.first_position
    -- each excludes all others of the group
    having count(*) > 1 and min(flags.others) >= count(*) - 1
),

candidates as (
    select
        *,
        abs(figure) as strength
    from on_features
    union all
    select *
    from on_pairs
    union all
    select *
    from sentinels
    union all
    select *
    from exclusive
),

numbered as (
    select
        candidates.*,
        rules.at_most,
        row_number() over (
            partition by candidates.study, candidates.as_of_date, candidates.kind
            order by
                case when rules.below is null then -candidates.strength else candidates.strength end,
                candidates.feature,
                candidates.other_feature
        ) as position
    from candidates
    inner join rules on candidates.kind = rules.kind
    where
        candidates.strength >= coalesce(rules.at_least, 0)
        and (rules.below is null or candidates.strength < rules.below)
),

-- a share that is nearly a simple fraction is called so
fractions (fraction, lowest, highest) as (
    values
    ('a quarter', 0.23, 0.27), ('a third', 0.31, 0.36), ('half', 0.47, 0.53), ('two thirds', 0.64, 0.69), ('three quarters', 0.73, 0.77)
),

findings as (
    select
        numbered.*,
        {{ per_cent('numbered.figure') }} as percent,
        fractions.fraction
    from numbered
    left join fractions
        on numbered.of_whom is not null
        and numbered.figure between fractions.lowest and fractions.highest
    where numbered.position <= numbered.at_most
),

-- what people say of the data, pair by pair
claimed_pairs as (
    select
        pairs.study,
        pairs.as_of_date,
        claims.claim,
        claims.statement,
        pairs.position_a,
        pairs.position_b,
        concat(
            pairs.label_a, ' and ', {{ within_a_sentence('pairs.label_b') }}, ': expected ', claims.expected,
            ', Spearman ', coalesce({{ coefficient_text('pairs.spearman') }}, 'not known')
        ) as pair,
        coalesce(case claims.expected
            when 'none' then abs(pairs.spearman) < rules.below
            when 'positive' then pairs.spearman >= rules.below
            when 'negative' then pairs.spearman <= -rules.below
        end, false) as holds
    from {{ ref('finding_claims') }} as claims
    inner join {{ ref('feature_correlations') }} as pairs
        on claims.study = pairs.study
        and least(claims.feature, claims.other_feature) = least(pairs.feature_a, pairs.feature_b)
        and greatest(claims.feature, claims.other_feature) = greatest(pairs.feature_a, pairs.feature_b)
    inner join rules on rules.kind = 'unrelated'
    where {{ is_to_write(new, 'pairs.as_of_date', 'pairs.study') }}
),

claims as (
    select
        study,
        as_of_date,
        claim,
        statement,
        bool_and(holds) as holds,
        round(count(*) filter (where holds) / count(*), 6) as share_of_pairs,
        string_agg(pair, '; ' order by position_a, position_b) as pairs
    from claimed_pairs
    group by study, as_of_date, claim, statement
)

select
    study,
    as_of_date,
    kind,
    cast(position as integer) as position,
    feature,
    other_feature,
    figure,
    concat(
        subject,
        case
            when of_whom is null then ''
            when fraction is null then concat(percent, ' of the ', of_whom)
            else concat('about ', fraction, ' of the ', of_whom, ' (', percent, ')')
        end,
        predicate
    ) as finding,
    cast(null as boolean) as holds
from findings
union all
select
    study,
    as_of_date,
    'claim' as kind,
    claim as position,
    null as feature,
    null as other_feature,
    share_of_pairs as figure,
    concat(case when holds then 'Holds: ' else 'Does not hold: ' end, statement, ' (', pairs, ')') as finding,
    holds
from claims
