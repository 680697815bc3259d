from segmentation.arrow import nothing_new
from segmentation.samples import new_samples
from segmentation.sensitivity import measure_sensitivity


def model(dbt, session):
    settings = dbt.ref("study_settings").to_arrow_table()
    new = new_samples(dbt, dbt.ref("training_segments"), settings, "sensitivity_rows")
    if dbt.is_incremental and not new.num_rows:
        return nothing_new(dbt, session)
    return measure_sensitivity(new, dbt.ref("feature_catalog").to_arrow_table(), settings)
