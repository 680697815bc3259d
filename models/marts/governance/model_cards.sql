-- What a reviewer wants to know of each study: the facts, then a text for each section with one statement a line (concat_ws leaves out
-- what is NULL), then all of it as a card in Markdown.
{%- set extracts_read = [] -%}
{%- for extract in (extract_names() if execute else []) -%}
{%- for study in studies_that_need(extract) -%}
{%- do extracts_read.append('(' ~ sql_text(study) ~ ', ' ~ sql_text(extract) ~ ')') -%}
{%- endfor -%}
{%- endfor -%}
{%- set not_compared = protected_without_customer() | join(', ') %}
with models as (
    select
        settings.study,
        settings.title,
        settings.question,
        registered.recipe,
        registered.source_kind,
        registered.settings_hash,
        registered.registration,
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
),

-- which extract a study reads comes from dbt's graph
extracts as (
    select
        reads.study,
        {{ lines_of(
            "concat('Extract ', counts.extract, ': ', " ~ counted('counts.rows_read', 'row') ~ ", ' read, ', "
            ~ count_text('counts.rows_rejected') ~ ", ' rejected')", 'counts.extract'
        ) }} as extracts,
        sum(counts.rows_rejected) as rows_rejected
    from (values {{ extracts_read | join(', ') or '(null, null)' }}) as reads (study, extract)  -- noqa: AL05
    inner join {{ ref('extract_counts') }} as counts on reads.extract = counts.extract
    group by reads.study
),

dates as (
    select
        study,
        max(as_of_date) filter (where is_latest) as as_of_date,
        min(as_of_date) as first_date,
        count(*) as dates
    from {{ ref('study_dates') }}
    group by study
),

-- who was scored at the latest complete date, and how clearly
customers as (
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
),

-- what max_vif leaves out has no trait
traits as (
    select distinct
        traits.study,
        traits.feature
    from {{ ref('segment_traits') }} as traits
    inner join models
        on traits.study = models.study
        and traits.registration = models.registration
),

catalog as (
    select
        catalog.study,
        catalog.position,
        catalog.label,
        catalog.variable,
        catalog.role,
        catalog.is_protected,
        traits.feature is not null as is_clustered,
        concat(catalog.label, ' (', catalog.unit, ')') as name,
        catalog.transform <> 'none' and models.recipe = 'robust' as is_transformed,
        -- as fitted; a model of 0.4.0 does not know it
        coalesce(
            models.weights[{{ position_in(split_text('models.fitted_features', ', '), 'catalog.feature') }}], catalog.weight
        ) as weight
    from {{ ref('feature_catalog') }} as catalog
    inner join models on catalog.study = models.study
    left join traits
        on catalog.study = traits.study
        and catalog.feature = traits.feature
),

described as (
    select
        *,
        concat(
            name,
            case when is_transformed then ', Yeo-Johnson' else '' end,
            case when weight < 1 or weight > 1 then concat(', weight ', {{ number_text('weight', 4) }}) else '' end,
            case when is_protected then ', protected' else '' end
        ) as clustered_line,
        concat(name, case when role = 'cluster' then ', left out because others repeat it' else '' end) as described_line,
        concat(label, case when is_clustered then ': forms segments' else ': described only' end) as protected_line
    from catalog
),

features as (
    select
        study,
        {{ lines_of('clustered_line', 'position') }} filter (where is_clustered) as clustered_features,
        {{ lines_of('described_line', 'position') }} filter (where not is_clustered) as described_features,
        {{ lines_of('protected_line', 'position') }} filter (where is_protected) as protected_features,
        string_agg(distinct variable, ', ' order by variable) filter (where is_protected and is_clustered) as protected_variables
    from described
    group by study
),

-- what other recipes, fewer features and other algorithms make of the same customers
tried as (
    select
        study,
        1 as position,
        'other recipes' as way,
        label,
        agreement
    from {{ ref('recipe_sensitivity') }}
    where not is_of_study
    union all
    select
        study,
        2 as position,
        'the same recipe without one feature' as way,
        label,
        agreement
    from {{ ref('feature_sensitivity') }}
    union all
    select
        study,
        3 as position,
        'other algorithms' as way,
        label,
        agreement
    from {{ ref('algorithm_comparison') }}
    where algorithm <> 'kmeans'
),

ranked as (
    select
        *,
        row_number() over (partition by study, position order by agreement, label) as place,
        count(*) over (partition by study, position) as places
    from tried
    where agreement is not null
),

