from segmentation.arrow import new_versions, nothing_new
from segmentation.screening import screen_features


def model(dbt, session):
    settings = dbt.ref("study_settings").to_arrow_table()
    # another limit asks for other figures, of the same version
    valid = f"screening_max_vif = cast('{settings['screening_max_vif'][0]}' as double)"
    new = new_versions(dbt, dbt.ref("training_sample"), settings, valid)
    if dbt.is_incremental and not new.num_rows:
        return nothing_new(dbt, session)
    return screen_features(new, dbt.ref("feature_catalog").to_arrow_table(), settings)
