"""How often rules for the number of segments are right, on three hundred drawn populations (ten minutes).

`python tests/python/measure_k_rule.py` prints the figures that DECISIONS.md quotes. The rule that the project uses
is SQL (k_selection); here it stands beside its rivals, and test_k_rule.py tests the SQL.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from planted import Population, drawn_populations
from sklearn.metrics import adjusted_rand_score

from segmentation.catalog import Recipe
from segmentation.clustering import fit_every_k
from segmentation.scaling import scaled_by
from segmentation.structure import Structure, measure_structure

Matrix = NDArray[np.float64]
Figures = dict[int, tuple[Structure, float]]


def recipe(name: str, columns: int) -> Recipe:
    return Recipe(name, ("yeo_johnson",) * columns, np.ones(columns))


def figures(x: Matrix, name: str) -> Figures:
    """The structure and the smallest share of every k."""
    steps = recipe(name, x.shape[1])
    z = scaled_by(steps, x)
    fits = fit_every_k(z, 10)
    found = measure_structure(z, {k: fit.labels for k, fit in fits.items()}, steps)
    return {k: (found[k], float(np.bincount(fits[k].labels).min() / len(z))) for k in found}


def chosen(found: Figures, absolute: float = 1, relative: float = 1) -> int:
    """The largest k that passes with an excess near the best that passes; 0 where none passes."""
    excess = {
        k: figure.silhouette - figure.null_silhouette
        for k, (figure, smallest_share) in found.items()
        if figure.stability >= 0.8 and smallest_share >= 0.02
    }
    passing = {k: e for k, e in excess.items() if e > 0.01}
    best = max(passing.values(), default=0.0)
    return max((k for k, e in passing.items() if e >= best - min(absolute, relative * best)), default=0)


RULES: dict[str, Callable[[Figures], int]] = {
    "within .02 and a tenth of the best": lambda found: chosen(found, absolute=0.02, relative=0.1),
    "within .02": lambda found: chosen(found, absolute=0.02),
    "within a tenth of the best": lambda found: chosen(found, relative=0.1),
    "the best": lambda found: chosen(found, absolute=0),
    "silhouette alone": lambda found: max(found, key=lambda k: found[k][0].silhouette),
}


def is_findable(population: Population) -> bool:
    """Whether K-Means with the planted k finds the planted segments (adjusted Rand index of .9 or more)."""
    z = scaled_by(recipe(population.recipe, population.x.shape[1]), population.x)
    found = fit_every_k(z, population.segments)[population.segments].labels
    return bool(adjusted_rand_score(population.members, found) >= 0.9)


def report(drawn: list[Population]) -> None:
    """Prints for each rule how often it finds what was planted."""
    planted = [p for p in drawn if p.segments and is_findable(p)]
    found = [figures(p.x, p.recipe) for p in planted]
    nones = [figures(p.x, p.recipe) for p in drawn if not p.segments]
    for name, rule in RULES.items():
        off = np.array([abs(rule(f) - p.segments) for f, p in zip(found, planted, strict=True)])
        none = np.array([rule(f) == 0 for f in nones])
        print(
            f"{name}: right {(off == 0).mean():.2f}, within one {(off <= 1).mean():.2f} of {len(off)}; ",
            end="",
        )
        print(f"none where there are none {none.mean():.2f} of {len(none)}")


if __name__ == "__main__":
    report([p for seed in (1, 2, 3) for p in drawn_populations(100, seed)])
