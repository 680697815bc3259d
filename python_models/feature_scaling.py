from segmentation.arrow import new_versions, nothing_new
from segmentation.scaling import fit_scaling


def model(dbt, session):
    settings = dbt.ref("study_settings").to_arrow_table()
    new = new_versions(dbt, dbt.ref("training_sample"), settings)
    if dbt.is_incremental and not new.num_rows:
        return nothing_new(dbt, session)
    return fit_scaling(new, dbt.ref("feature_catalog").to_arrow_table(), settings)
