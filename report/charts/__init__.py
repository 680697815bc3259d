"""The charts: rows of a query in, an Altair chart out."""
