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
        end as figure,
        {{ finding_on_feature('summary', 'rules.kind') }} as finding
    from {{ ref('feature_summary') }} as summary
    inner join rules
        on rules.kind = 'missing'
        -- of a flag (0 or 1 only) one of the two is always frequent
        or (rules.kind in ('skewed', 'zeros') and not {{ is_flag('summary') }})
        -- where the quartiles are equal, every other value would be an outlier
        or (rules.kind = 'outliers' and summary.q3 > summary.q1)
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

candidates as (
    select
        *,
        abs(figure) as strength
    from on_features
    union all
    select *
    from on_pairs
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
