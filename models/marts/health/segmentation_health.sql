-- Are there segments at all? For every version of the enabled studies.
with versions as (
    {{ fitted_versions() }}
),

registered as (
    select
        study,
        model_version,
        max_by(segments, turn) as segments,
        bool_or(is_in_force) as is_in_force
    from {{ ref('model_registrations') }}
    group by study, model_version
),

judged as (
    select
        selection.*,
        fits.stability_min,
        fits.gap,
        fits.gap >= lead(fits.gap - fits.gap_deviation) over (
            partition by fits.study, fits.model_version
            order by fits.segments
        ) as gap_suffices,
        -- with so many segments the version was last in force, or would be
        coalesce(selection.segments = registered.segments, selection.is_chosen) as is_used,
        coalesce(registered.is_in_force, false) as is_in_force,
        {{ structure_level('selection') }} as level,
        {{ structure_in_words('selection') }} as in_words
    from {{ ref('k_selection') }} as selection
    inner join {{ ref('kmeans_fits') }} as fits
        on selection.study = fits.study
        and selection.model_version = fits.model_version
        and selection.segments = fits.segments
    left join registered
        on selection.study = registered.study
        and selection.model_version = registered.model_version
),

-- Tibshirani, Walther and Hastie (2001): the least number whose gap the next one does not clearly exceed
gaps as (
    select
        study,
        model_version,
        min(segments) filter (where gap_suffices) as gap_segments
    from judged
    group by study, model_version
),

borders as (
    select
        study,
        as_of_date = max(as_of_date) over (partition by study) as is_latest,
        round(count(*) filter (where margin < {{ var('border_margin') }}) / count(*), 6) as border_share
    from {{ ref('segment_assignments') }}
    group by study, as_of_date
)

select
    versions.study,
    versions.model_version,
    versions.version_number,
    used.segments,
    rule.segments as rule_segments,
    {%- for figure in ['silhouette', 'excess', 'stability', 'stability_min', 'smallest_share'] %}
    round(used.{{ figure }}, 6) as {{ figure }},
    round(rule.{{ figure }}, 6) as rule_{{ figure }},
    {%- endfor %}
    used.passes,
    round(used.gap, 6) as gap,
    gaps.gap_segments,
    borders.border_share,
    used.is_in_force,
    case
        when rule.segments is null then 'none'
        when least(rule.level, used.level) = 3 then 'strong'
        when least(rule.level, used.level) = 2 then 'moderate'
        else 'weak'
    end as verdict,
    case
        when rule.segments is null then used.reason
        when rule.segments = used.segments then concat('The ', rule.in_words)
        else concat('The ', used.in_words, '. The rule''s ', rule.in_words)
    end as reason
from judged as used
inner join versions
    on used.study = versions.study
    and used.model_version = versions.model_version
inner join gaps
    on used.study = gaps.study
    and used.model_version = gaps.model_version
left join judged as rule
    on used.study = rule.study
    and used.model_version = rule.model_version
    and rule.is_rule_choice
left join borders
    on used.study = borders.study
    and used.is_in_force
    and borders.is_latest
where used.is_used
