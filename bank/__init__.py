"""Where a bank's data are: the readers of what dbt-duckdb does not read by itself."""
