from segmentation.arrow import new_versions
from segmentation.components import fit_components


def model(dbt, session):
    settings = dbt.ref("study_settings").to_arrow_table()
    return fit_components(new_versions(dbt, dbt.ref("training_vectors"), settings))
