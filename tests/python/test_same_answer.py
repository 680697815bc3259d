"""Same input, same output: whatever the order of the rows, the number of threads, the order of the builds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import ROOT, Warehouse

SETTINGS: dict[str, Any] = {"studies": ["card_usage", "relationship", "combined"], "structure_rows": 600}
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


def answers(folder: Path, threads: int, shuffled: bool, built: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    """What the tables hold after a build in a process of its own: OpenMP and BLAS read the number of threads when they
    are loaded."""
    profile = folder / "profiles.yml"
    profile.write_text(
        f"customer_segmentation: {{target: dev, outputs: {{dev: {{type: duckdb, path: '{built.path}', "
        f"threads: {threads}, plugins: [{{module: bank.plugin, config: {{publish: '{folder / 'bank.duckdb'}'}}}}], "
        f"settings: {{threads: {threads}}}}}}}}}"
    )
    said = built.dbt_in_a_process(
        *("build", "--exclude-resource-type", "unit_test", "test", "--select", *(f"+{table}" for table in TABLES)),
        *("--profiles-dir", str(folder), "--threads", str(threads)),
        environment={"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)},
        bank_files=extracts(folder / "files", shuffled),
        **SETTINGS,
    )
    assert said == ""
    return {name: built.rows(query) for name, query in TABLES.items()}


def test_shuffled_rows_and_other_threads_give_the_same(
    new_warehouse: Callable[[], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """From scratch; of dbt, DuckDB and OpenMP one thread, and eight."""
    in_order = answers(tmp_path_factory.mktemp("one"), 1, False, new_warehouse())
    shuffled = answers(tmp_path_factory.mktemp("eight"), 8, True, new_warehouse())
    for name, rows in in_order.items():
        assert len(rows) > 0, name
        assert shuffled[name] == rows, name
