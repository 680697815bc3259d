-- name: pairs
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
qualify association.as_of_date = max(association.as_of_date) over (partition by association.study_a, association.study_b)
order by association.cramers_v desc nulls last, association.study_a, association.study_b;

-- name: cells
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
-- 0 is nobody's segment: in one of the two studies only
where cells.segment_a > 0 and cells.segment_b > 0
qualify cells.as_of_date = max(cells.as_of_date) over (partition by cells.study_a, cells.study_b)
order by cells.study_a, cells.study_b, cells.segment_a, cells.segment_b;
