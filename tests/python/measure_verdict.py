"""What the figures of the chosen number of segments say of how true the segments are, on drawn populations.

`python tests/python/measure_verdict.py` (an hour on two cores; `MINUTES` ends it earlier) prints a line a population and the
tables that DECISIONS.md quotes: the thresholds of segmentation_health come from them. Nearest centres lie 2 to 7
standard deviations apart, so that there are segments of every clarity.
"""

import os
import sys
import time
from dataclasses import dataclass

import numpy as np
from measure_k_rule import chosen, figures, recipe
from planted import Population, drawn_populations
from sklearn.metrics import adjusted_rand_score

from segmentation.clustering import fit_every_k
from segmentation.scaling import scaled_by

NEAREST = (2.0, 7.0)


@dataclass(frozen=True)
class Judged:
    """The figures of the rule's k on one population (k = 0: none passes), and the agreement with what was planted."""

    name: str
    planted: int
    k: int
    excess: float
    stability: float
    stability_min: float
    agreement: float


def judge(population: Population) -> Judged:
    """0 is the agreement of any segments with a population that has none."""
    found = figures(population.x, population.recipe)
    k = chosen(found, absolute=0.02, relative=0.1)
    if not k:
        return Judged(population.name, population.segments, 0, 0, 0, 0, 0)
    z = scaled_by(recipe(population.recipe, population.x.shape[1]), population.x)
    labels = fit_every_k(z, k)[k].labels
    figure, _ = found[k]
    agreement = float(adjusted_rand_score(population.members, labels)) if population.segments else 0.0
    excess = figure.silhouette - figure.null_silhouette
    return Judged(
        population.name, population.segments, k, excess, figure.stability, figure.stability_min, agreement
    )


def table(judged: list[Judged]) -> None:
    """Of the populations above each pair of thresholds: how many, and the share with an agreement of .9 and .7."""
    for excess in (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2):
        for stability in (0.8, 0.9, 0.95, 0.98):
            above = [j.agreement for j in judged if j.k and j.excess > excess and j.stability >= stability]
            shares = [np.mean(np.array(above) >= limit) if above else np.nan for limit in (0.9, 0.7)]
            print(f"excess > {excess:.2f}, stability >= {stability:.2f}: {len(above):4d}  {shares[0]:.3f}  {shares[1]:.3f}")


def main(seeds: list[int], minutes: float) -> None:
    """Judges a hundred populations a seed until the time is over, the seeds in turn."""
    end = time.monotonic() + 60 * minutes
    drawn = [population for many in zip(*(drawn_populations(100, s, NEAREST) for s in seeds), strict=True) for population in many]
    judged = []
    for population in drawn:
        if time.monotonic() > end:
            break
        judged.append(judge(population))
        print(judged[-1], flush=True)
    table(judged)


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or [1, 2, 3], float(os.environ.get("MINUTES", "60")))
