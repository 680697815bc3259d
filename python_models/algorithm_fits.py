from segmentation.algorithms import compare_algorithms
from segmentation.arrow import nothing_new
from segmentation.samples import new_samples


def model(dbt, session):
    settings = dbt.ref("study_settings").to_arrow_table()
    new = new_samples(dbt, dbt.ref("training_segments"), settings, "algorithm_rows")
    if dbt.is_incremental and not new.num_rows:
        return nothing_new(dbt, session)
    return compare_algorithms(new, settings)