ranges as (
    select
        study,
        position,
        concat(
            'Against ', way, ': adjusted Rand index from ',
            {{ number_text('min(agreement)', 2) }}, ' (', max(case when place = 1 then label end), ') to ',
            {{ number_text('max(agreement)', 2) }}, ' (', max(case when place = places then label end), ')'
        ) as line
    from ranked
    group by study, position, way
),

trials as (
    select
        study,
        {{ lines_of('line', 'position') }} as trials
    from ranges
    group by study
),

segment_lines as (
    select
        study,
        segment,
        is_catalogued,
        claims,
        claims_failed,
        concat(
            'Segment ', segment, ', ', persona, ': ', {{ counted('customers', 'customer') }}, ' (', {{ per_cent('share') }}, '); ',
            case
                when not is_catalogued then 'no persona fits, named after what stands out'
                when claims_failed > 0 then concat('claims that fail, ', claims_failed, ' of ', claims, ': ', failed_claims)
                when claims > 0 then concat('claims that hold: ', claims, ' of ', claims)
                else 'nothing that its name claims can be checked'
            end
        ) as line
    from {{ ref('segment_personas') }}
),

personas as (
    select
        study,
        {{ lines_of('line', 'segment') }} as personas,
        count(*) filter (where not is_catalogued) as unnamed,
        sum(claims) as claims,
        sum(claims_failed) as claims_failed
    from segment_lines
    group by study
),

-- the groups at the latest date
groups as (
    select
        fairness.study,
        fairness.segment,
        fairness.persona,
        fairness.attribute,
        fairness.position,
        fairness.ratio,
        fairness.is_flagged,
        concat(
            fairness.group_name, ' ', {{ number_text('fairness.ratio', 2) }}, ' (', {{ number_text('fairness.ratio_lower', 2) }}, ' to ',
            {{ number_text('fairness.ratio_upper', 2) }}, ')'
        ) as figures
    from {{ ref('segment_fairness') }} as fairness
    inner join customers
        on fairness.study = customers.study
        and fairness.as_of_date = customers.as_of_date
),

compared as (
    select
        study,
        segment,
        attribute,
        count(ratio) as compared,
        count(*) filter (where is_flagged) as flagged,
        concat(
            'Segment ', segment, ', ', persona, ', ', attribute, ': ',
            string_agg(figures, ', ' order by position) filter (where is_flagged)
        ) as line
    from groups
    group by study, segment, persona, attribute
),

fairness as (
    select
        study,
        {{ lines_of('line', 'segment, attribute') }} filter (where flagged > 0) as flags,
        sum(flagged) as flagged_groups,
        sum(compared) as compared_groups
    from compared
    group by study
),

-- the protected attributes of all extracts and studies, and of which of them something is known of the study's customers
known as (
    select
        study,
        attribute
    from compared
    group by study, attribute
    having sum(compared) > 0
),

protected as (
    select
        customers.study,
        string_agg(listed.attribute, ', ' order by listed.position) as attributes,
        string_agg(listed.attribute, ', ' order by listed.position) filter (where known.attribute is not null) as compared_attributes,
        string_agg(listed.attribute, ', ' order by listed.position) filter (where known.attribute is null) as unknown_attributes
    from customers
    cross join {{ ref('protected_attributes') }} as listed
    left join known
        on customers.study = known.study
        and listed.attribute = known.attribute
    group by customers.study
),

advice as (
    select
        study,
        count(*) as recommendations,
        count(*) filter (where is_credit_advice) as credit_advice
    from {{ ref('segment_recommendations') }}
    group by study
),

facts as (
    select
        models.*,
        recipes.in_words as recipe_in_words,
        extracts.extracts,
        extracts.rows_rejected,
        customers.as_of_date,
        customers.first_date,
        customers.dates,
        customers.customers,
        customers.border_share,
        customers.outlier_share,
        features.clustered_features,
        features.described_features,
        features.protected_features,
        features.protected_variables,
        trials.trials,
        personas.personas,
        personas.unnamed,
        personas.claims,
        personas.claims_failed,
        fairness.flags,
        cast(fairness.flagged_groups as bigint) as flagged_groups,
        coalesce(fairness.compared_groups, 0) as compared_groups,
        protected.attributes,
        protected.compared_attributes,
        protected.unknown_attributes,
        advice.recommendations,
        advice.credit_advice
    from models
    left join {{ ref('methods') }} as recipes
        on models.recipe = recipes.method
        and recipes.kind = 'recipe'
    left join extracts on models.study = extracts.study
    left join customers on models.study = customers.study
    left join features on models.study = features.study
    left join trials on models.study = trials.study
    left join personas on models.study = personas.study
    left join fairness on models.study = fairness.study
    left join protected on models.study = protected.study
    left join advice on models.study = advice.study
),

