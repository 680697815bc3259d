"""The library behind the project's dbt Python models: plain functions on NumPy and Arrow."""
