"""How often rules for the number of segments are right, on drawn populations (some five minutes a seed).

`python tests/python/measure_k_rule.py FILE SEED ...` fits 118 populations a seed, keeps their figures in FILE (which
another rule, or measure_verdict.py, reads again without a fit) and prints what
docs/decisions/number-of-segments.md quotes. The rule that the project uses is SQL (k_selection); here it stands beside
its rivals, and test_k_rule.py tests the SQL.
"""

import json
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from planted import Population, catalog, discrete_populations, drawn_populations, settings, vectors
from sklearn.metrics import adjusted_rand_score

from segmentation.algorithms import ALGORITHMS_BY_NAME
from segmentation.catalog import read_recipes
from segmentation.clustering import fit_every_k, fit_kmeans
from segmentation.parallel import one_thread
from segmentation.scaling import scaled_by
from segmentation.sensitivity import COMPARED, agreement, segmented

Figures = dict[str, Any]
FIT = ("segments", "stability", "stability_lower", "smallest_share", "gap", "gap_deviation", "bic_diagonal", "bic_full")
TRIED = 800
"""Customers on whom other recipes and algorithms are tried."""


def drawn(seed: int) -> list[tuple[str, Population]]:
    """Populations by group: of numbers, clear ones and some of every clarity, and of flags, amounts and the like."""
    return [
        *(("numbers", p) for p in drawn_populations(40, seed)),
        *(("every clarity", p) for p in drawn_populations(24, seed + 500, (2, 7))),
        *(("discrete", p) for p in discrete_populations(54, seed)),
    ]


def measure(population: Population) -> list[Figures]:
    """Of every k the figures of the fit and how true it is; of the rule's choice what others make of it."""
    columns, setting = catalog(population.x.shape[1], "yeo_johnson"), settings(population.recipe)
    recipe = read_recipes(columns, setting)["s"]
    z = scaled_by(recipe, population.x)
    fits = fit_every_k(z, 10)
    few = np.random.default_rng(0).permutation(len(z))[:TRIED]
    found = []
    for row in fit_kmeans(vectors(z), columns, setting).to_pylist():
        k = row["segments"]
        labels = fits[k].labels
        excess = None if row["null_silhouette"] is None else row["silhouette"] - row["null_silhouette"]
        found.append({name: row[name] for name in FIT} | {"excess": excess})
        if population.segments:
            found[-1]["exact"] = float(adjusted_rand_score(population.members, labels))
            found[-1]["true"] = float(adjusted_rand_score(merged(population.members, labels), labels))
    if k := rule({"fits": found}):
        labels = fits[k].labels[few]
        others = [
            segmented(scaled_by(replace(recipe, name=n), population.x[few]), k) for n in COMPARED if n != recipe.name
        ]
        algorithms = [ALGORITHMS_BY_NAME[name](z[few], k) for name in ("ward", "gaussian_mixture", "spectral")]
        found[k - 1]["recipes"] = float(np.nanmedian([agreement(other, labels) for other in others]))
        found[k - 1]["algorithms"] = float(np.median([adjusted_rand_score(other, labels) for other in algorithms]))
    return found


def merged(members: NDArray[np.int64], labels: NDArray[np.int32]) -> NDArray[np.int64]:
    """The found segment in which most of each customer's planted segment lies."""
    home = np.array([np.bincount(labels[members == m], minlength=1).argmax() for m in range(members.max() + 1)])
    return home[members]


def measured(path: Path, seeds: list[int]) -> Iterator[Figures]:
    """The figures of all populations of the seeds, from the file where they are there."""
    path.touch()
    known = {(r["seed"], r["group"], r["name"]): r for r in map(json.loads, path.read_text().splitlines())}
    with path.open("a") as file:
        for seed in seeds:
            for group, population in drawn(seed):
                key = (seed, group, population.name)
                if key not in known:
                    row = {"seed": seed, "group": group, "name": population.name, "segments": population.segments}
                    known[key] = row | {"fits": measure(population)}
                    file.write(json.dumps(known[key]) + "\n")
                    file.flush()
                yield known[key]


