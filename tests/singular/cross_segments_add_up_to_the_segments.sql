-- Segments whose customers, in the table of a pair of studies, are not those of segment_kpis; pairs of studies that are not there.
with expected as (
    select
        kpis.study,
        others.study as other_study,
        kpis.as_of_date,
        kpis.segment,
        kpis.customers
    from {{ ref('segment_kpis') }} as kpis
    inner join {{ ref('segment_models') }} as others on kpis.study <> others.study
),

crossed as (
    select
        study_a as study,
        study_b as other_study,
        as_of_date,
        segment_a as segment,
        sum(customers) as customers,
        sum(share_of_a) as share
    from {{ ref('cross_segments') }}
    where segment_a > 0
    group by study_a, study_b, as_of_date, segment_a
    union all
    select
        study_b as study,
        study_a as other_study,
        as_of_date,
        segment_b as segment,
        sum(customers) as customers,
        sum(share_of_b) as share
    from {{ ref('cross_segments') }}
    where segment_b > 0
    group by study_a, study_b, as_of_date, segment_b
)

select
    coalesce(expected.study, crossed.study) as study,
    coalesce(expected.other_study, crossed.other_study) as other_study,
    coalesce(expected.as_of_date, crossed.as_of_date) as as_of_date,
    coalesce(expected.segment, crossed.segment) as segment,
    expected.customers,
    crossed.customers as crossed_customers
from expected
full outer join crossed
    on expected.study = crossed.study
    and expected.other_study = crossed.other_study
    and expected.as_of_date = crossed.as_of_date
    and expected.segment = crossed.segment
where
    coalesce(expected.customers, 0) <> coalesce(crossed.customers, 0)
    or abs(crossed.share - 1) > 0.0001
