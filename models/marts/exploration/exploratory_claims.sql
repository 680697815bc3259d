with checked as (
    select
        correlations.study,
        correlations.as_of_date,
        claims.claim,
        claims.statement,
        claims.feature,
        claims.other_feature,
        claims.expected,
        correlations.pearson,
        correlations.spearman,
        correlations.customers,
        coalesce(case claims.expected
            when 'none' then abs(correlations.spearman) < rules.below
            when 'positive' then correlations.spearman >= rules.below
            when 'negative' then correlations.spearman <= -rules.below
        end, false) as holds
    from {{ ref('finding_claims') }} as claims
    inner join {{ ref('feature_correlations') }} as correlations
        on claims.study = correlations.study
        and least(claims.feature, claims.other_feature) = least(correlations.feature_a, correlations.feature_b)
        and greatest(claims.feature, claims.other_feature) = greatest(correlations.feature_a, correlations.feature_b)
    inner join {{ ref('finding_rules') }} as rules on rules.kind = 'unrelated'
)

select
    study,
    as_of_date,
    claim,
    statement,
    feature,
    other_feature,
    expected,
    pearson,
    spearman,
    customers,
    holds,
    bool_and(holds) over (partition by study, as_of_date, claim) as claim_holds
from checked
