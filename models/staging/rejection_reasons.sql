select
    extract,
    rejection_reason,
    cast(count(*) as bigint) as rows_rejected
from {{ ref('rejected_rows') }}
group by extract, rejection_reason
