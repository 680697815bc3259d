-- What somebody should look at before the segments are used: a line a study and topic.
with left_out as (
    select
        1 as severity,
        case when is_left_out then 'left out' else 'not fitted again' end as topic,
        study,
        1 as times,
        reason as message
    from {{ ref('studies_left_out') }}
),

redefined as (
    select
        1 as severity,
        'other definitions' as topic,
        study,
        1 as times,
        '{{ defined_otherwise() }}' as message
    from {{ ref('segment_models') }}
    where not is_defined_as_today
),

advice as (
    select
        case advice when 'refit' then 1 else 2 end as severity,
        'refit advice' as topic,
        study,
        1 as times,
        concat(advice, ': ', reasons) as message
    from {{ ref('refit_advice') }}
    where advice <> 'keep'
),

kept as (
    select
        3 as severity,
        'kept scores' as topic,
        study,
        count(*) as times,
        concat(
            'an earlier model has scored, by var keep_scores: ', string_agg(cast(as_of_date as varchar), ', ' order by as_of_date),
            '; no mart compares these dates with later ones'
        ) as message
    from {{ ref('scored_dates') }}
    where stamp = 'kept'
    group by study
),

structure as (
    select
        case when models.has_structure then 3 else 1 end as severity,
        case when models.has_structure then 'number of segments' else 'no structure' end as topic,
        models.study,
        1 as times,
        case
            when health.rule_segments is null then concat(models.segments, ' segments: ', models.reason)
            else concat(models.segments, ' segments are in force; the rule would choose ', health.rule_segments)
        end as message
    from {{ ref('segment_models') }} as models
    inner join {{ ref('segmentation_health') }} as health
        on models.study = health.study
        and models.model_version = health.model_version
    where models.segments is distinct from health.rule_segments
),

weak as (
    select
        1 as severity,
        'weak structure' as topic,
        study,
        1 as times,
        concat(in_words, ' The figures are in segmentation_health.') as message
    from {{ ref('segmentation_health') }}
    where
        is_in_force
        and verdict = 'weak'
),

clearer as (
    select
        2 as severity,
        'clearer number of segments' as topic,
        study,
        1 as times,
        concat(
            clearer_segments, ' segments would be clearer than ', segments, ': an excess of ', {{ shown('clearer_excess') }},
            ' and a stability of ', {{ shown('clearer_stability') }}, ' against ', {{ shown('excess') }}, ' and ', {{ shown('stability') }}
        ) as message
    from {{ ref('segmentation_health') }}
    where
        is_in_force
        and clearer_segments is not null
),

recipes as (
    select
        2 as severity,
        'other recipes' as topic,
        study,
        1 as times,
        concat(
            'prepared by another recipe, the same customers give other segments: an adjusted Rand index of ',
            {{ shown('recipe_agreement') }}, ' in the middle; see recipe_sensitivity'
        ) as message
    from {{ ref('segmentation_health') }}
    where
        is_in_force
        and recipe_agreement < {{ var('min_recipe_agreement') }}
),

algorithms as (
    select
        2 as severity,
        'other algorithms' as topic,
        study,
        1 as times,
        concat(
            'other algorithms find other segments: an adjusted Rand index of ',
            {{ shown('algorithm_agreement') }}, ' in the middle; see algorithm_comparison'
        ) as message
    from {{ ref('segmentation_health') }}
    where
        is_in_force
        and algorithm_agreement < {{ var('min_algorithm_agreement') }}
),

columns_to_mend as (
    select
        2 as severity,
        case findings.kind when 'sentinel' then 'stand-in for a missing value' else 'categories without a variable' end as topic,
        findings.study,
        count(*) as times,
        string_agg(findings.finding, '; ' order by findings.position) as message
    from {{ ref('exploratory_findings') }} as findings
    inner join {{ ref('study_dates') }} as dates
        on findings.study = dates.study
        and findings.as_of_date = dates.as_of_date
        and dates.is_latest
    where findings.kind in ('sentinel', 'exclusive')
    group by findings.study, findings.kind
),

catalogue as (
    select distinct study
    from {{ ref('personas') }}
),

unnamed as (
    select
        case when max(catalogue.study) is null then 3 else 2 end as severity,
        'no persona' as topic,
        personas.study,
        count(*) filter (where not personas.is_catalogued) as times,
        case
            when max(catalogue.study) is null
                then concat(
                    'the catalogue has no personas for this study: its ', count(*),
                    ' segments are named after what stands out, and have no recommendations'
                )
            else concat(
                'without a persona of the catalogue, and so without recommendations, ',
                count(*) filter (where not personas.is_catalogued), ' of ', {{ counted('count(*)', 'segment') }}, ': ',
                string_agg(personas.persona, '; ' order by personas.segment) filter (where not personas.is_catalogued)
            )
        end as message
    from {{ ref('segment_personas') }} as personas
    left join catalogue on personas.study = catalogue.study
    group by personas.study
    having count(*) filter (where not personas.is_catalogued) > 0
),

claims as (
    select
        2 as severity,
        'claims that fail' as topic,
        study,
        sum(claims_failed) as times,
        concat(
            sum(claims_failed), ' of ', {{ counted('sum(claims)', 'claim') }}, ' of the personas: ',
            string_agg(concat(persona, ': ', failed_claims), '; ' order by segment) filter (where claims_failed > 0)
        ) as message
    from {{ ref('segment_personas') }}
    group by study
    having sum(claims_failed) > 0
),

