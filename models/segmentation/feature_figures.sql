{% set new = by_date('scored_dates', part='study') -%}

-- What the figures of features need of all customers, who are read once for the exact ones: side by side in lists (in the order of
-- feature_catalog.position), so that no customer becomes a row a feature. Quantiles, and what follows from them, are of a hash sample.
with wide as (
    {% for study in var('studies') -%}
    {%- set values = feature_doubles(study) -%}
    {%- set counts, zeros, minima, maxima, totals, variances = [], [], [], [], [], [] -%}
    {%- for value in values -%}
    {%- do counts.append('count(' ~ value ~ ')') -%}
    {%- do zeros.append('count(case when ' ~ value ~ ' = 0 then 1 end)') -%}
    {%- do minima.append('min(' ~ value ~ ')') -%}
    {%- do maxima.append('max(' ~ value ~ ')') -%}
    {%- do totals.append('sum(' ~ exact(value, 15) ~ ')') -%}
    {%- do variances.append('var_pop(' ~ value ~ ')') -%}
    {%- endfor -%}
    select
        {{ sql_text(study) }} as study,
        features.as_of_date,
        assignments.segment,
        count(*) as customers,
        {{ list_of(counts) }} as value_counts,
        {{ list_of(zeros) }} as zeros,
        {{ list_of(minima) }} as minima,
        {{ list_of(maxima) }} as maxima,
        {{ list_of(totals) }} as totals,
        {{ list_of(variances) }} as variances
    from {{ ref('features_' ~ study) }} as features
    left join {{ ref('segment_assignments') }} as assignments
        on features.customer_id = assignments.customer_id
        and features.as_of_date = assignments.as_of_date
        and assignments.study = {{ sql_text(study) }}
    where {{ is_to_write(new, 'features.as_of_date', sql_text(study)) }}
    group by features.as_of_date, assignments.segment
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

of_segments as (
    select
        wide.study,
        wide.as_of_date,
        wide.segment,
        catalog.position,
        wide.customers,
        wide.value_counts[catalog.position] as value_count,
        wide.zeros[catalog.position] as zeros,
        wide.minima[catalog.position] as minimum,
        wide.maxima[catalog.position] as maximum,
        wide.totals[catalog.position] as total,
        wide.variances[catalog.position] as variance,
        cast(wide.totals[catalog.position] as double) / nullif(wide.value_counts[catalog.position], 0) as mean
    from wide
    inner join {{ ref('feature_catalog') }} as catalog on wide.study = catalog.study
),

means as (
    select
        study,
        as_of_date,
        position,
        sum(customers) as customers,
        sum(value_count) as value_count,
        sum(zeros) as zeros,
        min(minimum) as minimum,
        max(maximum) as maximum,
        cast(sum(total) as double) / nullif(sum(value_count), 0) as mean
    from of_segments
    group by study, as_of_date, position
),

-- the law of total variance; of what does not vary 0, whatever the means are rounded to
of_all as (
    select
        means.study,
        means.as_of_date,
        means.position,
        means.customers,
        means.value_count,
        means.zeros,
        means.minimum,
        means.maximum,
        means.mean,
        case
            when means.minimum = means.maximum then 0
            else sum(
                of_segments.value_count * (of_segments.variance + (of_segments.mean - means.mean) * (of_segments.mean - means.mean))
            ) / means.value_count
        end as variance
    from means
    inner join of_segments
        on means.study = of_segments.study
        and means.as_of_date = of_segments.as_of_date
        and means.position = of_segments.position
    group by
        means.study, means.as_of_date, means.position,
        means.customers, means.value_count, means.zeros, means.minimum, means.maximum, means.mean
),

-- read twice below: as it is, a list a customer
sampled as materialized (
    select
        customers.study,
        customers.as_of_date,
        assignments.segment,
        customers.features
    from ({{ sampled_features(new, var('median_rows')) }}) as customers
    left join {{ ref('segment_assignments') }} as assignments
        on customers.study = assignments.study
        and customers.customer_id = assignments.customer_id
        and customers.as_of_date = assignments.as_of_date
),

quantiles as (
    select
        sampled.study,
        sampled.as_of_date,
        kinds.is_all,
        case when not kinds.is_all then sampled.segment end as segment,
        catalog.position,
        {{ quantiles('sampled.features[catalog.position]', [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]) }} as quantiles
    from sampled
    inner join {{ ref('feature_catalog') }} as catalog on sampled.study = catalog.study
    cross join (values (true), (false)) as kinds (is_all)  -- noqa: AL05
    group by
        sampled.study, sampled.as_of_date, catalog.position, kinds.is_all, case when not kinds.is_all then sampled.segment end
),

-- Tukey's fences, 1.5 interquartile ranges from the quartiles (Tukey 1977)
fences as (
    select
        study,
        as_of_date,
        position,
        quantiles[4] as median,
        quantiles[3] - 1.5 * (quantiles[5] - quantiles[3]) as lower_fence,
        quantiles[5] + 1.5 * (quantiles[5] - quantiles[3]) as upper_fence
    from quantiles
    where is_all
),

-- the skewness about the median: that changes nothing but the rounding, and cubes of large numbers lose digits
tails as (
    select
        fences.study,
        fences.as_of_date,
        fences.position,
        {{ sample_skewness('sampled.features[fences.position] - fences.median') }} as skewness,
        avg(
            case when sampled.features[fences.position] between fences.lower_fence and fences.upper_fence then 0.0 else 1.0 end
        ) as outlier_share
    from sampled
    inner join fences
        on sampled.study = fences.study
        and sampled.as_of_date = fences.as_of_date
        and sampled.features[fences.position] is not null
    group by fences.study, fences.as_of_date, fences.position
),

figures as (
    select
        *,
        true as is_all,
        cast(null as integer) as segment
    from of_all
    union all by name
    select
        *,
        false as is_all
    from of_segments
)

select
    figures.study,
    figures.as_of_date,
    figures.is_all,
    figures.segment,
    catalog.feature,
    cast(figures.customers as bigint) as customers,
    cast(figures.value_count as bigint) as value_count,
    cast(figures.zeros as bigint) as zeros,
    figures.minimum,
    figures.maximum,
    figures.mean,
    figures.variance,
    quantiles.quantiles,
    case when figures.is_all then tails.skewness end as skewness,
    case when figures.is_all then tails.outlier_share end as outlier_share
from figures
inner join {{ ref('feature_catalog') }} as catalog
    on figures.study = catalog.study
    and figures.position = catalog.position
left join quantiles
    on figures.study = quantiles.study
    and figures.as_of_date = quantiles.as_of_date
    and figures.position = quantiles.position
    and figures.is_all = quantiles.is_all
    and figures.segment is not distinct from quantiles.segment
left join tails
    on figures.study = tails.study
    and figures.as_of_date = tails.as_of_date
    and figures.position = tails.position
