"""The benchmark: the dbt project against a notebook that does the same, at three sizes."""
