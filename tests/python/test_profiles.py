"""The z-scores by which segments are named."""

import numpy as np
import pytest

from segmentation.profiles import profile_z


def test_means_against_everybody_in_standard_deviations() -> None:
    # Values 1, 3 | 8, missing: mean 4, standard deviation 2.9439; the constant column sets nobody apart.
    x = np.array([[1.0, 7.0], [3.0, 7.0], [8.0, 7.0], [np.nan, 7.0]])
    z = np.array(profile_z(x, np.array([0, 0, 1, 1], dtype=np.int32), 2))
    assert z[:, 0] == pytest.approx([(2 - 4) / 2.94392, (8 - 4) / 2.94392], abs=1e-5)
    assert z[:, 1].tolist() == [0, 0]


def test_of_a_segment_without_any_value_nothing_is_known() -> None:
    x = np.array([[1.0], [2.0], [np.nan]])
    assert profile_z(x, np.array([0, 0, 1], dtype=np.int32), 2) == [[0.0], [None]]
