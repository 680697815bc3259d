{# The parts of model_cards: queries with one row a study, whose texts have one statement a line. #}

{# the model in force, the settings of its fit, and the figures that judged its number of segments #}
{% macro card_models() -%}
    select
        settings.study,
        settings.title,
        settings.question,
        registered.recipe,
        registered.source_kind,
        registered.settings_hash,
        models.model_version,
        models.version_number,
        models.fitted_as_of,
        models.fitted_customers,
        models.segments,
        models.has_structure,
        models.is_defined_as_today,
        models.weights,
        registered.features as fitted_features,
        models.reason,
        health.passes,
        health.silhouette,
        health.silhouette - health.excess as null_silhouette,
        health.excess,
        health.stability,
        health.stability_min,
        health.stability_customers,
        health.smallest_share,
        health.stability_lower,
        health.verdict,
        health.caveat,
        health.in_words,
        health.reason as verdict_reason
    from {{ ref('segment_models') }} as models
    inner join {{ ref('study_settings') }} as settings on models.study = settings.study
    inner join {{ ref('model_registrations') }} as registered
        on models.study = registered.study
        and models.registration = registered.registration
    inner join {{ ref('segmentation_health') }} as health
        on models.study = health.study
        and models.model_version = health.model_version
{%- endmacro %}

{# the extracts that each study reads, from dbt's graph, with what was rejected of them #}
{% macro card_extracts() -%}
    {%- set pairs = [] -%}
    {%- for extract in (extract_names() if execute else []) -%}
        {%- for study in studies_that_need(extract) -%}
            {%- do pairs.append('(' ~ sql_text(study) ~ ', ' ~ sql_text(extract) ~ ')') -%}
        {%- endfor -%}
    {%- endfor -%}
    select
        reads.study,
        {{ lines_of(
            "concat('Extract ', counts.extract, ': ', " ~ counted('counts.rows_read', 'row') ~ ", ' read, ', "
            ~ count_text('counts.rows_rejected') ~ ", ' rejected')", 'counts.extract'
        ) }} as extracts,
        sum(counts.rows_rejected) as rows_rejected
    from (values {{ pairs | join(', ') or '(null, null)' }}) as reads (study, extract)  -- noqa: AL05
    inner join {{ ref('extract_counts') }} as counts on reads.extract = counts.extract
    group by reads.study
{%- endmacro %}

{# who was scored, at which dates, and how clearly at the latest complete one: near the border is a margin below var border_margin #}
{% macro card_customers() -%}
    with dates as (
        select
            study,
            max(as_of_date) filter (where is_latest) as as_of_date,
            min(as_of_date) as first_date,
            count(*) as dates
        from {{ ref('study_dates') }}
        group by study
    )

    select
        dates.study,
        dates.as_of_date,
        dates.first_date,
        dates.dates,
        count(*) as customers,
        count(*) filter (where scored.margin < {{ var('border_margin') }}) / count(*) as border_share,
        count(*) filter (where scored.is_outlier) / count(*) as outlier_share
    from dates
    inner join {{ ref('segment_assignments') }} as scored
        on dates.study = scored.study
        and dates.as_of_date = scored.as_of_date
    group by dates.study, dates.as_of_date, dates.first_date, dates.dates
{%- endmacro %}

{# the features, in the order of the catalogue; what max_vif leaves out has no trait. Needs relation `models`. #}
{% macro card_features() -%}
    {#- as fitted; a model of 0.4.0 does not know it #}
    {%- set weight -%}
    coalesce(models.weights[{{ position_in(split_text('models.fitted_features', ', '), 'catalog.feature') }}], catalog.weight)
    {%- endset -%}
    {%- set unit = "concat(catalog.label, ' (', catalog.unit, ')')" -%}
    {%- set how -%}
    concat(
        {{ unit }}, case when catalog.transform <> 'none' and models.recipe = 'robust' then ', Yeo-Johnson' else '' end,
        case when {{ weight }} < 1 or {{ weight }} > 1 then concat(', weight ', {{ number_text(weight, 4) }}) else '' end,
        case when catalog.is_protected then ', protected' else '' end
    )
    {%- endset -%}
    select
        catalog.study,
        {{ lines_of(how, 'catalog.position') }} filter (where clustered.feature is not null) as clustered_features,
        {{ lines_of(unit ~ " || case when catalog.role = 'cluster' then ', left out because others repeat it' else '' end", 'catalog.position') }}
            filter (where clustered.feature is null) as described_features,
        {{ lines_of(
            "concat(catalog.label, case when clustered.feature is null then ': described only' else ': forms segments' end)", 'catalog.position'
        ) }} filter (where catalog.is_protected) as protected_features,
        string_agg(distinct catalog.variable, ', ' order by catalog.variable)
            filter (where catalog.is_protected and clustered.feature is not null) as protected_variables
    from {{ ref('feature_catalog') }} as catalog
    inner join models on catalog.study = models.study
    left join (
        select distinct
            traits.study,
            traits.feature
        from {{ ref('segment_traits') }} as traits
        inner join {{ ref('segment_models') }} as models
            on traits.study = models.study
            and traits.registration = models.registration
    ) as clustered
        on catalog.study = clustered.study
        and catalog.feature = clustered.feature
    group by catalog.study
{%- endmacro %}

{# how far the segments in force agree with what other recipes, fewer features and other algorithms make of the same customers #}
{% macro card_trials() -%}
    {%- set trials = {
        'recipe_sensitivity': ('other recipes', 'not is_of_study'),
        'feature_sensitivity': ('the same recipe without one feature', 'true'),
        'algorithm_comparison': ('other algorithms', "algorithm <> 'kmeans'"),
    } -%}
    select
        study,
        {{ lines_of(
            "concat('Against ', name, ': adjusted Rand index from ', " ~ number_text('lowest', 2) ~ ", ' (', lowest_label, ') to ', "
            ~ number_text('highest', 2) ~ ", ' (', highest_label, ')')", 'position'
        ) }} as trials
    from (
        select
            study,
            position,
            name,
            min(agreement) as lowest,
            max(agreement) as highest,
            max(case when place = 1 then label end) as lowest_label,
            max(case when place = places then label end) as highest_label
        from (
            {%- for mart, (name, condition) in trials.items() %}
            select
                study,
                {{ loop.index }} as position,
                '{{ name }}' as name,
                label,
                agreement,
                row_number() over (partition by study order by agreement, label) as place,
                count(*) over (partition by study) as places
            from {{ ref(mart) }}
            where agreement is not null and {{ condition }}
            {{ 'union all' if not loop.last }}
            {%- endfor %}
        ) as tried
        group by study, position, name
    ) as ranges
    group by study
{%- endmacro %}

{# the segments by name, and what is wrong with the names #}
{% macro card_personas() -%}
    select
        study,
        {{ lines_of(
            "concat('Segment ', segment, ', ', persona, ': ', " ~ counted('customers', 'customer') ~ ", ' (', " ~ per_cent('share')
            ~ ", '); ', case when not is_catalogued then 'no persona fits, named after what stands out' when claims_failed > 0 "
            ~ "then concat('claims that fail, ', claims_failed, ' of ', claims, ': ', failed_claims) "
            ~ "when claims > 0 then concat('claims that hold: ', claims, ' of ', claims) "
            ~ "else 'nothing that its name claims can be checked' end)", 'segment'
        ) }} as personas,
        count(*) filter (where not is_catalogued) as unnamed,
        sum(claims) as claims,
        sum(claims_failed) as claims_failed
    from {{ ref('segment_personas') }}
    group by study
{%- endmacro %}

{# the groups that are flagged at the latest date: a line a segment and attribute #}
{% macro card_fairness() -%}
    {%- set figures = "concat(group_name, ' ', " ~ number_text('ratio', 2) ~ ", ' (', " ~ number_text('ratio_lower', 2) ~ ", ' to ', "
        ~ number_text('ratio_upper', 2) ~ ", ')')" -%}
    select
        study,
        {{ lines_of("concat('Segment ', segment, ', ', persona, ', ', attribute, ': ', flags)", 'segment, attribute') }} filter (where flagged > 0) as flags,
        sum(flagged) as flagged_groups,
        sum(compared) as compared_groups
    from (
        select
            fairness.study,
            fairness.segment,
            fairness.persona,
            fairness.attribute,
            string_agg({{ figures }}, ', ' order by fairness.position) filter (where fairness.is_flagged) as flags,
            count(*) filter (where fairness.is_flagged) as flagged,
            count(fairness.ratio) as compared
        from {{ ref('segment_fairness') }} as fairness
        inner join customers
            on fairness.study = customers.study
            and fairness.as_of_date = customers.as_of_date
        group by fairness.study, fairness.segment, fairness.persona, fairness.attribute
    ) as segments
    group by study
{%- endmacro %}

{# a whole number, as text #}
{% macro count_text(count) %}{{ return(number_text('cast(' ~ count ~ ' as double)', 1)) }}{% endmacro %}

{# a share in per cent, as text #}
{% macro per_cent(share) %}{{ return("concat(" ~ number_text('100 * ' ~ share, 1) ~ ", ' %')") }}{% endmacro %}

{# the lines of a text as a Markdown list #}
{% macro markdown_list(text) -%}
    concat('- ', replace({{ markdown_text('coalesce(' ~ text ~ ", 'none')") }}, chr(10), concat(chr(10), '- ')))
{%- endmacro %}
