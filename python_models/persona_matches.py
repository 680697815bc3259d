from segmentation.naming import match_personas


def model(dbt, session):
    dbt.config(materialized="table")
    return match_personas(dbt.ref("persona_scores").to_arrow_table())