texts as (
    select
        *,
        concat_ws(
            chr(10),
            concat('Study: ', study),
            concat('Version: ', version_number, ', model ', model_version, ', settings ', settings_hash),
            concat('Fitted as of: ', fitted_as_of),
            concat('Kind: K-Means, ', segments, ' segments, recipe ', recipe)
        ) as details,
        concat_ws(
            chr(10),
            nullif({{ one_line('question') }}, ''),
            'Intended for: knowing the kinds of customers there are, and planning offers and service for groups of them',
            'Not intended for: deciding on the credit, the price or the access of one customer, nor forecasting what somebody will do'
        ) as purpose,
        concat_ws(
            chr(10),
            extracts,
            case source_kind
                when 'sample' then 'Source: the sample bank, which is invented'
                else concat('Source: the bank''s ', source_kind)
            end,
            concat('Fitted on ', {{ counted('fitted_customers', 'customer') }}, ' of ', fitted_as_of),
            concat(
                'Scored: ', {{ counted('customers', 'customer') }}, ' at ', as_of_date,
                case when dates > 1 then concat('; ', dates, ' dates from ', first_date, ' on') else '' end
            ),
            'Evaluated on the same customers: nobody knows their true segments, so refits on parts of them stand in for a second sample'
        ) as data,
        concat_ws(
            chr(10),
            concat('Recipe ', recipe, ': ', recipe_in_words),
            concat(
                'K-Means with the Euclidean distance, for every number of segments from 1 to {{ max_segments() }} ',
                '(no more than there are different customers); seeded, so the same data give the same model'
            ),
            'Assumes that segments are round and of similar width in these units, and that every customer belongs to one',
            'Each customer goes to the nearest centre; a segment is named after the persona whose traits fit it best, if enough of them do'
        ) as method,
        concat_ws(
            chr(10),
            concat(
                'Structure: ', verdict, case when caveat is not null then concat(' (', caveat, ')') else '' end,
                '. ', in_words, ' ', verdict_reason
            ),
            concat(segments, ' segments: ', reason),
            concat(
                'Silhouette ', {{ number_text('silhouette', 3) }},
                '; a crowd without segments reaches ', {{ number_text('null_silhouette', 3) }},
                ', an excess of ', {{ number_text('excess', 3) }}
            ),
            concat(
                'Stability ', {{ number_text('stability', 3) }},
                ' (at least ' || {{ number_text('stability_lower', 3) }} || ')',
                ', at worst ' || {{ number_text('stability_min', 3) }},
                ': adjusted Rand index of refits', ', each on ' || {{ counted('stability_customers', 'customer') }}
            ),
            concat('The smallest segment holds ', {{ per_cent('smallest_share') }}, ' of the training sample'),
            concat(
                {{ per_cent('border_share') }},
                ' of the customers lie near the border of two segments (margin below {{ var('border_margin') }})'
            )
        ) as health,
        concat_ws(
            chr(10),
            coalesce(
                'Protected features form segments, so these differ by them: ' || protected_variables,
                concat(
                    'No protected feature forms segments; others may still stand in for one (region, occupation, dependants), ',
                    'and a feature computed from one under another name is not recognised'
                )
            ),
            case
                when compared_groups > 0
                    then concat(
                        'Flagged: ', flagged_groups, ' of ', {{ counted('compared_groups', 'comparison') }},
                        ' of a group with a segment (', compared_attributes, '). A flag means that the group''s share is below ',
                        {{ number_text(var('fairness_ratio'), 2) }}, ' or above ', {{ number_text(1 / var('fairness_ratio'), 2) }},
                        ' times its share of all customers, and the 95 % interval does not hold 1'
                    )
                when attributes is not null
                    then concat('Nothing is known of these customers'' protected attributes (', attributes, '), so no groups are compared')
                when {{ sql_text(not_compared) }} = ''
                    then 'Neither a column of an extract nor a feature is marked as protected, so no groups are compared'
            end,
            case when compared_groups > 0 then 'Nothing is known of: ' || unknown_attributes end,
            'Not compared, since they name no customer: the protected columns of ' || nullif({{ sql_text(not_compared) }}, ''),
            flags,
            case when credit_advice > 0 then concat(
                'About credit: ', credit_advice, ' of ', {{ counted('recommendations', 'recommendation') }},
                ', of a group, not for deciding on the credit of one customer; ',
                'segment_recommendations has each beside the flags of its segment'
            ) end
        ) as fairness,
        concat_ws(
            chr(10),
            case
                when not has_structure then 'No number of segments passes: these are a way to cut one crowd, not groups that exist'
            end,
            case when verdict = 'weak' then concat('The structure is weak. ', in_words) end,
            case when not passes and has_structure then 'The number of segments in force does not pass the rule' end,
            case when not is_defined_as_today then '{{ defined_otherwise() }}' end,
            case when border_share >= 0.1 then concat(
                'Many customers could as well be in another segment: ', {{ per_cent('border_share') }}, ' lie near a border'
            ) end,
            case
                when unnamed > 0 then concat('Segments without a persona, and so without recommendations: ', unnamed, ' of ', segments)
            end,
            case when claims_failed > 0 then concat(
                'Claims of the personas that fail: ', claims_failed, ' of ', claims, '; read the names with them'
            ) end,
            case when rows_rejected > 0 then 'Rejected rows are in no segment (rejected_rows)' end,
            'Segments describe customers; they say neither why these behave so nor what they will do',
            concat(
                'Groups that are not round are cut up, and groups below ', {{ per_cent(var('min_segment_share')) }},
                ' of the customers are not looked for'
            ),
            'Persona claims speak of the means of segments, not of every member'
        ) as limits,
        concat_ws(
            chr(10),
            case
                when study in ('{{ pinned_versions() | join("', '") }}')
                    then 'New customers are scored with this model as long as var model_versions pins it; all versions are kept'
                else concat(
                    'New customers are scored with this model until a fit is asked for (var refit) or the settings change; ',
                    'all versions are kept'
                )
            end,
            concat(
                'At ', as_of_date, ', ', {{ per_cent('outlier_share') }}, ' of the customers are farther from their segment than 99 % of',
                ' the training sample; well above 1 % says that customers have changed'
            ),
            'At every build look at attention, persona_claims and segment_fairness'
        ) as monitoring
    from facts
)

