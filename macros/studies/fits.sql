{# The configuration of an incremental model, from what it replaces at once: rows with such a key that comes again take the place of the old ones #}
{% macro incremental(key) %}
  {{- return({'materialized': 'incremental', 'incremental_strategy': 'delete+insert', 'unique_key': key, 'on_schema_change': 'append_new_columns'}) -}}
{% endmacro %}

{# does var refit (true, or a list of studies) ask for a new fit of the study? #}
{% macro refit_asked(study) %}
  {%- set refit = var('refit') -%}
  {{- return(refit | lower if refit is boolean else study ~ ' in (' ~ sql_texts([refit] if refit is string else refit) ~ ')') -}}
{% endmacro %}

{# A query: of each study that is asked for (a relation with study and segments) why no model can be fitted on its sample (a relation of
   sampled_customers); NULL where one can. An error in a Python model would show a traceback, so whatever makes a fit fail is found here. #}
{% macro reasons_not_to_fit(asked, sampled) -%}
    with features as (
        select
            study,
            feature,
            row_number() over (partition by study order by position) as place
        from {{ ref('feature_catalog') }}
        where role = 'cluster'
    ),

    valueless as (
        select
            customers.study,
            features.feature
        from {{ sampled }} as customers
        inner join features on customers.study = features.study
        group by customers.study, features.feature, features.place
        having count(customers.features[features.place]) = 0
    ),

    named as (
        select
            study,
            string_agg(feature, ', ' order by feature) as features
        from valueless
        group by study
    )

    select
        asked.study,
        case
            when count(customers.features) < {{ min_customers() }}
                then concat(
                    'Study ', asked.study, ' has ', count(customers.features), ' customers at its latest complete as_of_date; a fit needs at least {{ min_customers() }}. ',
                    'Look at rejected_rows, give more customers, or take the study out of var studies.'
                )
            when named.features is not null
                then concat(
                    'Study ', asked.study, ': no customer has a value of ', named.features, '. ',
                    'Fill the column in the extract, or choose the features without it: var study_overrides.'
                )
            when count(distinct customers.features) < coalesce(try_cast(asked.segments as integer), 2)
                then concat(
                    'Study ', asked.study, ' has only ', count(distinct customers.features), ' customers that differ from each other, ',
                    'too few for ', coalesce(try_cast(asked.segments as integer), 2), ' segments. Look at the features of the study.'
                )
        end as reason
    from {{ asked }} as asked
    left join {{ sampled }} as customers on asked.study = customers.study
    left join named on asked.study = named.study
    group by asked.study, asked.segments, named.features
{%- endmacro %}

{# the fewest customers on which a model is fitted: twice the largest number of segments that is tried #}
{% macro min_customers() %}{{ return(2 * max_segments()) }}{% endmacro %}

{# A query: of each study that is asked for (a relation with a column study) the customers of its latest complete date with the
   smallest md5 of their id, var fit_rows at most: the same ones on every engine and in every order of the rows. #}
{% macro sampled_customers(asked) -%}
    with ranked as (
        select
            vectors.study,
            vectors.as_of_date,
            vectors.customer_id,
            vectors.features,
            md5(vectors.customer_id) as customer_hash,
            row_number() over (
                partition by vectors.study
                order by md5(vectors.customer_id), vectors.customer_id
            ) as place
        from {{ ref('feature_vectors') }} as vectors
        inner join {{ asked }} as asked on vectors.study = asked.study
        -- the bound of a sample first, so that ten million ids are not sorted
        inner join (
            select
                study,
                as_of_date,
                {{ sample_bound(var('fit_rows'), 'customers', spare=6) }} as bound
            from {{ ref('study_dates') }}
            where is_latest
        ) as samples
            on vectors.study = samples.study
            and vectors.as_of_date = samples.as_of_date
        where {{ in_sample('vectors.customer_id', 'samples.bound') }}
    )

    select
        study,
        as_of_date,
        customer_id,
        customer_hash,
        features
    from ranked
    where place <= {{ var('fit_rows') }}
{%- endmacro %}

{# the rows of a table of fits, by version and number of segments, that belong to the models in force, with how these number them #}
{% macro fits_in_force(fits) -%}
    select
        fits.*,
        models.segment_numbers
    from {{ fits }} as fits
    inner join {{ ref('segment_models') }} as models
        on fits.study = models.study
        and fits.model_version = models.model_version
        and fits.segments = models.segments
{%- endmacro %}

{# every version that was fitted, with its date, the customers of its sample, and what its features were made of and weighed #}
{% macro fitted_versions() -%}
    select
        study,
        model_version,
        version_number,
        as_of_date as fitted_as_of,
        count(*) as fitted_customers,
        any_value(definition) as definition,
        any_value(weights) as weights
    from {{ ref('training_sample') }}
    group by study, model_version, version_number, as_of_date
{%- endmacro %}

{# var model_versions: the versions that stay in force, by study #}
{% macro pinned_versions() %}
  {%- do refuse(var('model_versions') is not mapping, "var model_versions is '" ~ var('model_versions') ~ "'; give a mapping such as {card_usage: 0a1b2c3d4e5f}") -%}
  {{- return(var('model_versions')) -}}
{% endmacro %}

{# why a model and its number of segments are in force #}
{% macro reason_in_force(study, reason) -%}
    case when {{ study }} in ({{ sql_texts(pinned_versions()) }}) then 'pinned by var model_versions' else {{ reason }} end
{%- endmacro %}
