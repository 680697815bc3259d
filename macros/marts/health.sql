{# The names of what is compared with a study's segments #}

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
