-- name: portfolio
select
    as_of_date,
    customers,
    clv_mean,
    low_credit_score_share,
    digital_share,
    card_revenue_total,
    spend_fell_share,
    customers_spend_change,
    everybodys_earlier_spend,
    everybodys_recent_spend,
    everybodys_spend_change,
    date_before,
    stayed_customers,
    stayed_earlier_spend,
    stayed_recent_spend,
    left_customers,
    left_earlier_spend,
    left_recent_spend,
    joined_customers,
    joined_earlier_spend,
    joined_recent_spend,
    others_earlier_spend,
    others_recent_spend
from portfolio_kpis
where as_of_date = (select max(as_of_date) from study_dates where is_latest);

-- name: advice
-- with one date there is nothing that could have changed since the fit
select
    advice.study,
    advice.advice,
    advice.reasons
from refit_advice as advice
inner join study_dates as dates
    on advice.study = dates.study
    and dates.is_complete
group by advice.study, advice.advice, advice.reasons
having count(*) > 1;

-- name: by_date
select
    figures.as_of_date,
    figures.customers,
    figures.clv_mean,
    figures.card_revenue_total,
    figures.low_credit_score_share,
    figures.digital_share,
    figures.spend_fell_share,
    figures.everybodys_spend_change
from portfolio_kpis as figures
semi join study_dates as dates
    on figures.as_of_date = dates.as_of_date
    and dates.is_complete
order by figures.as_of_date;

-- name: choices
select
    models.study,
    models.segments,
    models.has_structure,
    health.verdict,
    health.caveat,
    health.in_words,
    models.reason,
    models.version_number,
    models.model_version,
    models.fitted_as_of,
    models.fitted_customers,
    health.rule_segments,
    health.silhouette,
    health.excess,
    health.stability
from segment_models as models
inner join segmentation_health as health
    on models.study = health.study
    and models.model_version = health.model_version;

-- name: personas
with recommendations as (
    select
        study,
        segment,
        area,
        recommendation,
        -- the one for the card: marketing's, or the first
        row_number() over (partition by study, segment order by area <> 'marketing', area) as place
    from segment_recommendations
    -- advice about credit stands apart, in the section Business
    where not is_credit_advice
)

select
    personas.study,
    personas.segment,
    personas.persona,
    personas.is_catalogued,
    personas.description,
    personas.stands_out,
    personas.theme,
    personas.claims,
    personas.claims_failed,
    personas.failed_claims,
    personas.as_of_date,
    personas.customers,
    personas.share,
    recommendations.area,
    recommendations.recommendation
from segment_personas as personas
left join recommendations
    on personas.study = recommendations.study
    and personas.segment = recommendations.segment
    and recommendations.place = 1
order by personas.study, personas.segment;

-- name: matters
select
    attention.topic,
    settings.title,
    attention.message
from attention
left join study_settings as settings on attention.study = settings.study
order by attention.severity, attention.topic, settings.position, attention.message;
