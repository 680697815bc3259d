from segmentation.arrow import new_versions
from segmentation.scaling import fit_scaling


def model(dbt, session):
    dbt.config(
        materialized="incremental",
        unique_key=["study", "model_version"],
        on_schema_change="append_new_columns",
        tags=["fit"],
    )
    settings = dbt.ref("study_settings").to_arrow_table()
    new = new_versions(dbt, dbt.ref("training_sample"), settings)
    return fit_scaling(new, dbt.ref("feature_catalog").to_arrow_table(), settings)