select
    study,
    title,
    as_of_date,
    model_version,
    version_number,
    fitted_as_of,
    settings_hash,
    segments,
    has_structure,
    verdict,
    purpose,
    data,
    clustered_features,
    described_features,
    protected_features,
    method,
    health,
    trials,
    personas,
    coalesce(flagged_groups, 0) as flagged_groups,
    fairness,
    limits,
    monitoring,
    concat_ws(
        concat(chr(10), chr(10)),
        concat('# Model card: ', {{ markdown_text(one_line('title')) }}),
        case
            when not has_structure then '> **The data show no segments of their own: these are a way to cut one crowd.**'
        end,
        -- each section with what it is called in the two standards
        '## Model details and version',
        '*SR 11-7: governance, model inventory. Model cards: model details.*',
        {{ markdown_list('details') }},
        '## Purpose and intended use',
        '*SR 11-7: purpose and use. Model cards: intended use.*',
        {{ markdown_list('purpose') }},
        '## Data',
        '*SR 11-7: data. Model cards: training data, evaluation data.*',
        {{ markdown_list('data') }},
        '## Features and protected groups',
        '*SR 11-7: inputs. Model cards: factors.*',
        'Segments are formed by:',
        {{ markdown_list('clustered_features') }},
        'Described, not clustered:',
        {{ markdown_list('described_features') }},
        'Protected:',
        {{ markdown_list('protected_features') }},
        '## Methodology and assumptions',
        '*SR 11-7: methodology and assumptions. Model cards: model details (algorithm).*',
        {{ markdown_list('method') }},
        '## Outcomes and metrics',
        '*SR 11-7: outcomes analysis. Model cards: metrics, quantitative analyses.*',
        {{ markdown_list('health') }},
        'Sensitivity and benchmarks:',
        {{ markdown_list('trials') }},
        'Segments:',
        {{ markdown_list('personas') }},
        '## Fair use',
        '*SR 11-7: model use. Model cards: ethical considerations.*',
        {{ markdown_list('fairness') }},
        '## Limitations and recommendations',
        '*SR 11-7: limitations. Model cards: caveats and recommendations.*',
        {{ markdown_list('limits') }},
        '## Ongoing monitoring',
        '*SR 11-7: ongoing monitoring. Model cards: caveats and recommendations.*',
        {{ markdown_list('monitoring') }}
    ) || chr(10) as card
from texts
