"""BIC of Gaussian mixtures (Fraley & Raftery 2002): would more segments describe the customers better?

Of all criteria that were tried beside the excess, this one and the gap statistic see best that two segments were taken
for one (docs/decisions/number-of-segments.md); each alone asks for too many somewhere. Lower is better.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from segmentation.arrow import Labels, Matrix
from segmentation.inflation import constant
from segmentation.parallel import run

STEPS = 15
LEAST_VARIANCE = 0.01
"""Columns of 0 and 1 may have no variance within a segment: a hundredth of the whole keeps the density finite."""


@dataclass(frozen=True)
class Bic:
    """Of one k, with covariances of two kinds."""

    diagonal: float
    full: float


def mixture_bics(z: Matrix, labels: Mapping[int, Labels], workers: int | None = None) -> dict[int, Bic]:
    """By k, of mixtures that start at the k segments of z (n x d). Columns that do not vary say nothing."""
    z = z[:, ~constant(z)]
    tasks = [partial(_bic, z, own, k, kind) for kind in ("diag", "full") for k, own in labels.items()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # STEPS steps are enough to compare
        found = run(tasks, workers)
    count = len(labels)
    return {k: Bic(*both) for k, *both in zip(labels, found[:count], found[count:], strict=True)}


def _bic(z: Matrix, labels: Labels, k: int, kind: str) -> float:
    from sklearn.mixture import GaussianMixture

    sizes = np.bincount(labels, minlength=k)
    means = np.array([z[labels == i].mean(axis=0) if sizes[i] else z.mean(axis=0) for i in range(k)])
    covariances = np.array([_covariance(z[labels == i] - means[i]) for i in range(k)])
    precisions = 1 / np.diagonal(covariances, axis1=1, axis2=2) if kind == "diag" else np.linalg.inv(covariances)
    mixture = GaussianMixture(
        k,
        covariance_type=kind,
        reg_covar=LEAST_VARIANCE,
        max_iter=STEPS,
        weights_init=np.maximum(sizes, 1) / np.maximum(sizes, 1).sum(),
        means_init=means,
        precisions_init=precisions,
        random_state=0,
    )
    return float(mixture.fit(z).bic(z))


def _covariance(centred: Matrix) -> Matrix:
    covariance: Matrix = centred.T @ centred / max(len(centred), 1) + LEAST_VARIANCE * np.eye(centred.shape[1])
    return covariance
