select
    cast({{ sql_text(var('currency')) }} as varchar) as currency,
    cast({{ sql_text(var('locale')) }} as varchar) as locale,
    cast({{ var('window_months') }} as integer) as window_months,
    cast({{ var('fairness_ratio') }} as double) as fairness_ratio,
    cast({{ var('border_margin') }} as double) as border_margin,
    cast({{ var('spend_fall') }} as double) as spend_fall
