{# Parts of model_registrations, which remembers every model that has been in force and how its segments are numbered. #}

{# The columns of model_registrations that are stored, with their types #}
{% macro registration_columns() %}
  {{- return({
      'study': 'varchar', 'registration': 'integer', 'model_version': 'varchar', 'segments': 'integer', 'settings_hash': 'varchar',
      'source_kind': 'varchar', 'recipe': 'varchar', 'features': 'varchar', 'previous_registration': 'integer',
      'segment_numbers': list_type('integer'), 'segment_overlaps': list_type('double'), 'agreement': 'double', 'kept_share': 'double',
      'turn': 'integer',
  }) -}}
{% endmacro %}

{# what earlier builds have registered, of the enabled studies #}
{% macro registered_models() -%}
    select
        {%- for name, type in registration_columns().items() %}
        {{ name if is_incremental() else 'cast(null as ' ~ type ~ ') as ' ~ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    {% if is_incremental() -%}
    from {{ this }}
    where study in ('{{ var('studies') | join("', '") }}')
    {%- else -%}
    where false
    {%- endif %}
{%- endmacro %}

{# Of each study the model that is to be in force: the one that var model_versions pins, with the number of segments that it had
   last; else the newest version with the current settings whose fit is complete, and the number of segments that k_selection says.
   Needs relations `registered` and `features`. #}
{% macro models_to_force() -%}
    select
        versions.study,
        versions.model_version,
        selection.segments
    from (
        select
            sample.study,
            sample.model_version,
            row_number() over (partition by sample.study order by sample.version_number desc) as place
        from {{ ref('training_sample') }} as sample
        inner join {{ ref('study_settings') }} as settings
            on sample.study = settings.study
            and sample.settings_hash = settings.settings_hash
        -- a build that failed may have left a sample whose fit is not complete
        inner join (
            select study, model_version from {{ ref('k_selection') }}
            intersect
            select study, model_version from {{ ref('principal_components') }}
        ) as complete
            on sample.study = complete.study
            and sample.model_version = complete.model_version
        group by sample.study, sample.model_version, sample.version_number
    ) as versions
    -- no row where the study asks for more segments than could be fitted: studies_left_out says so
    inner join {{ ref('k_selection') }} as selection
        on versions.study = selection.study
        and versions.model_version = selection.model_version
        and selection.is_chosen
    where
        versions.place = 1
        and versions.study not in ('{{ pinned_versions() | join("', '") }}')
    {% for study, version in pinned_versions().items() -%}
    union all
    select
        pinned.study,
        pinned.model_version,
        case
            when pinned.features = features.features then pinned.segments
            else {{ stop("concat('Var model_versions pins version ', pinned.model_version, ' of study ', pinned.study, ', which was fitted on other features: ', pinned.features, '. The study has now: ', features.features, '.')") }}
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
{%- endmacro %}

{# Models that are in force for the first time, whatever they were fitted on, and the one before them: the last one on the same kind
   of source. Needs relations `wanted`, `features` and `registered`. #}
{% macro models_in_force_for_the_first_time() -%}
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
    where not exists (
        select 1
        from registered
        where
            registered.study = wanted.study
            and registered.model_version = wanted.model_version
            and registered.segments = wanted.segments
    )
    group by
        wanted.study, wanted.model_version, wanted.segments, settings.settings_hash, settings.source_kind, settings.recipe, features.features
{%- endmacro %}

{# Customers as `position` of the new model and `segment` of the one before. Both models are applied to the new sample; where their
   features differ, each to its own sample, and those who are in both count. Needs relations `fresh` and `registered`. #}
{% macro customers_under_both_models() -%}
    with samples as (
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
    )

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
{%- endmacro %}

{# Of the customers under both models: how many are in a position of the new model and in a segment of the one before, at once and
   each. Needs a relation `customers`. #}
{% macro cells_of_both_models() -%}
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
{%- endmacro %}

{# The segment number of each position of a new model. A segment goes on where the Jaccard index of its customers is at least a half:
   below it a segment counts as dissolved (Hennig 2007, Computational Statistics and Data Analysis 52). Above it no other can be as
   near, so that the best matches are one to one without more; of two halves the first goes on. All others get new numbers. Needs
   relations `cells`, `fresh` and `last_of`. #}
{% macro segment_numbers_of_positions() -%}
    with overlapping as (
        select
            study,
            position,
            segment,
            round(overlap, 6) as overlap,
            row_number() over (partition by study, segment order by overlap desc, position asc) as place,
            row_number() over (partition by study, position order by overlap desc, segment asc) as place_of_segment
        from (
            select
                *,
                cast(customers as double) / (customers_new + customers_before - customers) as overlap
            from cells
        ) as measured
        where overlap >= 0.5
    )

    select
        fresh.study,
        numbers.position,
        matched.overlap,
        cast(coalesce(matched.segment, coalesce(last_of.segment, 0) + row_number() over (
            partition by fresh.study, matched.segment is null
            order by numbers.position
        )) as integer) as segment
    from fresh
    cross join {{ positions_up_to('fresh.segments', 'numbers') }}
    left join last_of on fresh.study = last_of.study
    left join overlapping as matched
        on fresh.study = matched.study
        and numbers.position = matched.position
        and matched.place = 1
        and matched.place_of_segment = 1
{%- endmacro %}

{# How far a new model and the one before agree, and the share of the customers who keep their segment. Needs relations `cells` and
   `numbered`. #}
{% macro agreement_with_the_model_before() -%}
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
{%- endmacro %}

{# Why no model is in force in a study. Aggregates over its registrations. #}
{% macro no_model_in_force(study, registered) -%}
    {%- for name, version in pinned_versions().items() %}
    case when {{ study }} = {{ sql_text(name) }} then concat(
        'Var model_versions pins version ', {{ sql_text(version) }}, ' of study ', {{ study }}, ', which was never in force. There are: ',
        coalesce(string_agg(distinct concat({{ registered }}.model_version, ' (', {{ registered }}.segments, ' segments)'), ', '), 'none'), '.'
    ) else
    {%- endfor %}
    concat('Study ', {{ study }}, ' has no model for its current settings. Run dbt build without --selector score once.')
    {{ 'end ' * (pinned_versions() | length) }}
{%- endmacro %}

{# why a model and its number of segments are in force #}
{% macro reason_in_force(study, reason) -%}
    case
        when {{ study }} in ('{{ pinned_versions() | join("', '") }}') then 'pinned by var model_versions'
        else {{ reason }}
    end
{%- endmacro %}

{# var model_versions: the versions that stay in force, by study #}
{% macro pinned_versions() %}
  {%- if var('model_versions') is not mapping -%}
    {{ exceptions.raise_compiler_error("var model_versions is '" ~ var('model_versions') ~ "'; give a mapping such as {card_usage: 0a1b2c3d4e5f}") }}
  {%- endif -%}
  {{- return(var('model_versions')) -}}
{% endmacro %}
