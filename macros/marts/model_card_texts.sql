{# The sentences of model_cards about a row `of` its facts, one a line (of `concat_ws`, which leaves out what is NULL), and the card. #}

{% macro card_details(of) -%}
    concat_ws(
        chr(10), concat('Study: ', {{ of }}.study),
        concat('Version: ', {{ of }}.version_number, ', model ', {{ of }}.model_version, ', settings ', {{ of }}.settings_hash),
        concat('Fitted as of: ', {{ of }}.fitted_as_of),
        concat('Kind: K-Means, ', {{ of }}.segments, ' segments, recipe ', {{ of }}.recipe)
    )
{%- endmacro %}

{# what the segments are for, and what not #}
{% macro card_purpose(of) -%}
    concat_ws(
        chr(10), nullif({{ one_line(of ~ '.question') }}, ''),
        'Intended for: knowing the kinds of customers there are, and planning offers and service for groups of them',
        'Not intended for: deciding on the credit, the price or the access of one customer, nor forecasting what somebody will do'
    )
{%- endmacro %}

{% macro card_data(of) -%}
    concat_ws(
        chr(10), {{ of }}.extracts,
        case {{ of }}.source_kind
            when 'sample' then 'Source: the sample bank, which is invented'
            else concat('Source: the bank''s ', {{ of }}.source_kind)
        end,
        concat('Fitted on ', {{ counted(of ~ '.fitted_customers', 'customer') }}, ' of ', {{ of }}.fitted_as_of),
        concat(
            'Scored: ', {{ counted(of ~ '.customers', 'customer') }}, ' at ', {{ of }}.as_of_date,
            case when {{ of }}.dates > 1 then concat('; ', {{ of }}.dates, ' dates from ', {{ of }}.first_date, ' on') else '' end
        ),
        'Evaluated on the same customers: nobody knows their true segments, so refits on parts of them stand in for a second sample'
    )
{%- endmacro %}

{% macro card_recipe(of) -%}
    concat_ws(
        chr(10), concat('Recipe ', {{ of }}.recipe, ': ', case {{ of }}.recipe
            when 'standard' then 'missing values become the mean, then z-scores'
            when 'median_fill' then 'missing values become the median, then z-scores'
            when 'robust'
                then 'missing values become the median, values are clipped at the 1st and 99th percentile, then Yeo-Johnson where marked, then z-scores'
        end),
        'K-Means with the Euclidean distance, for every number of segments from 1 to {{ max_segments() }} (no more than there are different customers); seeded, so the same data give the same model',
        'Assumes that segments are round and of similar width in these units, and that every customer belongs to one',
        'Each customer goes to the nearest centre; a segment is named after the persona whose traits fit it best, if enough of them do'
    )
{%- endmacro %}

{% macro card_health(of) -%}
    concat_ws(
        chr(10), concat(
            'Structure: ', {{ of }}.verdict, case when {{ of }}.caveat is not null then concat(' (', {{ of }}.caveat, ')') else '' end, '. ',
            {{ of }}.in_words, ' ', {{ of }}.verdict_reason
        ),
        concat({{ of }}.segments, ' segments: ', {{ of }}.reason),
        concat(
            'Silhouette ', {{ number_text(of ~ '.silhouette', 3) }}, '; a crowd without segments reaches ', {{ number_text(of ~ '.null_silhouette', 3) }},
            ', an excess of ', {{ number_text(of ~ '.excess', 3) }}
        ),
        concat(
            'Stability ', {{ number_text(of ~ '.stability', 3) }}, case
                when {{ of }}.stability_lower is not null then concat(' (at least ', {{ number_text(of ~ '.stability_lower', 3) }}, ')') else ''
            end, ', at worst ' || {{ number_text(of ~ '.stability_min', 3) }}, ': adjusted Rand index of refits',
            ', each on ' || {{ counted(of ~ '.stability_customers', 'customer') }}
        ),
        concat('The smallest segment holds ', {{ per_cent(of ~ '.smallest_share') }}, ' of the training sample'),
        concat({{ per_cent(of ~ '.border_share') }}, ' of the customers lie near the border of two segments (margin below {{ var('border_margin') }})')
    )
{%- endmacro %}

{% macro card_fair_use(of) -%}
    {%- set not_compared = protected_without_customer() | join(', ') -%}
    concat_ws(
        chr(10), coalesce(
            'Protected features form segments, so these differ by them: ' || {{ of }}.protected_variables,
            'No protected feature forms segments; others may still stand in for one (region, occupation, dependants), and a feature computed from one under another name is not recognised'
        ),
        case
            when coalesce({{ of }}.compared_groups, 0) = 0 and {{ of }}.attributes is null
                then {{ 'null' if not_compared else "'Neither a column of an extract nor a feature is marked as protected, so no groups are compared'" }}
            when coalesce({{ of }}.compared_groups, 0) = 0
                then concat('Nothing is known of these customers'' protected attributes (', {{ of }}.attributes, '), so no groups are compared')
            else concat(
                'Flagged: ', {{ of }}.flagged_groups, ' of ', {{ counted(of ~ '.compared_groups', 'comparison') }},
                ' of a group with a segment (', {{ of }}.compared_attributes, '). A flag means that the group''s share is below ',
                {{ number_text(var('fairness_ratio'), 2) }}, ' or above ', {{ number_text(1 / var('fairness_ratio'), 2) }},
                ' times its share of all customers, and the 95 % interval does not hold 1'
            )
        end,
        case when {{ of }}.compared_groups > 0 then 'Nothing is known of: ' || {{ of }}.unknown_attributes end,
        {{ sql_text('Not compared, since they name no customer: the protected columns of ' ~ not_compared) if not_compared else 'null' }},
        {{ of }}.flags,
        case when {{ of }}.credit_advice > 0 then concat(
            'About credit: ', {{ of }}.credit_advice, ' of ', {{ counted(of ~ '.recommendations', 'recommendation') }},
            ', of a group, not for deciding on the credit of one customer; segment_recommendations has each beside the flags of its segment'
        ) end
    )
{%- endmacro %}

{% macro card_limits(of) -%}
    concat_ws(
        chr(10),
        case when not {{ of }}.has_structure then 'No number of segments passes: these are a way to cut one crowd, not groups that exist' end,
        case when {{ of }}.verdict = 'weak' then concat('The structure is weak. ', {{ of }}.in_words) end,
        case when not {{ of }}.passes and {{ of }}.has_structure then 'The number of segments in force does not pass the rule' end,
        case when not {{ of }}.is_defined_as_today then '{{ defined_otherwise() }}' end,
        case when {{ of }}.border_share >= 0.1 then concat(
            'Many customers could as well be in another segment: ', {{ per_cent(of ~ '.border_share') }}, ' lie near a border'
        ) end,
        case when {{ of }}.unnamed > 0 then concat('Segments without a persona, and so without recommendations: ', {{ of }}.unnamed, ' of ', {{ of }}.segments) end,
        case when {{ of }}.claims_failed > 0 then concat(
            'Claims of the personas that fail: ', {{ of }}.claims_failed, ' of ', {{ of }}.claims, '; read the names with them'
        ) end,
        case when {{ of }}.rows_rejected > 0 then 'Rejected rows are in no segment (rejected_rows)' end,
        'Segments describe customers; they say neither why these behave so nor what they will do',
        concat('Groups that are not round are cut up, and groups below ', {{ per_cent(var('min_segment_share')) }}, ' of the customers are not looked for'),
        'Persona claims speak of the means of segments, not of every member'
    )
{%- endmacro %}

{% macro card_monitoring(of) -%}
    concat_ws(
        chr(10), case
            when {{ of }}.study in ('{{ pinned_versions() | join("', '") }}')
                then 'New customers are scored with this model as long as var model_versions pins it; all versions are kept'
            else 'New customers are scored with this model until a fit is asked for (var refit) or the settings change; all versions are kept'
        end,
        concat(
            'At ', {{ of }}.as_of_date, ', ', {{ per_cent(of ~ '.outlier_share') }},
            ' of the customers are farther from their segment than 99 % of the training sample; well above 1 % says that customers have changed'
        ),
        'At every build look at attention, persona_claims and segment_fairness'
    )
{%- endmacro %}

{# The card in Markdown: a heading, what it is called in the two standards, and lists of the row's texts #}
{% macro model_card(of) -%}
    {%- set break = 'chr(10), chr(10)' -%}
    {%- set sections = [
        ('Model details and version', 'SR 11-7: governance, model inventory. Model cards: model details.', [('', 'details')]),
        ('Purpose and intended use', 'SR 11-7: purpose and use. Model cards: intended use.', [('', 'purpose')]),
        ('Data', 'SR 11-7: data. Model cards: training data, evaluation data.', [('', 'data')]),
        ('Features and protected groups', 'SR 11-7: inputs. Model cards: factors.', [
            ('Segments are formed by:', 'clustered_features'), ('Described, not clustered:', 'described_features'), ('Protected:', 'protected_features')]),
        ('Methodology and assumptions', 'SR 11-7: methodology and assumptions. Model cards: model details (algorithm).', [('', 'method')]),
        ('Outcomes and metrics', 'SR 11-7: outcomes analysis. Model cards: metrics, quantitative analyses.', [
            ('', 'health'), ('Sensitivity and benchmarks:', 'trials'), ('Segments:', 'personas')]),
        ('Fair use', 'SR 11-7: model use. Model cards: ethical considerations.', [('', 'fairness')]),
        ('Limitations and recommendations', 'SR 11-7: limitations. Model cards: caveats and recommendations.', [('', 'limits')]),
        ('Ongoing monitoring', 'SR 11-7: ongoing monitoring. Model cards: caveats and recommendations.', [('', 'monitoring')]),
    ] -%}
    concat(
        '# Model card: ', {{ markdown_text(one_line(of ~ '.title')) }},
        case when {{ of }}.has_structure then '' else concat({{ break }}, '> **The data show no segments of their own: these are a way to cut one crowd.**') end
        {%- for heading, standards, lists in sections %},
        {{ break }}, '## {{ heading }}', {{ break }}, '*{{ standards }}*'
        {%- for lead, column in lists %}
        {%- if lead %}, {{ break }}, '{{ lead }}'{% endif %}, {{ break }}, {{ markdown_list(of ~ '.' ~ column) }}
        {%- endfor %}
        {%- endfor %}, chr(10)
    )
{%- endmacro %}
