{% set new = by_date('study_stamps', part='study') -%}

select
    study,
    as_of_date,
    count(*) as customers
from {{ ref('feature_vectors') }}
where {{ is_to_write(new, 'as_of_date', 'study') }}
group by study, as_of_date
