-- Every model that has been in force, and how its segments are numbered; all rows of a study are written again.
{{ config(**incremental(['study'])) }}

{%- set columns = {
    'study': 'varchar', 'registration': 'integer', 'model_version': 'varchar', 'segments': 'integer', 'settings_hash': 'varchar',
    'source_kind': 'varchar', 'recipe': 'varchar', 'features': 'varchar', 'previous_registration': 'integer',
    'segment_numbers': list_type('integer'), 'segment_overlaps': list_type('double'), 'agreement': 'double', 'kept_share': 'double',
    'turn': 'integer'} %}
{%- set nothing = [] %}
{%- for name, type in columns.items() %}{% do nothing.append('cast(null as ' ~ type ~ ') as ' ~ name) %}{% endfor %}

-- what earlier builds have registered
with registered as (
    {% if is_incremental() -%}
    select {{ columns | join(', ') }}
    from {{ this }}
    where study in ({{ sql_texts(var('studies')) }})
    {%- else -%}
    select {{ nothing | join(', ') }}
    where false
    {%- endif %}
),

last_of as (
    select
        study,
        max(registration) as registration,
        max(turn) as turn,
        max({{ list_maximum('segment_numbers') }}) as segment
    from registered
    group by study
),

features as (
    select
        study,
        string_agg(feature, ', ' order by position) as features
    from {{ ref('feature_catalog') }}
    where role = 'cluster'
    group by study
),

-- a build that failed may have left a sample whose fit is not complete
complete as (
    select
        study,
        model_version
    from {{ ref('k_selection') }}
    intersect
    select
        study,
        model_version
    from {{ ref('principal_components') }}
),

-- the versions with the current settings
versions as (
    select
        sample.study,
        sample.model_version,
        row_number() over (partition by sample.study order by sample.version_number desc) as place
    from {{ ref('training_sample') }} as sample
    inner join {{ ref('study_settings') }} as settings
        on sample.study = settings.study
        and sample.settings_hash = settings.settings_hash
    inner join complete
        on sample.study = complete.study
        and sample.model_version = complete.model_version
    group by sample.study, sample.model_version, sample.version_number
),

-- The model of each study that is to be in force: the newest version, with the number of segments that k_selection says. No row where the
-- study asks for more segments than could be fitted: studies_left_out says so.
wanted as (
    select
        versions.study,
        versions.model_version,
        selection.segments
    from versions
    inner join {{ ref('k_selection') }} as selection
        on versions.study = selection.study
        and versions.model_version = selection.model_version
        and selection.is_chosen
    where
        versions.place = 1
        and versions.study not in ({{ sql_texts(pinned_versions()) }})
    {% for study, version in pinned_versions().items() -%}
    -- or the version that var model_versions pins, with the number of segments that it had last
    union all
    select
        pinned.study,
        pinned.model_version,
        case
            when pinned.features = features.features then pinned.segments
            else {{ stop("concat('Var model_versions pins version ', pinned.model_version, ' of study ', pinned.study, "
                ~ "', which was fitted on other features: ', pinned.features, '. The study has now: ', features.features, '.')") }}
        end as segments
    from (
        select
            *,
            row_number() over (order by turn desc) as place
        from registered
        where
            study = {{ sql_text(study) }}
            and model_version = {{ sql_text(version) }}
    ) as pinned
    inner join features on pinned.study = features.study
    where pinned.place = 1
    {% endfor %}
),

-- Models that are in force for the first time, whatever they were fitted on, and the one before them: the last one on the same kind of
-- source.
fresh as (
    select
        wanted.study,
        wanted.model_version,
        wanted.segments,
        settings.settings_hash,
        settings.source_kind,
        settings.recipe,
        features.features,
        max_by(previous.registration, previous.turn) as previous_registration
    from wanted
    inner join {{ ref('study_settings') }} as settings on wanted.study = settings.study
    inner join features on wanted.study = features.study
    left join registered as previous
        on wanted.study = previous.study
        and settings.source_kind = previous.source_kind
    where
        not exists (
            select 1
            from registered
            where
                registered.study = wanted.study
                and registered.model_version = wanted.model_version
                and registered.segments = wanted.segments
        )
    group by
        wanted.study, wanted.model_version, wanted.segments, settings.settings_hash, settings.source_kind, settings.recipe,
        features.features
),

-- Both models are applied to the new sample; where their features differ, each to its own, and those who are in both count.
samples as (
    select
        fresh.study,
        fresh.model_version,
        fresh.segments,
        true as is_new,
        sample.customer_id,
        sample.features
    from fresh
    inner join {{ ref('training_sample') }} as sample
        on fresh.study = sample.study
        and fresh.model_version = sample.model_version
    union all
    select
        previous.study,
        previous.model_version,
        previous.segments,
        false as is_new,
        sample.customer_id,
        sample.features
    from fresh
    inner join registered as previous
        on fresh.study = previous.study
        and fresh.previous_registration = previous.registration
    inner join {{ ref('training_sample') }} as sample
        on fresh.study = sample.study
        and sample.model_version = case when fresh.features = previous.features then fresh.model_version else previous.model_version end
),

