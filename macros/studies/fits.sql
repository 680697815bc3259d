{# The configuration of an incremental model, from what it replaces at once: rows with such a key that comes again take the place of the old ones #}
{% macro incremental(key) %}
  {{- return({'materialized': 'incremental', 'incremental_strategy': 'delete+insert', 'unique_key': key, 'on_schema_change': 'append_new_columns'}) -}}
{% endmacro %}

{# does var refit (true, or a list of studies) ask for a new fit of the study? #}
{% macro refit_asked(study) %}
  {%- set refit = [var('refit')] if var('refit') is string else var('refit') -%}
  {%- if refit is sameas true or refit is sameas false -%}{{ return(refit | lower) }}{%- endif -%}
  {%- set names = [] -%}
  {%- for name in refit -%}{%- do names.append(sql_text(name)) -%}{%- endfor -%}
  {{- return(study ~ ' in (' ~ names | join(', ') ~ ')' if names else 'false') -}}
{% endmacro %}

{# An aggregate over the sample of a study: true, or a sentence that says why no model can be fitted on it. An error in a
   Python model would show a traceback, so whatever makes a fit fail is stopped here. #}
{% macro can_be_fitted(study, segments, features, valueless) -%}
    case
        when count({{ features }}) < {{ min_customers() }}
            then {{ stop("concat('Study ', " ~ study ~ ", ' has ', count(" ~ features ~ "), ' customers at its latest complete as_of_date; a fit needs at least "
                ~ min_customers() ~ ". Look at rejected_rows, give more customers, or take the study out of var studies.')") }}
        when {{ valueless }} is not null
            then {{ stop("concat('Study ', " ~ study ~ ", ': no customer has a value of ', " ~ valueless
                ~ ", '. Fill the column in the extract, or choose the features without it: var study_overrides.')") }}
        when count(distinct {{ features }}) <= greatest(2, coalesce(try_cast({{ segments }} as integer), 2))
            then {{ stop("concat('Study ', " ~ study ~ ", ' has only ', count(distinct " ~ features
                ~ "), ' customers that differ from each other, too few for its segments. Look at the features of the study.')") }}
        else true
    end
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
        inner join {{ ref('study_dates') }} as dates
            on vectors.study = dates.study
            and vectors.as_of_date = dates.as_of_date
            and dates.is_latest
        -- a threshold first, so that ten million ids are not sorted
        where {{ in_hash_sample('vectors.customer_id', var('fit_rows'), 'dates.customers', spare=6) }}
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

{# every version that was fitted, with its date and the customers of its sample #}
{% macro fitted_versions() -%}
    select
        study,
        model_version,
        version_number,
        as_of_date as fitted_as_of,
        count(*) as fitted_customers
    from {{ ref('training_sample') }}
    group by study, model_version, version_number, as_of_date
{%- endmacro %}
