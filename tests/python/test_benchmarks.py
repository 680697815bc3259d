"""The benchmarks can read what a build leaves behind."""

import json

import pytest
from conftest import Warehouse

from benchmarks.stages import NODES, OVERHEAD, STAGES, stage_seconds


def test_every_node_of_a_build_has_a_stage(sample: Warehouse) -> None:
    target = sample.path.with_suffix(".target")
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))
    seconds = stage_seconds(target, results["elapsed_time"] + 1)
    assert seconds[OVERHEAD] == pytest.approx(1)
    assert seconds[NODES] == results["elapsed_time"]
    shown = sum(seconds[stage] for stage in STAGES)
    others = sum(
        r["execution_time"] for r in results["results"] if r["unique_id"].split(".")[0] in ("operation", "exposure")
    )
    assert shown + others == pytest.approx(sum(r["execution_time"] for r in results["results"]))
    assert all(seconds[stage] > 0 for stage in STAGES)
