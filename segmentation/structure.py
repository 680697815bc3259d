"""Is there structure at all, and at which number of segments: the figures behind the choice of k.

For each k above 1:

- silhouette (Rousseeuw 1987) of the fit, on at most `rows` customers: the first ones, which are a random
  sample since they come ordered by md5;
- null silhouette: the largest one that K-Means reaches at the same k on samples without segments of the same
  size, passed through the same recipe: one Gaussian with the covariance of z, in which each column that has an
  atom (few values, or one value in many rows) takes the values of z by rank (NORTA, Cario & Nelson 1997). One
  crowd has no segments, nor have two coins, nor what is above some value of correlated numbers: only what exceeds
  them is structure (the idea of Tibshirani, Walther & Hastie 2001, with another reference and measure);
- stability (Ben-Hur, Elisseeff & Guyon 2002): the mean adjusted Rand index between the fit and refits, each on
  80 % of at most REFIT_ROWS times `rows` customers who are drawn anew from all, with its interval. More customers
  than the silhouette's, because K-Means costs one pass over the customers and not over their pairs, and because
  on few customers two nearly equal solutions change places that the fit on all tells apart;
- BIC of Gaussian mixtures (see mixtures.py), where no column has an atom.

SCREENINGS refits for every k. REFITS in all, and a BIC, only for the candidates, those among which the rule
(k_selection) can choose: they may still pass, and their excess is near the best of these.

Six starts for the refits, where the fit has ten: a refit that stops at a local optimum makes stable segments look
unstable. On the card file, standard, k = 3, in four orders of the rows, ten refits give .80 .84 .75 .77 with four
starts, .97 .90 .83 .91 with six and .97 .90 .83 .96 with ten. Four for the nulls, of which the largest counts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from segmentation.arrow import Labels, Mask, Matrix
from segmentation.catalog import Recipe
from segmentation.inflation import constant
from segmentation.kmeans import SEED, distinct_rows, kmeans
from segmentation.mixtures import Bic, mixture_bics
from segmentation.parallel import run
from segmentation.scaling import scaled_by

NULLS = 6
SCREENINGS = 4
REFITS = 20
REFIT_SHARE = 0.8
REFIT_ROWS = 3
STARTS = 6
NULL_STARTS = 4
FEW_VALUES = 12
"""A column with at most so many values has an atom, ..."""
CORRECTIONS = 4
ATOM = 0.1
"""... and one with a value in such a share of the rows."""
CONFIDENCE = 0.95
BLOCK = 512
QUANTILES = np.linspace(0, 1, 41)

ByK = dict[int, float]


@dataclass(frozen=True)
class Gate:
    """What the rule asks of a k (vars of the project)."""

    min_excess: float
    min_stability: float
    min_share: float
    near_share: float
    """Of the best excess: the rule looks at no k with less."""

    def candidates(self, excess: ByK, upper: ByK, smallest_share: ByK) -> list[int]:
        """The k that may pass, by the upper end of their stability, with an excess near the best of these."""
        passing = [
            k
            for k in excess
            if excess[k] > self.min_excess and upper[k] >= self.min_stability and smallest_share[k] >= self.min_share
        ]
        best = max((excess[k] for k in passing), default=0.0)
        return [k for k in passing if excess[k] >= self.near_share * best]


@dataclass(frozen=True)
class Structure:
    """The figures of one k; the null silhouette is NaN where no null sample has k + 1 distinct rows."""

    silhouette: float
    null_silhouette: float
    stability: float
    stability_lower: float
    """The mean of such refits is not below, with the CONFIDENCE of Student's t; nor, as likely, above ..."""
    stability_upper: float
    stability_min: float
    stability_customers: int
    """On so many customers is each refit."""
    bic: Bic | None
    """Of a candidate, where no column has an atom: Gaussians do not describe those."""
    silhouettes: list[list[float]]
    """Of each of the k segments: its customers' silhouettes at the QUANTILES, ascending; empty without customers."""


