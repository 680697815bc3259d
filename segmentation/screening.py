"""Which features repeat others: variance inflation factors, and what a selection by them keeps."""

import numpy as np

from segmentation.arrow import Mask, Matrix

SINGULAR = 1e-10


def variance_inflation(x: Matrix, variables: tuple[str, ...] = ()) -> Matrix:
    """The variance inflation factor of each column of x (n x d, nothing missing): 1 / (1 - R^2) of its regression,
    with an intercept, on the other columns (Marquardt 1970, Technometrics 12).

    The columns of one categorical variable (positions of one name in `variables`) sum to 1 by construction: they do
    not count against each other. 1 for a constant column; infinite where the others give the column exactly.
    """
    d = x.shape[1]
    names = np.array(variables or [str(i) for i in range(d)])
    varies = x.std(axis=0) > 0
    correlation = np.eye(d)
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation[np.ix_(varies, varies)] = np.corrcoef(x[:, varies], rowvar=False)
    return np.array([_inflation(correlation, j, varies & (names != names[j])) for j in range(d)])


def select_by_vif(x: Matrix, variables: tuple[str, ...], limit: float) -> Mask:
    """Which columns a greedy selection keeps: the one with the largest factor goes until none is above the limit."""
    kept = np.ones(x.shape[1], dtype=bool)
    names = np.array(variables or [str(i) for i in range(x.shape[1])])
    while kept.sum() > 1:
        factors = variance_inflation(x[:, kept], tuple(names[kept]))
        if factors.max() <= limit:
            break
        kept[np.flatnonzero(kept)[factors.argmax()]] = False
    return kept


def _inflation(correlation: Matrix, j: int, others: Mask) -> float:
    between = correlation[j, others]
    # A pseudo-inverse, because the others may be collinear among themselves.
    explained = between @ np.linalg.pinv(correlation[np.ix_(others, others)], hermitian=True) @ between
    return float(np.inf if explained > 1 - SINGULAR else 1 / (1 - max(0.0, explained)))
