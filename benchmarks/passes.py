"""How often a build of one study reads all its customers, from DuckDB's plans of what dbt has run."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

from bank.csv_files import shape_of

TESTS = "data tests"
SAMPLES = {"training_sample", "feature_values"}
"""Bounded, and everybody only where these are few."""
REASONS = {
    TESTS: "every row of the file is kept, keys, everybody is scored, segment totals = portfolio totals",
    "checked_card_usage": "reads the file: types, rules, repeated keys",
    "extract_counts": "rows read, staged and rejected (counts only)",
    "date_contents": "the fingerprint of each date that was read",
    "total_rows": "the sums of a date, and the row that is their total",
    "extract_overlaps": "a sample by hash (one column)",
    "customer_dates": "who is a customer, and when",
    "study_customers": "customers of each date (two columns)",
    "feature_values": "a sample by hash, for histograms and correlations",
    "training_sample": "a sample by hash, to be fitted",
    "studies_left_out": "whether a study has customers (one column)",
    "segment_assignments": "scores everybody",
    "feature_figures": "exact figures by segment, and a sample by hash for quantiles",
    "segment_combinations": "the segments of a customer in all studies, side by side",
    "customer_kpis": "the key figures of everybody, by date and delivery",
    "segment_kpis": "key figures by segment",
    "segment_bands": "bands by segment",
    "portfolio_kpis": "key figures of everybody, and who stayed, left or joined",
    "customer_360": "a row a customer at the latest date",
    "customer_moves": "what each customer did since the date before",
    "segment_migration": "who is where at the first and the last date (three columns)",
    "segment_trends": "key figures of two dates side by side",
    "segment_drift": "sizes of the segments, distances, borders and outliers by date (five columns)",
    "flag_backtests": "who had a flag, and what the next two dates say of them",
    "segment_scatter": "a sample by hash, for a picture",
    "segment_fairness": "customers by segment and protected group",
    "spending_by_segment": "purchases by segment",
    "segment_personas": "customers of a segment at the latest date (three columns)",
    "segmentation_health": "customers near a border (three columns)",
    "model_cards": "customers near a border, outliers, at the latest date (four columns)",
    "attention": "who is in no extract of a study (one column)",
}


def passes(connection: duckdb.DuckDBPyConnection, target: Path) -> dict[str, int]:
    """Scans of a file, or of a table with a row for every customer of the largest date, by model, and of all tests.

    `target`: dbt's folder after a build of the database that is open. A scan counts however few columns it reads.
    """
    connection.create_function("bank_shape", shape_of, ["VARCHAR"], "VARCHAR")  # as dbt's connection has it
    ((customers,),) = connection.execute("select max(customers) from study_dates").fetchall()
    tables = connection.execute(
        "select distinct table_name from duckdb_columns() inner join duckdb_tables() using (table_name) "
        "where column_name = 'customer_id' or table_name like 'raw_%'"
    ).fetchall()
    sizes = {table: connection.execute(f'select count(*) from "{table}"').fetchall()[0][0] for (table,) in tables}
    wide = {table for table, rows in sizes.items() if rows >= customers} - SAMPLES
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    found: Counter[str] = Counter()
    for result in results:
        node = nodes.get(result["unique_id"], {})
        # a view reads nothing before somebody reads it, and a Python model reads what SQL has sampled
        is_query = node.get("resource_type") != "operation" and node.get("language") != "python"
        if not result.get("compiled_code") or not is_query or materialized(node) == "view":
            continue
        ((_, plan),) = connection.execute("explain (format json) " + result["compiled_code"]).fetchall()
        scans = sum(is_wide(operator, wide) for root in json.loads(plan) for operator in operators(root))
        if scans:
            found[TESTS if node["resource_type"] == "test" else node["name"]] += scans
    return dict(found)


def materialized(node: Mapping[str, Any]) -> str:
    """How a node is kept: table, view, incremental, test, ..."""
    return str(node.get("config", {}).get("materialized", ""))


def operators(root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """An operator of a plan and all below it."""
    yield root
    for child in root.get("children", []):
        yield from operators(child)


def is_wide(operator: Mapping[str, Any], wide: set[str]) -> bool:
    """Whether an operator reads a file, or one of these tables."""
    name = str(operator.get("name", "")).strip()
    table = str(operator.get("extra_info", {}).get("Table", "")).split(".")[-1]
    return name.startswith("READ_") or ("SCAN" in name and table in wide)
