-- The newest test of what the word risk says, so that it stands beside it.
with tested as (
    select {{ newest_backtest('risk_level high', 'credit score fell') }} as in_words
    from {{ ref('flag_backtests') }}
)

select
    scores.study,
    scores.as_of_date,
    scores.segment,
    scores.persona,
    scores.band as credit_score_band,
    scores.band_position,
    case when scores.band_position = 0 then 'unknown' else {{ risk_level('levels.band') }} end as risk_level,
    scores.customers,
    scores.share_of_segment,
    tested.in_words as backtest,
    scores.has_structure
from {{ ref('segment_bands') }} as scores
cross join tested
left join {{ ref('kpi_bands') }} as bands
    on scores.kpi = bands.kpi
    and scores.band = bands.band
-- the level that holds the whole band of scores
left join {{ ref('kpi_bands') }} as levels
    on levels.kpi = 'credit_score_level'
    and (levels.lower_bound is null or bands.lower_bound >= levels.lower_bound)
    and (levels.upper_bound is null or bands.upper_bound <= levels.upper_bound)
where scores.kpi = 'credit_score'