filled as (
    select
        samples.*,
        {{ prepared('samples.features', 'scaling') }} as x,
        scaling.fill,
        scaling.lambdas,
        scaling.mean,
        scaling.scale,
        fits.centres
    from samples
    inner join {{ ref('feature_scaling') }} as scaling
        on samples.study = scaling.study
        and samples.model_version = scaling.model_version
    inner join {{ ref('kmeans_fits') }} as fits
        on samples.study = fits.study
        and samples.model_version = fits.model_version
        and samples.segments = fits.segments
),

scaled as (
    select
        *,
        {{ scaled('filled.x', 'filled') }} as z
    from filled
),

placed as (
    select
        study,
        is_new,
        customer_id,
        {{ positions_by_value(distances('z', 'centres')) }}[1] as position
    from scaled
),

-- customers as `position` of the new model and `segment` of the one before
customers as (
    select
        new.study,
        new.position,
        previous.segment_numbers[old.position] as segment
    from placed as new
    inner join placed as old
        on new.study = old.study
        and new.customer_id = old.customer_id
        and new.is_new
        and not old.is_new
    inner join fresh on new.study = fresh.study
    inner join registered as previous
        on fresh.study = previous.study
        and fresh.previous_registration = previous.registration
),

-- how many are in both at once, and in each
cells as (
    select
        study,
        position,
        segment,
        count(*) as customers,
        sum(count(*)) over (partition by study, position) as customers_new,
        sum(count(*)) over (partition by study, segment) as customers_before,
        sum(count(*)) over (partition by study) as customers_all
    from customers
    group by study, position, segment
),

overlapping as (
    select
        study,
        position,
        segment,
        cast(customers as double) / (customers_new + customers_before - customers) as jaccard_index
    from cells
),

-- A segment goes on where this is at least a half: below it a segment counts as dissolved (Hennig 2007, Computational Statistics and Data
-- Analysis 52). Above it no other can be as near, so that the best matches are one to one without more; of two halves the first goes on.
ranked as (
    select
        study,
        position,
        segment,
        round(jaccard_index, 6) as overlap,
        row_number() over (partition by study, segment order by jaccard_index desc, position asc) as place,
        row_number() over (partition by study, position order by jaccard_index desc, segment asc) as place_of_segment
    from overlapping
    where jaccard_index >= 0.5
),

-- the others get new numbers
numbered as (
    select
        fresh.study,
        numbers.position,
        ranked.overlap,
        cast(coalesce(ranked.segment, coalesce(last_of.segment, 0) + row_number() over (
            partition by fresh.study, ranked.segment is null
            order by numbers.position
        )) as integer) as segment
    from fresh
    cross join {{ positions_up_to('fresh.segments', 'numbers') }}
    left join last_of on fresh.study = last_of.study
    left join ranked
        on fresh.study = ranked.study
        and numbers.position = ranked.position
        and ranked.place = 1
        and ranked.place_of_segment = 1
),

lists as (
    select
        study,
        {{ list_in_order('segment', 'position') }} as segment_numbers,
        {{ list_in_order('overlap', 'position') }} as segment_overlaps
    from numbered
    group by study
),

-- how far both models agree, and the share of the customers who keep their segment
agreements as (
    select
        cells.study,
        {{ adjusted_rand_index(
            'sum(cells.customers * (cells.customers - 1))', 'sum(cells.customers * (cells.customers_new - 1))',
            'sum(cells.customers * (cells.customers_before - 1))', 'sum(cells.customers * (cells.customers_all - 1))'
        ) }} as agreement,
        round(sum(case when cells.segment = numbered.segment then cells.customers else 0 end) / sum(cells.customers), 6) as kept_share
    from cells
    inner join numbered
        on cells.study = numbered.study
        and cells.position = numbered.position
    group by cells.study
),

-- a model that comes back keeps its numbers and takes a new turn
turned as (
    select
        registered.*,
        wanted.study is not null as is_in_force,
        case when wanted.study is not null and registered.turn < last_of.turn then last_of.turn + 1 else registered.turn end as new_turn
    from registered
    inner join last_of on registered.study = last_of.study
    left join wanted
        on registered.study = wanted.study
        and registered.model_version = wanted.model_version
        and registered.segments = wanted.segments
),

added as (
    select
        fresh.*,
        lists.segment_numbers,
        lists.segment_overlaps,
        agreements.agreement,
        agreements.kept_share,
        coalesce(last_of.registration, 0) + 1 as registration,
        coalesce(last_of.turn, 0) + 1 as turn,
        true as is_in_force
    from fresh
    inner join lists on fresh.study = lists.study
    left join last_of on fresh.study = last_of.study
    left join agreements on fresh.study = agreements.study
)

select
    {% for column in columns -%}
    {{ 'new_turn as turn' if column == 'turn' else column }},
    {% endfor -%}
    is_in_force
from turned
union all
select
    {% for column in columns -%}
    {{ column }},
    {% endfor -%}
    is_in_force
from added
