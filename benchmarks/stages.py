"""Where the time of a dbt command goes, from the files that dbt leaves in its target folder."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

STAGES = ("seeds and staging", "features and catalog", "fits", "scoring", "marts", "tests")
OVERHEAD = "start and parse"
NODES = "all nodes, elapsed"

FOLDERS = {
    "reference": "seeds and staging",
    "sample": "seeds and staging",
    "staging": "seeds and staging",
    "features": "features and catalog",
    "marts": "marts",
}


def stage_seconds(target: Path, seconds: float) -> dict[str, float]:
    """Seconds by stage (sums of node times), of all nodes (elapsed), and of the rest of `seconds`."""
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))
    nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    sums: Counter[str] = Counter()
    for result in results["results"]:
        sums[stage_of(result["unique_id"], nodes)] += result["execution_time"]
    elapsed = float(results["elapsed_time"])
    return {OVERHEAD: seconds - elapsed, NODES: elapsed, **{stage: float(sums[stage]) for stage in STAGES}}


def stage_of(unique_id: str, nodes: dict[str, Any]) -> str:
    """The stage of a node; what no table shows (hooks, exposures: hundredths of a second) has one of its own."""
    kind = unique_id.split(".")[0]
    if kind in ("test", "unit_test"):
        return "tests"
    if kind in ("operation", "exposure"):
        return "others"
    node = nodes[unique_id]
    return "fits" if "fit" in node["tags"] else FOLDERS.get(node["fqn"][1], "scoring")
