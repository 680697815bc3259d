{{ config(materialized='view') }}

-- What stands out in a segment, in words: the name of a segment that no persona fits.
with described as (
    select
        study,
        registration,
        segment,
        string_agg(phrase, ', ' order by place) filter (where place <= 2) as short_text,
        string_agg(phrase, ', ' order by place) filter (where place <= 4) as long_text
    from {{ ref('segment_phrases') }}
    group by study, registration, segment
),

segments as (
    select distinct
        study,
        registration,
        segment
    from {{ ref('segment_traits') }}
),

named as (
    select
        segments.study,
        segments.registration,
        segments.segment,
        coalesce(described.short_text, 'average customers') as short_text,
        coalesce(described.long_text, 'no feature stands out') as long_text
    from segments
    left join described
        on segments.study = described.study
        and segments.registration = described.registration
        and segments.segment = described.segment
)

select
    study,
    registration,
    segment,
    concat(upper(substr(short_text, 1, 1)), substr(short_text, 2)) as name,
    concat('No persona of the catalogue fits. What stands out: ', long_text, '.') as description,
    concat(upper(substr(long_text, 1, 1)), substr(long_text, 2)) as stands_out
from named
