"""The query files: SQL with a name before each query."""

import re
from pathlib import Path
from typing import Any

import duckdb

Row = dict[str, Any]
Rows = list[Row]

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def read_queries(path: Path) -> dict[str, str]:
    """The queries of a file by name; each begins with a line `-- name: some_name`."""
    parts = _NAME.split(path.read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def run_queries(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, Rows]:
    """The rows of every query of a file, each a dict of its columns."""
    return {name: fetch(connection, query) for name, query in read_queries(path).items()}


def fetch(connection: duckdb.DuckDBPyConnection, query: str) -> Rows:
    """The rows of one query, each a dict of its columns."""
    result = connection.execute(query)
    columns = [column[0] for column in result.description or []]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
