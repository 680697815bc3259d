"""Is there structure at all, and at which number of segments: the figures behind the choice of k.

On at most `rows` customers (the first ones: they come ordered by md5, so they are a random sample), for each k:

- silhouette (Rousseeuw 1987) of the fit;
- null silhouette: the largest one that K-Means reaches at the same k on samples of one Gaussian with the covariance
  of z, passed through the same recipe. One blob has no segments, so only what exceeds this is structure (the idea of
  Tibshirani, Walther & Hastie 2001 with another reference and another measure);
- stability (Ben-Hur, Elisseeff & Guyon 2002): mean adjusted Rand index between the fit and refits on 80 % of the rows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from segmentation.arrow import Labels, Matrix
from segmentation.catalog import Recipe
from segmentation.kmeans import SEED, distinct_rows, kmeans
from segmentation.parallel import run
from segmentation.scaling import recipe_of

NULLS = 6
REFITS = 10
SHARE = 0.8
REFIT_ROWS = 3
STARTS=10
BLOCK = 512

ByK = dict[int, float]


@dataclass(frozen=True)
class Structure:
    """The figures of one k; NaN where a figure cannot be computed."""

    silhouette: float
    null_silhouette: float
    stability: float


def measure_structure(
    z: Matrix, labels: Mapping[int, Labels], recipe: Recipe, rows: int = 3000, workers: int | None = None
) -> dict[int, Structure]:
    """The figures for every k above 1 of the fit's labels (n numbers for each k) on the scaled customers z (n x d)."""
    few, many = z[:rows], z[: rows * REFIT_ROWS]
    few_labels = {k: v[: len(few)] for k, v in labels.items() if k > 1}
    many_labels = {k: v[: len(many)] for k, v in labels.items() if k > 1}
    tasks: list[Callable[[], ByK]] = [partial(_refit, many, many_labels, SEED + i) for i in range(REFITS)]
    tasks += [partial(_null, few, list(few_labels), recipe, SEED + i) for i in range(NULLS)]
    tasks += [partial(silhouettes, few, few_labels)]
    *others, found = run(tasks, workers)
    refits, nulls = others[:REFITS], others[REFITS:]
    return {
        k: Structure(
            silhouette=found[k],
            null_silhouette=max(null[k] for null in nulls),
            stability=float(np.mean([refit[k] for refit in refits])),
        )
        for k in few_labels
    }


def silhouettes(z: Matrix, labels: Mapping[int, Labels]) -> ByK:
    """The mean silhouette of every k, from one pass over the distances in blocks of rows.

    Equal to scikit-learn's silhouette_score; a product with the memberships of all k at once instead of a pass for
    each. 0 where the rows hold fewer than two segments.
    """
    from sklearn.metrics import euclidean_distances

    members = {k: np.eye(k)[v] for k, v in labels.items()}
    values: dict[int, list[Matrix]] = {k: [] for k in labels}
    stacked = np.hstack(list(members.values())) if members else np.empty((len(z), 0))
    edges = np.cumsum([0, *members])
    for start in range(0, len(z), BLOCK):
        block = slice(start, start + BLOCK)
        distances = euclidean_distances(z[block], z)
        # A row's distance to itself, which rounding makes slightly more than 0.
        distances[np.arange(len(distances)), np.arange(start, start + len(distances))] = 0
        sums = distances @ stacked
        for i, (k, member) in enumerate(members.items()):
            values[k].append(
                _silhouette(sums[:, edges[i] : edges[i + 1]], member.sum(axis=0), labels[k][block])
            )
    return {k: float(np.concatenate(v).mean()) for k, v in values.items()}


def _silhouette(sums: Matrix, sizes: Matrix, own: Labels) -> Matrix:
    """The silhouette of each row from its summed distances to every segment (rows x k); 0 for a segment of one."""
    if (sizes > 0).sum() < 2:
        return np.zeros(len(sums))
    at = (np.arange(len(sums)), own)
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = sums[at] / (sizes[own] - 1)
        others = np.where(sizes > 0, sums / sizes, np.inf)
        others[at] = np.inf
        nearest = others.min(axis=1)
        value: Matrix = (nearest - inside) / np.maximum(inside, nearest)
    return np.where(sizes[own] > 1, np.nan_to_num(value), 0.0)


def _null(z: Matrix, ks: list[int], recipe: Recipe, seed: int) -> ByK:
    """The silhouettes of K-Means on one Gaussian sample with the covariance of z, after the recipe."""
    chance = np.random.default_rng(seed)
    values, axes = np.linalg.eigh(np.atleast_2d(np.cov(z.T)))
    # The symmetric root: it does not depend on the signs that the decomposition happens to give.
    root = (axes * np.sqrt(np.maximum(values, 0))) @ axes.T
    null = recipe_of(chance.standard_normal(z.shape) @ root, recipe)
    enough = distinct_rows(null)
    labels = {k: kmeans(null, k, STARTS, seed).labels for k in ks if k < enough}
    return dict.fromkeys(ks, np.nan) | silhouettes(null, labels)


def _refit(z: Matrix, labels: Mapping[int, Labels], seed: int) -> ByK:
    """The adjusted Rand index between the fit and a refit on a part of the rows; 0 where those are too few for k."""
    from sklearn.metrics import adjusted_rand_score

    part = np.random.default_rng(seed).permutation(len(z))[: round(SHARE * len(z))]
    enough = distinct_rows(z[part])
    return {
        k: float(adjusted_rand_score(v[part], kmeans(z[part], k, STARTS, seed).labels)) if k < enough else 0.0
        for k, v in labels.items()
    }
