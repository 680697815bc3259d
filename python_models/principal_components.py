from segmentation.arrow import new_versions
from segmentation.components import fit_components


def model(dbt, session):
    dbt.config(
        materialized="incremental",
        unique_key=["study", "model_version"],
        on_schema_change="append_new_columns",
        tags=["fit"],
    )
    settings = dbt.ref("study_settings").to_arrow_table()
    return fit_components(new_versions(dbt, dbt.ref("training_vectors"), settings))
