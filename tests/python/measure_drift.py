"""How often feature_drift calls a month drifted that has not, and how often one that has.

`python tests/python/measure_drift.py [MONTHS]` draws months (200) of features of six kinds: without drift, and with one
that is planted, for samples of several sizes, and prints what docs/decisions/drift.md quotes. The index is written here
a second time, in NumPy; test_drift.py compares the SQL with it.
"""

import sys
from collections.abc import Callable, Iterator
from itertools import chain, product
from typing import Any

import numpy as np
import yaml
from conftest import ROOT
from numpy.typing import NDArray
from scipy.stats import chi2

Values = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Values]

LIMITS: dict[str, Any] = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
FEW = 12
SIZES = (200, 500, 1000, 2000, 5000, 20000)


def shares(trained: Values, values: Values) -> tuple[Values, Values]:
    """The shares of the training sample and of a date in the bins of the index, floored; NaN is missing."""
    known, now = np.sort(trained[~np.isnan(trained)]), values[~np.isnan(values)]
    if len(np.unique(known)) <= FEW:
        bins = [[np.sum(x == value) for value in np.unique(known)] for x in (known, now)]
        bins[0].append(0)
        bins[1].append(np.sum(~np.isin(now, known)))
    else:
        edges = np.unique(np.quantile(known, np.arange(1, 10) / 10, method="inverted_cdf"))
        bins = [list(np.bincount(np.searchsorted(edges, x), minlength=len(edges) + 1)) for x in (known, now)]
    counts = [np.array([*own, np.isnan(x).sum()], dtype=float) for own, x in zip(bins, (trained, values), strict=True)]
    used = counts[0] + counts[1] > 0
    then, later = (np.maximum(own[used], 0.5) / own.sum() for own in counts)
    return then, later


def index(trained: Values, values: Values) -> float:
    """The population stability index."""
    then, later = shares(trained, values)
    return float(np.sum((later - then) * np.log(later / then)))


def by_chance(trained: Values, values: Values, quantile: float = 0.999) -> float:
    """What the index reaches by chance (Yurdakul 2018)."""
    bins = len(shares(trained, values)[0])
    return float((1 / len(trained) + 1 / len(values)) * chi2.ppf(quantile, bins - 1)) if bins > 1 else 0.0


def expected(trained: Values, values: Values) -> float:
    """Its mean without drift."""
    return (1 / len(trained) + 1 / len(values)) * (len(shares(trained, values)[0]) - 1)


def zero_heavy(chance: np.random.Generator, size: int, shift: float = 0.0) -> Values:
    return np.where(chance.random(size) < 0.4, 0.0, np.exp(chance.normal(shift, 1, size)))


def categories(chance: np.random.Generator, size: int, doubled: float = 0.0) -> Values:
    """Five values, one of them of a tenth of the customers, or of twice as many."""
    weights = np.array([0.1, 0.35, 0.25, 0.2, 0.1])
    weights[0] += doubled * 0.1
    return chance.choice(5, size, p=weights / weights.sum()).astype(float)


def with_missing(chance: np.random.Generator, size: int, missing: float = 0.05) -> Values:
    return np.where(chance.random(size) < missing, np.nan, chance.normal(size=size))


KINDS: dict[str, Draw] = {
    "normal": lambda chance, size: chance.normal(size=size),
    "skewed": lambda chance, size: np.exp(chance.normal(size=size)),
    "zero-heavy": zero_heavy,
    "flag": lambda chance, size: (chance.random(size) < 0.3).astype(float),
    "categories": categories,
    "a twentieth missing": with_missing,
}
PLANTED: dict[str, tuple[str, Draw]] = {
    "shift of .1 SD": ("normal", lambda chance, size: chance.normal(0.1, 1, size)),
    "shift of .25 SD": ("normal", lambda chance, size: chance.normal(0.25, 1, size)),
    "shift of .5 SD": ("normal", lambda chance, size: chance.normal(0.5, 1, size)),
    "shift of .75 SD": ("normal", lambda chance, size: chance.normal(0.75, 1, size)),
    "scale times 1.25": ("normal", lambda chance, size: chance.normal(0, 1.25, size)),
    "scale times 1.5": ("normal", lambda chance, size: chance.normal(0, 1.5, size)),
    "amounts times 2": ("skewed", lambda chance, size: 2 * np.exp(chance.normal(size=size))),
    "amounts times 100": ("zero-heavy", lambda chance, size: 100 * zero_heavy(chance, size)),
    "a flag from .3 to .4": ("flag", lambda chance, size: (chance.random(size) < 0.4).astype(float)),
    "a category from .1 to .2": ("categories", lambda chance, size: categories(chance, size, 1.25)),
    "a category from .1 to .3": ("categories", lambda chance, size: categories(chance, size, 2.857)),
    "missing from .05 to .15": ("a twentieth missing", lambda chance, size: with_missing(chance, size, 0.15)),
}


def months(kind: Draw, later: Draw, size: int, count: int, seed: int) -> Iterator[tuple[float, float, float]]:
    """Of each month the index, its mean and its 999th thousandth without drift."""
    chance = np.random.default_rng(seed)
    for _ in range(count):
        trained, values = kind(chance, size), later(chance, size)
        yield index(trained, values), expected(trained, values), by_chance(trained, values)


RULES: dict[str, Callable[[float, float, float, float], bool]] = {
    "index alone": lambda psi, _mean, _most, limit: psi >= limit,
    "less its mean": lambda psi, mean, _most, limit: psi - mean >= limit,
    "more than chance": lambda psi, _mean, most, limit: psi >= limit and psi > most,
    "both": lambda psi, mean, most, limit: psi - mean >= limit and psi > most,
}


def table(pairs: dict[str, tuple[Draw, Draw]], count: int) -> None:
    """Prints by size, rule and kind of feature the shares of months called watch or drifted, and drifted alone."""
    for size in SIZES:
        drawn = {name: list(months(*pair, size, count, 17 * i + size)) for i, (name, pair) in enumerate(pairs.items())}
        drawn = {"together": list(chain.from_iterable(drawn.values()))} | drawn
        for (rule, called), (name, figures) in product(RULES.items(), drawn.items()):
            watch, drifted = (
                np.mean([called(*figure, LIMITS[limit]) for figure in figures]) for limit in ("psi_watch", "psi_drift")
            )
            print(f"{size:6} {rule:17} {name:26} {watch:.4f} {drifted:.4f}")


if __name__ == "__main__":
    drawn_months = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print("no drift")
    table({name: (draw, draw) for name, draw in KINDS.items()}, drawn_months)
    print("planted")
    table({name: (KINDS[kind], draw) for name, (kind, draw) in PLANTED.items()}, drawn_months)