def measure_structure(
    z: Matrix,
    labels: Mapping[int, Labels],
    recipe: Recipe,
    rows: int = 3000,
    workers: int | None = None,
    gate: Gate | None = None,
    screenings: int = SCREENINGS,
    nulls: int = NULLS,
) -> dict[int, Structure]:
    """The figures of every k above 1, from the scaled customers z (n x d) and the fit's n labels for each k.

    Without a gate no k is a candidate. The same for every number of workers: each sample has its own seed.
    """
    recipe = replace(recipe, max_vif=None)  # what was left out does not vary in z
    labels = {k: own for k, own in labels.items() if k > 1}
    few = z[:rows]
    few_labels = {k: own[: len(few)] for k, own in labels.items()}
    customers = round(REFIT_SHARE * min(len(z), rows * REFIT_ROWS))
    tasks: list[Callable[[], Any]] = [
        *(partial(_refit, z, labels, customers, SEED + i) for i in range(screenings)),
        *(partial(_null, few, list(labels), recipe, SEED + i) for i in range(nulls)),
        partial(silhouettes, few, few_labels),
    ]
    *others, found = run(tasks, workers)
    null = {k: float(np.fmax.reduce([sample[k] for sample in others[screenings:]])) for k in labels}
    excess = {k: float(found[k].mean()) - null[k] for k in labels}
    shares = {k: float(np.bincount(own, minlength=k).min() / len(z)) for k, own in labels.items()}
    indices = {k: [refit[k] for refit in others[:screenings]] for k in labels}
    done: set[int] = set()
    bics: dict[int, Bic] = {}
    # What seems to pass may turn out not to: then others are near the best.
    while gate:
        upper = {k: interval(values)[2] for k, values in indices.items()}
        near = {k: labels[k] for k in gate.candidates(excess, upper, shares) if k not in done}
        if not near:
            break
        refits = run([partial(_refit, z, near, customers, SEED + i) for i in range(screenings, REFITS)], workers)
        indices |= {k: indices[k] + [refit[k] for refit in refits] for k in near}
        done |= set(near)
        if not has_atom(few).any():
            bics |= mixture_bics(few, {k: few_labels[k] for k in near}, workers)
    return {
        k: Structure(
            float(found[k].mean()),
            null[k],
            *interval(indices[k]),
            min(indices[k]),
            customers,
            bics.get(k),
            _quantiles(found[k], few_labels[k], k),
        )
        for k in labels
    }


def interval(indices: Sequence[float]) -> tuple[float, float, float]:
    """Mean and, where there are several, the bounds of Student's t for it; no index is above 1."""
    from scipy.special import stdtrit

    mean, count = float(np.mean(indices)), len(indices)
    if count < 2:
        return mean, np.nan, np.nan
    reach = float(stdtrit(count - 1, CONFIDENCE) * np.std(indices, ddof=1) / np.sqrt(count))
    return mean, mean - reach, min(mean + reach, 1.0)


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
    """The silhouettes of K-Means on one sample without segments, after the recipe."""
    null = null_sample(z, recipe, seed)
    enough = distinct_rows(null)
    labels = {k: kmeans(null, k, NULL_STARTS, seed).labels for k in ks if k <= enough}
    means = {k: float(v.mean()) for k, v in silhouettes(null, labels).items()}
    return dict.fromkeys(ks, np.nan) | means


def null_sample(z: Matrix, recipe: Recipe, seed: int) -> Matrix:
    """As many rows as z, of one Gaussian after the recipe: with z's covariance, and z's values where it has atoms.

    Taking values by rank weakens correlations, so the Gaussian's are strengthened by what is missing, a few times.
    """
    normal = np.random.default_rng(seed).standard_normal(z.shape)
    atom, still = has_atom(z), constant(z)
    own = atom[:, None] | atom
    np.fill_diagonal(own, False)
    wanted = covariance = np.atleast_2d(np.cov(z.T))
    sample = _with_values(z, normal @ _root(covariance), atom)
    for _ in range(CORRECTIONS if atom.any() else 0):
        covariance = covariance + np.where(own, wanted - np.cov(sample.T), 0)
        sample = _with_values(z, normal @ _root(covariance), atom)
    sample[:, still] = 0  # the root leaves rounding there, which the recipe would blow up to noise
    # The values of z are transformed already; scaling them again changes nothing.
    transforms = tuple("none" if is_own else name for is_own, name in zip(atom, recipe.transforms, strict=True))
    return scaled_by(replace(recipe, transforms=transforms), sample)


def _root(covariance: Matrix) -> Matrix:
    """The symmetric one: it does not depend on the signs that the decomposition happens to give."""
    values, axes = np.linalg.eigh(covariance)
    root: Matrix = (axes * np.sqrt(np.maximum(values, 0))) @ axes.T
    return root


def _with_values(z: Matrix, sample: Matrix, columns: Mask) -> Matrix:
    """The sample (as large as z), in which some columns take the values of z by rank."""
    for column in np.flatnonzero(columns):
        sample[np.argsort(sample[:, column], kind="stable"), column] = np.sort(z[:, column])
    return sample


def has_atom(z: Matrix) -> Mask:
    """Which columns take few values, or one value in many rows; not those that do not vary."""
    counts = [np.unique(column, return_counts=True)[1] for column in z.T]
    return np.array([len(c) <= FEW_VALUES or c.max() >= ATOM * len(z) for c in counts], np.bool_) & ~constant(z)


def _refit(z: Matrix, labels: Mapping[int, Labels], customers: int, seed: int) -> ByK:
    """Adjusted Rand index between the fit and a refit on so many of the rows; 0 where k is too many for it."""
    from sklearn.metrics import adjusted_rand_score

    if not labels:
        return {}
    part = np.random.default_rng(seed).permutation(len(z))[:customers]
    enough = distinct_rows(z[part])
    return {
        k: float(adjusted_rand_score(v[part], kmeans(z[part], k, STARTS, seed).labels)) if k <= enough else 0.0
        for k, v in labels.items()
    }
