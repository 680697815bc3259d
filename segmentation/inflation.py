"""Variance inflation factors: how far the other columns of a matrix give a column, and a selection by them."""

import numpy as np

from segmentation.arrow import Mask, Matrix

SINGULAR = 1e-10
"""An unexplained share of the variance below it is rounding."""
TIE = 1e-9
"""Factors that differ by a smaller share are equal: which is larger is up to the order of a sum."""


def constant(x: Matrix) -> Mask:
    """Whether each column of x (n x d) varies by no more than rounding: the bound of scikit-learn's StandardScaler."""
    n, eps = len(x), np.finfo(np.float64).eps
    variance = x.var(axis=0)
    is_constant: Mask = variance <= n * eps * variance + (n * eps * x.mean(axis=0)) ** 2
    return is_constant


def correlations(x: Matrix) -> Matrix:
    """Pearson's correlations (d x d) of the columns of x (n x d, nothing missing); 0 with a constant column."""
    correlation = np.eye(x.shape[1])
    if (varies := ~constant(x)).any():
        correlation[np.ix_(varies, varies)] = np.corrcoef(x[:, varies], rowvar=False)
    return correlation


def variance_inflation(correlation: Matrix, variables: tuple[str, ...] = ()) -> Matrix:
    """The variance inflation factor of each of d columns, from their correlations (d x d): 1 / (1 - R^2) of its
    regression, with an intercept, on the other columns (Marquardt 1970, Technometrics 12).

    The columns of one categorical variable (positions of one name in `variables`; empty: each stands for itself) sum
    to 1 by construction: they do not count against each other. 1 for a constant column; infinite where the others
    give the column exactly.
    """
    between = of_others(variables, len(correlation))
    return np.array([_inflation(correlation, j, others) for j, others in enumerate(between)])


def select_by_vif(correlation: Matrix, variables: tuple[str, ...], limit: float) -> tuple[list[int], Matrix]:
    """The positions that a greedy selection drops, in this order, and the d factors within what it keeps (NaN where
    dropped). The largest factor goes (of equals the first one) until none is above the limit; one position stays.

    The arguments are those of `variance_inflation`.
    """
    kept, dropped = list(range(len(correlation))), []
    while True:
        names = tuple(variables[j] for j in kept) if variables else ()
        factors = variance_inflation(correlation[np.ix_(kept, kept)], names)
        if len(kept) == 1 or factors.max() <= limit:
            break
        dropped.append(kept.pop(int(np.argmax(factors >= factors.max() * (1 - TIE)))))
    within = np.full(len(correlation), np.nan)
    within[kept] = factors
    return dropped, within


def of_others(variables: tuple[str, ...], d: int) -> Mask:
    """d x d: whether two positions belong to different variables (see `variance_inflation`)."""
    names = np.array(variables or [str(j) for j in range(d)])
    different: Mask = names[:, None] != names[None, :]
    return different


def _inflation(correlation: Matrix, j: int, others: Mask) -> float:
    between = correlation[j, others]
    # A pseudo-inverse, because the others may be collinear among themselves.
    inverse = np.linalg.pinv(correlation[np.ix_(others, others)], rcond=SINGULAR, hermitian=True)
    explained = between @ inverse @ between
    return float(np.inf if explained > 1 - SINGULAR else 1 / (1 - max(0.0, explained)))
