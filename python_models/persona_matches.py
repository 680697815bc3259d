from segmentation.arrow import as_relation
from segmentation.naming import PERSONAS, match_personas


def model(dbt, session):
    rows = match_personas(
        dbt.ref("persona_scores").to_arrow_table(),
        dbt.ref("model_registrations").to_arrow_table(),
        dbt.ref("segment_traits").to_arrow_table(),
    )
    return as_relation(session, rows, PERSONAS)
