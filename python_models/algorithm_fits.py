from segmentation.algorithms import compare_algorithms
from segmentation.samples import new_samples


def model(dbt, session):
    settings = dbt.ref("study_settings").to_arrow_table()
    new = new_samples(dbt, dbt.ref("training_segments"), settings, "algorithm_rows")
    return compare_algorithms(new, settings)
