-- Are there segments at all? For every version with a study's current settings.
with versions as (
    select distinct
        sample.study,
        sample.model_version,
        sample.version_number
    from {{ ref('training_sample') }} as sample
    inner join {{ ref('study_settings') }} as settings
        on sample.study = settings.study
        and sample.settings_hash = settings.settings_hash
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
        {{ structure_level('selection') }} as level,
        {{ structure_in_words('selection') }} as in_words
    from {{ ref('k_selection') }} as selection
    inner join {{ ref('kmeans_fits') }} as fits
        on selection.study = fits.study
        and selection.model_version = fits.model_version
        and selection.segments = fits.segments
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
        model_version,
        as_of_date = max(as_of_date) over (partition by study) as is_latest,
        round(count(*) filter (where margin < {{ var('border_margin') }}) / count(*), 6) as border_share
    from {{ ref('segment_assignments') }}
    group by study, model_version, as_of_date
)

select
    versions.study,
    versions.model_version,
    versions.version_number,
    in_force.segments,
    rule.segments as rule_segments,
    round(in_force.silhouette, 6) as silhouette,
    round(in_force.excess, 6) as excess,
    round(rule.excess, 6) as rule_excess,
    round(in_force.stability, 6) as stability,
    round(in_force.stability_min, 6) as stability_min,
    round(in_force.smallest_share, 6) as smallest_share,
    in_force.passes,
    round(in_force.gap, 6) as gap,
    gaps.gap_segments,
    borders.border_share,
    borders.model_version is not null as is_in_force,
    case
        when rule.segments is null then 'none'
        when least(rule.level, in_force.level) = 3 then 'strong'
        when least(rule.level, in_force.level) = 2 then 'moderate'
        else 'weak'
    end as verdict,
    case
        when rule.segments is null then in_force.reason
        when rule.segments = in_force.segments then concat('The ', rule.in_words)
        else concat('The ', in_force.in_words, '. The rule''s ', rule.in_words)
    end as reason
from versions
inner join gaps
    on versions.study = gaps.study
    and versions.model_version = gaps.model_version
inner join judged as in_force
    on versions.study = in_force.study
    and versions.model_version = in_force.model_version
    and in_force.is_in_force
left join judged as rule
    on versions.study = rule.study
    and versions.model_version = rule.model_version
    and rule.is_rule_choice
left join borders
    on versions.study = borders.study
    and versions.model_version = borders.model_version
    and borders.is_latest
