"""K-Means as the whole library uses it: Lloyd in float64, several starts, the largest segment first."""

from dataclasses import dataclass

import numpy as np

from segmentation.arrow import Labels, Matrix

SEED = 42
STARTS = 10
FEW = 5000
STARTS_OF_FEW = 25


@dataclass(frozen=True)
class Partition:
    """Customers in k segments, numbered from 0, largest first (ties by centre, lexicographically)."""

    labels: Labels
    """n numbers 0..k-1."""
    centres: Matrix
    """k x d."""
    inertia: float
    """Sum of the squared distances to the own centre."""


def kmeans(z: Matrix, k: int, starts: int | None = None, seed: int = SEED) -> Partition:
    """The best of `starts` runs of K-Means on z (n x d, scaled); k must not be above the number of distinct rows.

    One start (scikit-learn's "auto") misses the best solution in 9 of 20 seeds: never use it. Up to FEW customers
    have more starts, which cost little there: on the public wealth file (1,000 customers without segments, k = 4)
    the best of 10 lies up to .9 % above the best known inertia, by the order of the rows, the best of 25 .2 %.
    To be called through `parallel.run`, on one thread: the result depends on the number of threads.
    """
    from sklearn.cluster import KMeans

    starts = starts or (STARTS_OF_FEW if len(z) <= FEW else STARTS)
    fit = KMeans(k, n_init=starts, random_state=seed, algorithm="lloyd").fit(z)
    sizes = np.bincount(fit.labels_, minlength=k)
    order = np.lexsort((*fit.cluster_centers_.T[::-1], -sizes))
    number = np.argsort(order).astype(np.int32)
    return Partition(number[fit.labels_], fit.cluster_centers_[order], float(fit.inertia_))


def distinct_rows(z: Matrix) -> int:
    """How many different customers there are: K-Means finds no more segments than that."""
    return len(np.unique(z, axis=0))


def calinski_harabasz(z: Matrix, labels: Labels) -> float | None:
    """The index of n labelled rows; None where the rows of every segment are alike, which no number can say."""
    from sklearn.metrics import calinski_harabasz_score

    centres = np.array([z[labels == segment].mean(axis=0) for segment in np.unique(labels)])
    inside = np.square(z - centres[np.unique(labels, return_inverse=True)[1]]).sum()
    if inside <= 1e-12 * np.square(z - z.mean(axis=0)).sum():
        return None
    return float(calinski_harabasz_score(z, labels))
