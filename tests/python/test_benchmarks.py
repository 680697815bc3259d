"""The benchmarks can read what a build leaves behind."""

import json
from pathlib import Path

from conftest import Warehouse

from benchmarks.stages import NODES, OVERHEAD, STAGES, stage_seconds

BUILT = ("model", "seed", "test", "unit_test", "operation", "exposure")


def test_every_node_of_a_build_has_a_stage(sample: Warehouse, tmp_path: Path) -> None:
    """A build in which every node took a second."""
    manifest = json.loads((sample.path.with_suffix(".target") / "manifest.json").read_text(encoding="utf-8"))
    names = [name for part in ("nodes", "unit_tests", "exposures") for name in manifest[part]]
    built = [name for name in names if name.split(".")[0] in BUILT]
    others = [name for name in built if name.split(".")[0] in ("operation", "exposure")]
    results = {"elapsed_time": 60.0, "results": [{"unique_id": name, "execution_time": 1.0} for name in built]}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (tmp_path / "run_results.json").write_text(json.dumps(results), encoding="utf-8")
    seconds = stage_seconds(tmp_path, 61.0)
    assert (seconds[OVERHEAD], seconds[NODES]) == (1, 60)
    assert all(seconds[stage] > 0 for stage in STAGES)
    assert sum(seconds[stage] for stage in STAGES) == len(built) - len(others)
