from segmentation.naming import match_personas


def model(dbt, session):
    return match_personas(
        dbt.ref("persona_scores").to_arrow_table(),
        dbt.ref("model_registrations").to_arrow_table(),
        dbt.ref("segment_traits").to_arrow_table(),
    )
