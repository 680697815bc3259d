"""What excess and stability of the chosen number of segments, other recipes and other algorithms say of how true it is.

`python tests/python/measure_verdict.py FILE SEED ...` reads (or measures, see measure_k_rule.py) drawn populations and
prints how many pass each pair of thresholds, and get each verdict, with which truth: the adjusted Rand index with the
planted segments, where planted segments that mostly lie in one found segment count as one (are the segments real
groups, though perhaps several together?), and 0 where none are planted. docs/decisions/verdict.md has the figures.
"""

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from conftest import ROOT
from measure_k_rule import Figures, measured, rule

from segmentation.parallel import one_thread

LIMITS: dict[str, Any] = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]


def verdict(fit: Figures) -> str:
    """As segmentation_health has it, by the thresholds of today, before the caveats."""
    for name in ("strong", "moderate"):
        if fit["excess"] >= LIMITS[f"{name}_excess"] and fit["stability_lower"] >= LIMITS[f"{name}_stability"]:
            return name
    return "weak"


def shares(fits: list[Figures]) -> str:
    """How many, and the shares of them with a truth of .9 and of .7."""
    high, fair = (np.mean([f.get("true", 0) >= limit for f in fits]) if fits else np.nan for limit in (0.9, 0.7))
    return f"{len(fits)}  {high:.2f}  {fair:.2f}"


def report(rows: list[Figures]) -> None:
    """Prints the tables."""
    called = [f for r in rows for f in r["fits"] if f["segments"] == rule(r)]
    nones = [r for r in rows if not r["segments"]]
    print(f"{len(rows)} populations, {len(called)} with a number that passes,", end=" ")
    print(f"{sum(rule(r) > 0 for r in nones)} of {len(nones)} without segments among them")
    for excess in (0.01, 0.03, 0.05, 0.06, 0.08, 0.1, 0.12):
        for stability in (0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.99):
            above = [f for f in called if f["excess"] >= excess and f["stability_lower"] >= stability]
            print(f"excess {excess:.2f}, lower stability {stability:.2f}: {shares(above)}")
    for name in ("strong", "moderate", "weak"):
        print(f"{name}: {shares([f for f in called if verdict(f) == name])}")
    for kind in ("recipes", "algorithms"):
        seen = [f for f in called if kind in f and verdict(f) != "weak"]
        for lower in np.arange(-0.1, 1, 0.1):
            own = [f for f in seen if lower <= f[kind] < lower + 0.1]
            print(f"strong or moderate, other {kind} agree by {lower:.1f} or more: {shares(own)}")
        print(
            f"least with a truth of .7: {min((f[kind] for f in seen if f.get('true', 0) >= 0.7), default=np.nan):.3f}"
        )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    one_thread()
    report(list(measured(Path(sys.argv[1]), [int(seed) for seed in sys.argv[2:]])))
