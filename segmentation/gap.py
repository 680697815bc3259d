"""The gap statistic (Tibshirani, Walther & Hastie 2001, Journal of the Royal Statistical Society B 63).

How much smaller the inertia of K-Means is on the customers than on boxes of the same extent along their principal
axes, filled evenly. For reference beside the rule for the number of segments, which is right more often: so few
boxes, few customers and few starts are enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from segmentation.arrow import Matrix
from segmentation.kmeans import SEED, distinct_rows, kmeans
from segmentation.parallel import run

BOXES = 4
ROWS = 1000
STARTS = 3


@dataclass(frozen=True)
class Gap:
    """Of one k."""

    value: float
    """Mean log inertia of the boxes - log inertia of the customers."""
    deviation: float
    """Standard deviation over the boxes x the root of 1 + 1 / BOXES: what a difference of gaps must exceed."""


def gap_statistic(z: Matrix, ks: Sequence[int], workers: int | None = None) -> dict[int, Gap]:
    """The gap of every k below the number of distinct rows among the first ROWS of z (n x d, in a random order)."""
    z = z[:ROWS]
    ks = [k for k in ks if k < distinct_rows(z)]
    box = _box(z)
    samples = [z, *(np.random.default_rng(SEED + i).uniform(*box, size=z.shape) for i in range(BOXES))]
    of_customers, *of_boxes = run([partial(_log_inertia, sample, ks) for sample in samples], workers)
    boxes = np.array(of_boxes)
    values = boxes.mean(axis=0) - of_customers
    deviations = boxes.std(axis=0) * np.sqrt(1 + 1 / BOXES)
    return {k: Gap(float(v), float(d)) for k, v, d in zip(ks, values, deviations, strict=True)}


def _box(z: Matrix) -> tuple[Matrix, Matrix]:
    """The least and the largest coordinates of z on its principal axes: K-Means does not mind the rotation."""
    centred = z - z.mean(axis=0)
    coordinates = centred @ np.linalg.svd(centred, full_matrices=False)[2].T
    coordinates = np.hstack([coordinates, np.zeros((len(z), z.shape[1] - coordinates.shape[1]))])
    return coordinates.min(axis=0), coordinates.max(axis=0)


def _log_inertia(z: Matrix, ks: Sequence[int]) -> Matrix:
    """The logarithm of K-Means' inertia for every k."""
    return np.log([kmeans(z, k, STARTS).inertia for k in ks])
