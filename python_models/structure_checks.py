from segmentation.arrow import nothing_new
from segmentation.checks import check_structure, new_dates


def model(dbt, session):
    new = new_dates(dbt, dbt.ref("latest_samples"))
    if dbt.is_incremental and not new.num_rows:
        return nothing_new(dbt, session)
    return check_structure(new, dbt.ref("feature_catalog").to_arrow_table(), dbt.ref("study_settings").to_arrow_table())
