-- What a reviewer wants to know of each study, in words; the words stand in macros/marts/model_card_texts.sql.
with models as (
    {{ card_models() }}
),

extracts as (
    {{ card_extracts() }}
),

customers as (
    {{ card_customers() }}
),

features as (
    {{ card_features() }}
),

trials as (
    {{ card_trials() }}
),

personas as (
    {{ card_personas() }}
),

fairness as (
    {{ card_fairness() }}
),

known as (
    select distinct
        study,
        as_of_date,
        attribute
    from {{ ref('segment_fairness') }}
    where ratio is not null
),

-- the protected attributes of all extracts and studies, and of which of them something is known of the study's customers
protected as (
    select
        customers.study,
        string_agg(listed.attribute, ', ' order by listed.position) as attributes,
        string_agg(listed.attribute, ', ' order by listed.position) filter (where known.attribute is not null) as compared_attributes,
        string_agg(listed.attribute, ', ' order by listed.position) filter (where known.attribute is null) as unknown_attributes
    from customers
    cross join {{ ref('protected_attributes') }} as listed
    left join known
        on customers.study = known.study
        and customers.as_of_date = known.as_of_date
        and listed.attribute = known.attribute
    group by customers.study
),

advice as (
    select
        study,
        count(*) as recommendations,
        count(*) filter (where is_credit_advice) as credit_advice
    from {{ ref('segment_recommendations') }}
    group by study
),

facts as (
    select
        models.*,
        protected.attributes,
        protected.compared_attributes,
        protected.unknown_attributes,
        advice.recommendations,
        advice.credit_advice,
        extracts.extracts,
        extracts.rows_rejected,
        customers.as_of_date,
        customers.first_date,
        customers.dates,
        customers.customers,
        customers.border_share,
        customers.outlier_share,
        features.clustered_features,
        features.described_features,
        features.protected_features,
        features.protected_variables,
        trials.trials,
        personas.personas,
        personas.unnamed,
        personas.claims,
        personas.claims_failed,
        fairness.flags,
        cast(fairness.flagged_groups as bigint) as flagged_groups,
        fairness.compared_groups
    from models
    left join protected on models.study = protected.study
    left join advice on models.study = advice.study
    left join extracts on models.study = extracts.study
    left join customers on models.study = customers.study
    left join features on models.study = features.study
    left join trials on models.study = trials.study
    left join personas on models.study = personas.study
    left join fairness on models.study = fairness.study
),

texts as (
    select
        *,
        {{ card_details('facts') }} as details,
        {{ card_purpose('facts') }} as purpose,
        {{ card_data('facts') }} as data,
        {{ card_recipe('facts') }} as method,
        {{ card_health('facts') }} as health,
        {{ card_fair_use('facts') }} as fairness,
        {{ card_limits('facts') }} as limits,
        {{ card_monitoring('facts') }} as monitoring
    from facts
)

select
    texts.study,
    texts.title,
    texts.as_of_date,
    texts.model_version,
    texts.version_number,
    texts.fitted_as_of,
    texts.settings_hash,
    texts.segments,
    texts.has_structure,
    texts.verdict,
    texts.purpose,
    texts.data,
    texts.clustered_features,
    texts.described_features,
    texts.protected_features,
    texts.method,
    texts.health,
    texts.trials,
    texts.personas,
    coalesce(texts.flagged_groups, 0) as flagged_groups,
    texts.fairness,
    texts.limits,
    texts.monitoring,
    {{ model_card('texts') }} as card
from texts
