-- name: pairs
-- the latest date that is complete in both studies: their extracts may come at different rhythms
with newest as (
    select
        a.study as study_a,
        b.study as study_b,
        max(a.as_of_date) as as_of_date
    from study_dates as a
    inner join study_dates as b
        on a.study < b.study
        and a.as_of_date = b.as_of_date
    where a.is_complete and b.is_complete
    group by all
)

select
    association.study_a,
    association.study_b,
    a.title as title_a,
    b.title as title_b,
    association.customers,
    association.cramers_v,
    association.adjusted_mutual_information,
    association.adjusted_rand_index,
    association.reading
from cross_segment_association as association
inner join study_settings as a on association.study_a = a.study
inner join study_settings as b on association.study_b = b.study
semi join newest
    on association.study_a = newest.study_a
    and association.study_b = newest.study_b
    and association.as_of_date = newest.as_of_date
order by association.cramers_v desc nulls last, association.study_a, association.study_b;

-- name: cells
-- the latest date that is complete in both studies: their extracts may come at different rhythms
with newest as (
    select
        a.study as study_a,
        b.study as study_b,
        max(a.as_of_date) as as_of_date
    from study_dates as a
    inner join study_dates as b
        on a.study < b.study
        and a.as_of_date = b.as_of_date
    where a.is_complete and b.is_complete
    group by all
)

select
    cells.study_a,
    cells.study_b,
    a.title as title_a,
    b.title as title_b,
    cells.segment_a,
    cells.persona_a,
    cells.segment_b,
    cells.persona_b,
    cells.customers,
    cells.share_of_a,
    cells.lift,
    case
        when cells.lift > 0 then round(log2(cells.lift), 3)
        when cells.lift = 0 then -9
    end as lift_log2
from cross_segments as cells
inner join study_settings as a on cells.study_a = a.study
inner join study_settings as b on cells.study_b = b.study
semi join newest
    on cells.study_a = newest.study_a
    and cells.study_b = newest.study_b
    and cells.as_of_date = newest.as_of_date
-- 0 is nobody's segment: in one of the two studies only
where cells.segment_a > 0 and cells.segment_b > 0
order by cells.study_a, cells.study_b, cells.segment_a, cells.segment_b;
