"""Opens the build that dbt published, to read only."""

import os
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]
DEFAULT = "warehouse/bank.duckdb"  # as in profiles.yml


def warehouse_path() -> Path:
    """Where complete builds are published: SEGMENTATION_DB, or the default; a relative path starts at the project."""
    return ROOT / os.environ.get("SEGMENTATION_DB", DEFAULT)


def open_warehouse() -> duckdb.DuckDBPyConnection:
    """A connection that cannot write; or the program ends with a sentence that says why not, and what to do."""
    path = warehouse_path()
    if not path.exists():
        raise SystemExit(f"There is no database at {path}: build it (make build), or name another in SEGMENTATION_DB.")
    try:
        con = duckdb.connect(str(path), read_only=True)
        if memory := os.environ.get("SEGMENTATION_MEMORY"):
            con.execute("set memory_limit = $memory", {"memory": memory})
    except duckdb.Error as error:
        if "set lock" in str(error) or "another process" in str(error):
            raise SystemExit(
                f"Another process writes to {path}: wait until dbt has ended, or close the program that has it open."
            ) from None
        raise SystemExit(
            f"{path} cannot be opened as a DuckDB database: build it again (make build), "
            f"or name another in SEGMENTATION_DB.\n{error}"
        ) from None
    built = "select count(*) from information_schema.tables where table_name = 'data_dictionary'"
    if con.execute(built).fetchone() == (0,):
        con.close()
        raise SystemExit(
            f"{path} holds no built marts: build them (make build), or name another database in SEGMENTATION_DB."
        )
    return con
