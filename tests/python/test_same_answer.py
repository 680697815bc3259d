"""Same input, same output: whatever the order of the rows, the number of threads, the order of the builds."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from conftest import ROOT, Warehouse

SETTINGS = "studies: [card_usage, relationship, combined], structure_rows: 600"
TABLES = {
    "customer_segments": "select * from customer_segments order by all",
    "training_sample": "select * from training_sample order by all",
    "kmeans_fits": "select * from kmeans_fits order by all",
    "segment_profiles": "select * from segment_profiles order by all",
    "segment_kpis": "select * from segment_kpis order by all",
    "persona_claims": "select * from persona_claims order by all",
    "rejected_rows": "select * from rejected_rows order by all",
    "pca_coordinates": "select * from pca_coordinates order by all",
    "customer_activity": "select * from customer_activity order by all",
    "spending_by_segment": "select * from spending_by_segment order by all",
    "cross_segment_association": "select * from cross_segment_association order by all",
    "customer_360": "select * from customer_360 order by all",
    "feature_summary": "select * from feature_summary order by all",
    "feature_histograms": "select * from feature_histograms order by all",
    "feature_correlations": "select * from feature_correlations order by all",
    "exploratory_findings": "select * from exploratory_findings order by all",
    "segmentation_health": "select * from segmentation_health order by all",
    "sensitivity_fits": "select * from sensitivity_fits order by all",
    "algorithm_fits": "select * exclude (seconds) from algorithm_fits order by all",
    "feature_screening": "select * from feature_screening order by all",
}


def extracts(folder: Path, shuffled: bool) -> str:
    """The sample bank's extracts as a folder of files, in their order or in another one."""
    folder.mkdir()
    for name in ("card_usage", "bank_customers", "customer_demographics", "card_transactions"):
        frame = pd.read_csv(ROOT / "seeds" / "sample" / f"raw_{name}.csv", dtype=str, keep_default_na=False)
        if shuffled:
            frame = frame.sample(frac=1, random_state=7)
        frame.to_csv(folder / f"{name}.csv", index=False)
    return str(folder)


def answers(warehouse: Warehouse, **variables: Any) -> dict[str, list[tuple[Any, ...]]]:
    assert warehouse.build(**variables, **yaml.safe_load(f"{{{SETTINGS}}}")) == ""
    return {name: warehouse.rows(query) for name, query in TABLES.items()}


@pytest.fixture(scope="module")
def in_order(
    new_warehouse: Callable[[], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[tuple[Any, ...]]]:
    return answers(new_warehouse(), bank_files=extracts(tmp_path_factory.mktemp("bank") / "files", shuffled=False))


def test_shuffled_rows_from_scratch_give_the_same(
    in_order: dict[str, list[tuple[Any, ...]]], warehouse: Warehouse, tmp_path: Path
) -> None:
    shuffled = answers(warehouse, bank_files=extracts(tmp_path / "files", shuffled=True))
    for name, rows in in_order.items():
        assert shuffled[name] == rows, name


@pytest.mark.parametrize("threads", [1, 8])
def test_threads_of_dbt_duckdb_and_openmp_do_not_matter(
    threads: int, in_order: dict[str, list[tuple[Any, ...]]], warehouse: Warehouse, tmp_path: Path
) -> None:
    """In a process of its own: OpenMP and BLAS read the number of threads when they are loaded."""
    profile = tmp_path / "profiles.yml"
    profile.write_text(
        f"customer_segmentation: {{target: dev, outputs: {{dev: {{type: duckdb, path: '{warehouse.path}', "
        f"threads: {threads}, settings: {{threads: {threads}}}}}}}}}"
    )
    files = extracts(tmp_path / "files", shuffled=False)
    environment = os.environ | {
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "DBT_TARGET_PATH": str(tmp_path / "target"),
        "DBT_LOG_PATH": str(tmp_path / "target"),
    }
    command = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "build", "--quiet"]
    command += ["--selector", "everything_but_unit_tests", "--profiles-dir", str(tmp_path)]
    command += ["--vars", f"{{bank_files: '{files}', {SETTINGS}}}"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    for name, query in TABLES.items():
        assert warehouse.rows(query) == in_order[name], name
