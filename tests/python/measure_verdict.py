"""What the excess and the stability of the chosen number of segments say of how true the segments are.

`python tests/python/measure_verdict.py SEED ...` prints a line for each of a hundred drawn populations a seed (as slow
as measure_k_rule.py; MINUTES ends it earlier), then how many pass each pair of thresholds, and get each verdict, with
which agreement. The thresholds of segmentation_health were chosen on seeds 11 to 14 and 21 to 23 and then tried on 31
and 32; DECISIONS.md has the figures.
The nearest centres lie 2 to 7 standard deviations apart, so that there are segments of every clarity.
"""

import os
import sys
import time
from dataclasses import astuple, dataclass

import numpy as np
import yaml
from conftest import ROOT
from measure_k_rule import chosen, figures, recipe
from numpy.typing import NDArray
from planted import Population, drawn_populations
from sklearn.metrics import adjusted_rand_score

from segmentation.clustering import fit_every_k
from segmentation.scaling import scaled_by

NEAREST = (2.0, 7.0)


@dataclass(frozen=True)
class Judged:
    """The figures of the rule's k on one population; no k and no agreement where none passes."""

    planted: int
    k: int = 0
    excess: float = 0
    stability: float = 0
    stability_min: float = 0
    silhouette: float = 0
    border_share: float = 0
    """Share of the customers with a margin below .1."""
    exact: float = 0
    """Adjusted Rand index with the planted segments."""
    agreement: float = 0
    """The same, where planted segments that mostly lie in one found segment count as one: are the segments real
    groups, though perhaps several together? 0 where none are planted."""


def judge(population: Population) -> Judged:
    found = figures(population.x, population.recipe)
    k = chosen(found, absolute=0.02, relative=0.1)
    if not k:
        return Judged(population.segments)
    z = scaled_by(recipe(population.recipe, population.x.shape[1]), population.x)
    fit = fit_every_k(z, k)[k]
    nearest, second = np.sort(np.linalg.norm(z[:, None] - fit.centres, axis=2), axis=1)[:, :2].T
    figure, _ = found[k]
    return Judged(
        population.segments,
        k,
        figure.silhouette - figure.null_silhouette,
        figure.stability,
        figure.stability_min,
        figure.silhouette,
        float(np.mean(1 - nearest / second < 0.1)),
        float(adjusted_rand_score(population.members, fit.labels)) if population.segments else 0.0,
        float(adjusted_rand_score(merged(population.members, fit.labels), fit.labels)) if population.segments else 0.0,
    )


def merged(members: NDArray[np.int64], labels: NDArray[np.int32]) -> NDArray[np.int64]:
    """The found segment in which most of each customer's planted segment lies."""
    home = np.array([np.bincount(labels[members == m], minlength=1).argmax() for m in range(members.max() + 1)])
    return home[members]


def table(judged: list[Judged]) -> None:
    """Of the populations above each pair of thresholds: how many, and the share with an agreement of .9 and .7."""
    called = [j for j in judged if j.k]
    nones = [j for j in judged if not j.planted]
    print(f"{len(judged)} populations, {len(called)} with a number that passes;", end=" ")
    print(f"{sum(j.k > 0 for j in nones)} of {len(nones)} without segments among them")
    for excess in (0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12):
        for stability in (0.8, 0.9, 0.95, 0.97, 0.98, 0.99):
            above = [j for j in called if j.excess >= excess and j.stability >= stability]
            print(f"excess {excess:.2f}, stability {stability:.2f}: {shares(above)}")
    for name in ("strong", "moderate", "weak"):
        own = [j for j in called if verdict(j) == name]
        print(f"{name}: {shares(own)}, {sum(not j.planted for j in own)} without segments")


def shares(judged: list[Judged]) -> str:
    """How many, and the shares of them with an agreement of .9 and of .7."""
    high, fair = (np.mean([j.agreement >= limit for j in judged]) if judged else np.nan for limit in (0.9, 0.7))
    return f"{len(judged)}  {high:.2f}  {fair:.2f}"


def verdict(judged: Judged) -> str:
    """As segmentation_health has it, by the thresholds of today."""
    limits = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    for name in ("strong", "moderate"):
        if judged.excess >= limits[f"{name}_excess"] and judged.stability >= limits[f"{name}_stability"]:
            return name
    return "weak"


def main(seeds: list[int], minutes: float) -> None:
    """Judges a hundred populations a seed, the seeds in turn, until the time is over."""
    end = time.monotonic() + 60 * minutes
    judged = []
    for together in zip(*(drawn_populations(100, seed, NEAREST) for seed in seeds), strict=True):
        if time.monotonic() > end:
            break
        for population in together:
            judged.append(judge(population))
            print(population.name, *np.round(astuple(judged[-1]), 4).tolist(), sep="\t", flush=True)
    table(judged)


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]], float(os.environ.get("MINUTES", "60")))
