"""Is there structure at all, and at which number of segments: the figures behind the choice of k.

For each k above 1:

- silhouette (Rousseeuw 1987) of the fit, on at most `rows` customers: the first ones, which are a random
  sample since they come ordered by md5;
- null silhouette: the largest one that K-Means reaches at the same k on samples of one Gaussian with the
  covariance of z, of the same size, passed through the same recipe. One blob has no segments: only what
  exceeds this is structure (the idea of Tibshirani, Walther & Hastie 2001, with another reference and
  measure);
- stability (Ben-Hur, Elisseeff & Guyon 2002): the mean adjusted Rand index between the fit and refits on 80 %
  of at most REFIT_ROWS times `rows` customers; the lowest of these indices beside it. More customers than the
  silhouette's, because K-Means costs one pass over the customers and not over their pairs, and because on few
  customers two nearly equal solutions change places that the fit on all tells apart (card file, standard,
  k = 3: .48 on 3,000 customers, .96 on all).

Six starts for the nulls and refits, where the fit has ten: a refit that stops at a local optimum makes stable
segments look unstable. On the card file, standard, k = 3, in four orders of the rows, ten refits give .80 .84
.75 .77 with four starts, .97 .90 .83 .91 with six and .97 .90 .83 .96 with ten, in 3, 4 and 6 seconds on two
cores. Ten starts move no null silhouette by more than .003.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from segmentation.arrow import Labels, Matrix
from segmentation.catalog import Recipe
from segmentation.inflation import constant
from segmentation.kmeans import SEED, distinct_rows, kmeans
from segmentation.parallel import run
from segmentation.scaling import scaled_by

NULLS = 6
REFITS = 10
REFIT_SHARE = 0.8
REFIT_ROWS = 3
STARTS = 6
BLOCK = 512
QUANTILES = np.linspace(0, 1, 41)

ByK = dict[int, float]


@dataclass(frozen=True)
class Structure:
    """The figures of one k; the null silhouette is NaN where no null sample has k + 1 distinct rows."""

    silhouette: float
    null_silhouette: float
    stability: float
    stability_min: float
    silhouettes: list[list[float]]
    """Of each of the k segments: its customers' silhouettes at the QUANTILES, ascending; empty without customers."""


def measure_structure(
    z: Matrix,
    labels: Mapping[int, Labels],
    recipe: Recipe,
    rows: int = 3000,
    workers: int | None = None,
    refit_count: int = REFITS,
    null_count: int = NULLS,
) -> dict[int, Structure]:
    """The figures of every k above 1, from the scaled customers z (n x d) and the fit's n labels for each k.

    The same for every number of workers: each sample has its own seed.
    """
    recipe = replace(recipe, max_vif=None)  # what was left out does not vary in z
    few, many = z[:rows], z[: rows * REFIT_ROWS]
    few_labels = {k: v[: len(few)] for k, v in labels.items() if k > 1}
    many_labels = {k: v[: len(many)] for k, v in labels.items() if k > 1}
    tasks: list[Callable[[], Any]] = [
        *(partial(_refit, many, many_labels, SEED + i) for i in range(refit_count)),
        *(partial(_null, few, list(few_labels), recipe, SEED + i) for i in range(null_count)),
        partial(silhouettes, few, few_labels),
    ]
    *others, found = run(tasks, workers)
    refits, nulls = others[:refit_count], others[refit_count:]
    return {
        k: Structure(
            silhouette=float(found[k].mean()),
            null_silhouette=float(np.fmax.reduce([null[k] for null in nulls])),
            stability=float(np.mean([refit[k] for refit in refits])),
            stability_min=min(refit[k] for refit in refits),
            silhouettes=_quantiles(found[k], few_labels[k], k),
        )
        for k in few_labels
    }


def silhouettes(z: Matrix, labels: Mapping[int, Labels]) -> dict[int, Matrix]:
    """The silhouettes of all rows of z (n x d) for every k, in one pass over the distances, BLOCK rows at a time.

    Equal to scikit-learn's silhouette_samples, but one matrix product with the memberships of all k takes the
    place of a pass for each (3,000 rows and nine k: .08 s instead of .3 s). 0 where the rows hold fewer than
    two segments.
    """
    from sklearn.metrics import euclidean_distances

    members = {k: np.eye(k)[v] for k, v in labels.items()}
    stacked = np.hstack([np.empty((len(z), 0)), *members.values()])
    edges = dict(zip(members, np.cumsum([0, *members]), strict=False))
    values: dict[int, list[Matrix]] = {k: [] for k in labels}
    for start in range(0, len(z), BLOCK):
        block = slice(start, start + BLOCK)
        distances = euclidean_distances(z[block], z)
        # To itself: rounding makes slightly more than 0 of it.
        distances[np.arange(len(distances)), np.arange(start, start + len(distances))] = 0
        sums = distances @ stacked
        for k, member in members.items():
            of_k = sums[:, edges[k] : edges[k] + k]
            values[k].append(_silhouette(of_k, member.sum(axis=0), labels[k][block]))
    return {k: np.concatenate(v) for k, v in values.items()}


def _silhouette(sums: Matrix, sizes: Matrix, own: Labels) -> Matrix:
    """Silhouettes of rows from their summed distances to every segment (rows x k); 0 in a segment of one."""
    if (sizes > 0).sum() < 2:
        return np.zeros(len(sums))
    at = (np.arange(len(sums)), own)
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = sums[at] / (sizes[own] - 1)
        others = np.where(sizes > 0, sums / sizes, np.inf)
        others[at] = np.inf
        nearest = others.min(axis=1)
        value = (nearest - inside) / np.maximum(inside, nearest)
    return np.where(sizes[own] > 1, np.nan_to_num(value), 0.0)


def _quantiles(values: Matrix, labels: Labels, k: int) -> list[list[float]]:
    of_segments = [values[labels == segment] for segment in range(k)]
    return [np.quantile(own, QUANTILES).tolist() if len(own) else [] for own in of_segments]


def _null(z: Matrix, ks: list[int], recipe: Recipe, seed: int) -> ByK:
    """The silhouettes of K-Means on one Gaussian sample with the covariance of z, after the recipe."""
    values, axes = np.linalg.eigh(np.atleast_2d(np.cov(z.T)))
    # The symmetric root: it does not depend on the signs that the decomposition happens to give.
    root = (axes * np.sqrt(np.maximum(values, 0))) @ axes.T
    blob = np.random.default_rng(seed).standard_normal(z.shape) @ root
    blob[:, constant(z)] = 0  # the root leaves rounding there, which the recipe would blow up to noise
    null = scaled_by(recipe, blob)
    enough = distinct_rows(null)
    labels = {k: kmeans(null, k, STARTS, seed).labels for k in ks if k < enough}
    means = {k: float(v.mean()) for k, v in silhouettes(null, labels).items()}
    return dict.fromkeys(ks, np.nan) | means


def _refit(z: Matrix, labels: Mapping[int, Labels], seed: int) -> ByK:
    """Adjusted Rand index between the fit and a refit on a part of the rows; 0 where k is too many for it."""
    from sklearn.metrics import adjusted_rand_score

    part = np.random.default_rng(seed).permutation(len(z))[: round(REFIT_SHARE * len(z))]
    enough = distinct_rows(z[part])
    return {
        k: float(adjusted_rand_score(v[part], kmeans(z[part], k, STARTS, seed).labels)) if k < enough else 0.0
        for k, v in labels.items()
    }
