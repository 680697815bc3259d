with rules as (
    select
        kind,
        at_least,
        below,
        at_most
    from {{ ref('finding_rules') }}
),

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
        {{ finding_on_feature('summary', 'rules.kind') }} as finding
    from {{ ref('feature_summary') }} as summary
    inner join rules
        on rules.kind = 'missing'
        -- of a flag (0 or 1 only) one of the two is always frequent
        or (rules.kind in ('skewed', 'zeros') and not {{ is_flag('summary') }})
        -- where the quartiles are equal, every other value would be an outlier
        or (rules.kind = 'outliers' and summary.q3 > summary.q1)
        or (rules.kind = 'constant' and summary.maximum <= summary.minimum)
),

on_pairs as (
    select
        pairs.study,
        pairs.as_of_date,
        rules.kind,
        pairs.feature_a as feature,
        pairs.feature_b as other_feature,
        pairs.pearson as figure,
        {{ finding_on_pair('pairs', 'rules.kind') }} as finding,
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
        concat(
            label, ': ', {{ share_in_words('share', "'customers with a value'") }}, ' have ', {{ figure_text('extreme') }},
            ', far from all other values (', {{ figure_text('lowest') }}, ' to ', {{ figure_text('highest') }},
            '). If it stands for a missing value, leave the field empty in the extract; else leave the feature out (var study_overrides)'
        ) as finding,
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
        concat(
            string_agg(catalog.label, ', ' order by flags.position),
            ': nobody has two of these, so they are categories of one variable, which counts ', count(*),
            ' times. Give them one variable in the YAML of the study (meta: feature: variable)'
        ) as finding,
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
)

select
    study,
    as_of_date,
    kind,
    cast(position as integer) as position,
    feature,
    other_feature,
    figure,
    finding
from numbered
where position <= at_most
