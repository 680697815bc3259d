"""What must not grow unnoticed, in counts, since seconds depend on the machine: who needs more changes a number here.

How often a file of tests calls dbt is stopped where it happens, by conftest.Warehouse; the figures stand in budget.py.
"""

from collections import Counter
from pathlib import Path

import duckdb
from budget import DBT_CALLS, HEAVIEST_FIRST
from conftest import ROOT, Warehouse, manifest_of

from benchmarks.passes import REASONS, passes

NODES = {"model": 108, "seed": 12, "test": 57}
"""Of a plain `dbt build` of card_usage from a file: models, reference seeds, data tests."""
CALLS = 435
PASSES = 229
"""Of a plain build of the sample bank: scans of a file, or of a table with a row a customer. Tests of staging look up
the dates that were read."""


def test_a_build_of_one_study_has_no_more_nodes() -> None:
    manifest = manifest_of(ROOT, {"studies": ["card_usage"], "bank_files": "files"})
    usual = [node for node in manifest.nodes.values() if "on_request" not in node.tags]
    found = Counter(str(node.resource_type) for node in usual if node.resource_type in NODES)
    assert all(found[kind] <= most for kind, most in NODES.items()), found
    unit_tests = len(manifest.unit_tests)
    assert unit_tests > 50  # which a plain build leaves out


def test_a_build_reads_its_customers_no_more_often(sample: Warehouse) -> None:
    with duckdb.connect(str(sample.path), read_only=True) as connection:
        found = passes(connection, sample.path.with_suffix(".target"))
    assert sum(found.values()) <= PASSES, found
    assert set(REASONS) <= set(found)


def test_the_tests_call_dbt_no_more_often() -> None:
    files = {path.stem for path in Path(__file__).parent.glob("test_*.py")}
    assert set(DBT_CALLS) - {"all"} <= files
    assert set(HEAVIEST_FIRST) <= files
    assert sum(DBT_CALLS.values()) <= CALLS