fairness as (
    select
        2 as severity,
        'protected groups' as topic,
        fairness.study,
        count(*) filter (where fairness.is_flagged) as times,
        concat(
            'flagged, ', count(*) filter (where fairness.is_flagged), ' of ', {{ counted('count(fairness.ratio)', 'comparison') }},
            ' of a protected group with a segment, by ',
            string_agg(distinct fairness.attribute, ', ' order by fairness.attribute) filter (where fairness.is_flagged),
            '; see segment_fairness'
        ) as message
    from {{ ref('segment_fairness') }} as fairness
    inner join {{ ref('segment_personas') }} as personas
        on fairness.study = personas.study
        and fairness.segment = personas.segment
        and fairness.as_of_date = personas.as_of_date
    group by fairness.study
    having count(*) filter (where fairness.is_flagged) > 0
),

incomplete as (
    select
        2 as severity,
        'incomplete dates' as topic,
        study,
        count(*) as times,
        concat(
            'fewer than {{ (100 * var('min_date_share')) | round(1) }} % of the customers of the largest date: ',
            string_agg(concat(as_of_date, ' (', {{ counted('customers', 'customer') }}, ')'), ', ' order by as_of_date),
            '; they are scored, and no fit, persona or view of the latest date reads them'
        ) as message
    from {{ ref('study_dates') }}
    where not is_complete
    group by study
),

{% set not_compared = protected_without_customer() -%}
not_compared as (
    select
        2 as severity,
        'protected columns that are not compared' as topic,
        cast(null as varchar) as study,
        {{ not_compared | length }} as times,
        concat(
            'segment_fairness cannot compare the protected columns of ', {{ sql_text(not_compared | join(', ')) }},
            ': they have no column customer_id; call the one that names the customer so in models/sources.yml ',
            '(its name in the extract is an alias)'
        ) as message
    where {{ 'true' if not_compared else 'false' }}
),

strangers as (
    select
        2 as severity,
        'transactions without a customer' as topic,
        cast(null as varchar) as study,
        count(distinct activity.customer_id) as times,
        concat(
            'card_transactions has ', {{ counted('count(distinct activity.customer_id)', 'customer') }},
            ' whom no extract lists; what they spend counts in everybody''s card spend (portfolio_kpis), and in no segment'
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

totals as (
    select
        1 as severity,
        'a totals row' as topic,
        cast(null as varchar) as study,
        count(*) as times,
        concat(
            'a row that is the sum of all others is no customer; take it out: ',
            string_agg(concat(extract, ' at ', as_of_date), ', ' order by extract, as_of_date), '; see total_rows'
        ) as message
    from {{ ref('total_rows') }}
    having count(*) > 0
),

disjoint as (
    select
        1 as severity,
        'extracts that share few customers' as topic,
        cast(null as varchar) as study,
        count(*) as times,
        concat(
            'these list hardly a customer together, so joining them finds hardly anybody; are their ids written alike? ',
            string_agg(
                concat(extract, ' (ids such as ', example, ') and ', other_extract, ' (such as ', other_example, ')'),
                ', ' order by extract, other_extract
            )
        ) as message
    from {{ ref('extract_overlaps') }}
    where shared_share < {{ var('min_shared_customers') }}
    having count(*) > 0
),

rejections as (
    select
        3 as severity,
        'rejected rows' as topic,
        cast(null as varchar) as study,
        sum(rows_rejected) as times,
        concat(
            {{ counted('sum(rows_rejected)', 'row') }}, ': ',
            string_agg(concat(extract, ' ', rows_rejected, ' of ', rows_read), ', ' order by extract), '; see rejected_rows'
        ) as message
    from {{ ref('extract_counts') }}
    where rows_rejected > 0
    having count(*) > 0
),

lost as (
    select
        3 as severity,
        'lost values' as topic,
        cast(null as varchar) as study,
        sum(values_lost) as times,
        concat(
            {{ counted('sum(values_lost)', 'optional value') }}, ' of staged rows are none of their kind, and so are missing: ',
            string_agg(concat(extract, ': ', lost_values), '; ' order by extract)
        ) as message
    from {{ ref('extract_counts') }}
    where values_lost > 0
    having count(*) > 0
),

unlike as (
    select
        2 as severity,
        'far more or fewer rows' as topic,
        cast(null as varchar) as study,
        count(*) as times,
        concat(
            'more than {{ (100 * var('max_volume_change')) | round(1) }} % fewer rows than the date before, or this the other way round: ',
            string_agg(concat(extract, ' at ', unlike_before), '; ' order by extract),
            '; are these extracts whole, and is nothing in them twice?'
        ) as message
    from {{ ref('extract_counts') }}
    where unlike_before is not null
    having count(*) > 0
),

opened as (
    select
        2 as severity,
        'a file without an end' as topic,
        cast(null as varchar) as study,
        count(*) as times,
        concat(
            'the last line has no line end, so the file may be cut off in it: ',
            string_agg(concat(extract, ' (', open_files, ')'), ', ' order by extract)
        ) as message
    from {{ ref('extract_counts') }}
    where open_files is not null
    having count(*) > 0
),

matters as (
    select * from left_out
    union all
    select * from redefined
    union all
    select * from advice
    union all
    select * from kept
    union all
    select * from structure
    union all
    select * from weak
    union all
    select * from clearer
    union all
    select * from recipes
    union all
    select * from algorithms
    union all
    select * from columns_to_mend
    union all
    select * from unnamed
    union all
    select * from claims
    union all
    select * from fairness
    union all
    select * from incomplete
    union all
    select * from not_compared
    union all
    select * from strangers
    union all
    select * from totals
    union all
    select * from disjoint
    union all
    select * from unlike
    union all
    select * from opened
    union all
    select * from rejections
    union all
    select * from lost
)

select
    severity,
    topic,
    study,
    cast(times as bigint) as times,
    message
from matters
order by severity, topic, study, message
