"""What sets each segment apart, in the units of the data: the figures by which segments are named."""

import numpy as np

from segmentation.arrow import Labels, Matrix
from segmentation.scaling import with_nulls


def profile_z(x: Matrix, labels: Labels, k: int) -> list[list[float | None]]:
    """The z-scores (k x d) of every segment's means against everybody's, from the unscaled x (n x d).

    Missing values (NaN) count neither in the means nor in the standard deviation. 0 where a feature does not vary,
    None where nobody in a segment has a value of it: nothing is known then, not that it is average.
    """
    known = ~np.isnan(x)
    filled = np.where(known, x, 0)
    members = np.eye(k)[labels]
    with np.errstate(invalid="ignore"):
        means = (members.T @ filled) / (members.T @ known)
    spread = np.nanstd(x, axis=0)
    z: Matrix = (means - np.nanmean(x, axis=0)) / np.where(spread > 0, spread, np.inf)
    return [with_nulls(row) for row in z]
