-- What somebody should look at before the segments are used.
with structure as (
    select
        1 as position,
        models.study,
        cast(null as integer) as segment,
        case when models.has_structure then 'number of segments' else 'no structure' end as topic,
        concat(models.segments, ' segments: ', models.reason) as message
    from {{ ref('segment_models') }} as models
    inner join {{ ref('segmentation_health') }} as health
        on models.study = health.study
        and models.model_version = health.model_version
    where models.segments is distinct from health.rule_segments
),

weak as (
    select
        1 as position,
        study,
        cast(null as integer) as segment,
        'weak structure' as topic,
        reason as message
    from {{ ref('segmentation_health') }}
    where
        is_in_force
        and verdict = 'weak'
),

claims as (
    select
        3 as position,
        study,
        segment,
        'claims that fail' as topic,
        concat(persona, ': ', claims_failed, ' of ', claims, ' claims fail: ', failed_claims) as message
    from {{ ref('segment_personas') }}
    where claims_failed > 0
),

unnamed as (
    select
        2 as position,
        study,
        segment,
        'no persona' as topic,
        concat(persona, ': no persona of the catalogue fits, so there are no recommendations') as message
    from {{ ref('segment_personas') }}
    where not is_catalogued
),

rejections as (
    select
        4 as position,
        cast(null as varchar) as study,
        cast(null as integer) as segment,
        'rejected rows' as topic,
        concat(extract, ': ', rows_rejected, ' of ', rows_read, ' rows are rejected; see rejected_rows') as message
    from {{ ref('extract_counts') }}
    where rows_rejected > 0
),

strangers as (
    select
        5 as position,
        cast(null as varchar) as study,
        cast(null as integer) as segment,
        'transactions without a customer' as topic,
        concat(
            'card_transactions: ', count(distinct activity.customer_id),
            ' customers with transactions are in no extract that lists customers; their transactions count nowhere'
        ) as message
    from {{ ref('customer_activity') }} as activity
    where
        not exists (
            select 1
            from {{ ref('customer_dates') }} as listed
            where listed.customer_id = activity.customer_id
        )
    having count(*) > 0
),

matters as (
    select * from structure
    union all
    select * from weak
    union all
    select * from unnamed
    union all
    select * from claims
    union all
    select * from rejections
    union all
    select * from strangers
)

select
    position,
    topic,
    study,
    segment,
    message
from matters