def chosen(
    row: Figures, dominated: float | None = None, raised: bool = False, lower: bool = False, tolerance: float = 0.02
) -> int:
    """The largest k that passes with an excess near the best that passes; 0 where none passes.

    `dominated`: without k for which a smaller one has an excess at most so much lower and is more stable; `raised`: or
    a larger one that BIC and the gap statistic ask for, without a BIC a surely stable one that the gap asks for;
    `lower`: the lower end of the stability counts in the gate.
    """
    fits = {f["segments"]: f for f in row["fits"]}
    passing = {
        k: f["excess"]
        for k, f in fits.items()
        if f["excess"] is not None
        and f["excess"] > 0.01
        and f["stability_lower" if lower else "stability"] >= 0.8
        and f["smallest_share"] >= 0.02
    }
    best = max(passing.values(), default=0.0)
    near = [k for k, e in passing.items() if e >= best - min(tolerance, 0.1 * best)]
    if dominated is not None:
        stability = {k: fits[k]["stability"] for k in near}
        near = [
            k
            for k in near
            if not any(
                j < k and passing[j] >= passing[k] - dominated and stability[j] >= stability[k] + 0.02 for j in near
            )
        ]
    k = max(near, default=0)
    stable = [
        j for j, e in passing.items() if e >= 0.75 * best and fits[j]["stability"] >= 0.95 and fits[j]["bic_full"]
    ]
    if raised and stable:
        kind = min(("bic_diagonal", "bic_full"), key=lambda name: min(fits[j][name] for j in stable))
        asked = min(min(stable, key=lambda j: fits[j][kind]), gap_choice(fits))
        k = max(k, asked) if asked in stable else k
    elif raised:
        sure = [
            j
            for j, e in passing.items()
            if e >= 0.75 * best
            and fits[j]["stability_lower"] >= 0.97
            and k
            and fits[j]["stability"] >= fits[k]["stability"] - 0.01
        ]
        k = max([k, *(j for j in sure if j <= gap_choice(fits) <= len(fits))])
    return k


def gap_choice(fits: dict[int, Figures]) -> int:
    """The least k whose gap the next one does not clearly exceed; many where it grows to the end."""
    for k in sorted(fits)[:-1]:
        if fits[k]["gap"] >= fits[k + 1]["gap"] - fits[k + 1]["gap_deviation"]:
            return k
    return len(fits) + 1


def rule(row: Figures) -> int:
    """As k_selection has it."""
    return chosen(row, dominated=0.01, raised=True, lower=True)


RULES: dict[str, Callable[[Figures], int]] = {
    "of 0.4.0": chosen,
    "the same, the lower end of the stability in the gate": lambda row: chosen(row, lower=True),
    "without what is dominated": lambda row: chosen(row, dominated=0.01, lower=True),
    "k_selection: raised where BIC and the gap ask for it": rule,
    "the same, dominated by a larger excess only": lambda row: chosen(row, dominated=-0.01, raised=True, lower=True),
    "the best": lambda row: chosen(row, lower=True, tolerance=0),
}


def report(rows: list[Figures]) -> None:
    """Prints for each group and rule how often it finds what was planted, where K-Means can (an index of .9)."""
    for group in ("numbers", "every clarity", "discrete", ""):
        own = [r for r in rows if group in ("", r["group"])]
        findable = [
            r
            for r in own
            if r["segments"] and any(f["segments"] == r["segments"] and f["exact"] >= 0.9 for f in r["fits"])
        ]
        nones = [r for r in own if not r["segments"]]
        print(f"{group or 'all'}: {len(findable)} that can be found, {len(nones)} without segments")
        for name, choose in RULES.items():
            off = np.array([choose(r) - r["segments"] for r in findable])
            none = np.array([choose(r) == 0 for r in nones])
            print(f"  {name}: right {(off == 0).mean():.2f}, within one {(abs(off) <= 1).mean():.2f}", end="")
            print(f" (too many {(off > 0).sum()}, too few {(off < 0).sum()}); none {none.mean():.2f}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    one_thread()
    report(list(measured(Path(sys.argv[1]), [int(seed) for seed in sys.argv[2:]])))
