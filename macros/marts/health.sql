{# The verdict on a study's segments, and the names of what is compared with them #}

{# How good the segments of a row of k_selection are (vars strong_..., moderate_...): 3 strong, 2 moderate, 1 weak; one that fails the
   rule is weak, too #}
{% macro structure_level(row) -%}
    case
        when not {{ row }}.passes then 1
        when {{ row }}.excess >= {{ var('strong_excess') }} and {{ row }}.stability >= {{ var('strong_stability') }} then 3
        when {{ row }}.excess >= {{ var('moderate_excess') }} and {{ row }}.stability >= {{ var('moderate_stability') }} then 2
        else 1
    end
{%- endmacro %}

{# the same row and its level in words #}
{% macro structure_in_words(row) -%}
    {%- set strong = 'an excess from ' ~ var('strong_excess') ~ ' and a stability from ' ~ var('strong_stability') ~ ' on' -%}
    {%- set moderate = 'an excess from ' ~ var('moderate_excess') ~ ' and a stability from ' ~ var('moderate_stability') ~ ' on' -%}
    concat(
        {{ row }}.segments, ' segments have an excess of ', coalesce(cast(round({{ row }}.excess, 3) as varchar), 'unknown size'),
        ' and a stability of ', coalesce(cast(round({{ row }}.stability, 3) as varchar), 'unknown size'),
        case
            when not {{ row }}.passes then ', which fails the rule'
            when {{ structure_level(row) }} = 3 then '; strong is {{ strong }}'
            when {{ structure_level(row) }} = 2 then '; moderate is {{ moderate }}, strong is {{ strong }}'
            else '; moderate is {{ moderate }}'
        end
    )
{%- endmacro %}

{# the names of the recipes that are compared, for people #}
{% macro recipe_label(recipe) -%}
    case {{ recipe }}
        when 'standard' then 'Mean fill, z-score'
        when 'median_fill' then 'Median fill, z-score'
        when 'robust' then 'Clipped, Yeo-Johnson, z-score'
        when 'log1p' then 'Logarithm, z-score'
        when 'rank' then 'Ranks'
    end
{%- endmacro %}

{# the names of the algorithms that are compared, for people #}
{% macro algorithm_label(algorithm) -%}
    case {{ algorithm }}
        when 'kmeans' then 'K-Means'
        when 'minibatch_kmeans' then 'Mini-batch K-Means'
        when 'ward' then 'Ward'
        when 'gaussian_mixture' then 'Gaussian mixture'
        when 'spectral' then 'Spectral'
        when 'hdbscan' then 'HDBSCAN'
    end
{%- endmacro %}
