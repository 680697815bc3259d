from segmentation.arrow import new_versions, nothing_new
from segmentation.clustering import fit_kmeans


def model(dbt, session):
    settings = dbt.ref("study_settings").to_arrow_table()
    new = new_versions(dbt, dbt.ref("training_vectors"), settings)
    if dbt.is_incremental and not new.num_rows:
        return nothing_new(dbt, session)
    return fit_kmeans(new, dbt.ref("feature_catalog").to_arrow_table(), settings)
