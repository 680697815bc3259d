"""The figures behind the choice of k: silhouettes, their null, stability."""

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray
from planted import blobs
from sklearn.metrics import silhouette_samples, silhouette_score

from segmentation.catalog import Recipe
from segmentation.clustering import fit_every_k
from segmentation.kmeans import Partition
from segmentation.scaling import scaled_by
from segmentation.structure import measure_structure, silhouettes

Matrix = NDArray[np.float64]


def recipe(name: str, columns: int, weights: list[float] | None = None) -> Recipe:
    return Recipe(name, ("yeo_johnson",) * columns, np.array(weights or [1.0] * columns))


def labels(fits: Mapping[int, Partition]) -> dict[int, NDArray[np.int32]]:
    return {k: fit.labels for k, fit in fits.items()}


@pytest.fixture(scope="module")
def z() -> Matrix:
    return scaled_by(recipe("standard", 4), blobs("blobs", 3, 4, seed=5, customers=700).x)


def test_silhouettes_are_those_of_scikit_learn(z: Matrix) -> None:
    fits = labels(fit_every_k(z, 6))
    del fits[1]
    found = silhouettes(z, fits)
    assert list(found) == list(fits)
    for k, v in fits.items():
        assert found[k] == pytest.approx(silhouette_samples(z, v), abs=1e-12)


def test_the_silhouettes_of_each_segment_are_kept_as_quantiles(z: Matrix) -> None:
    own = fit_every_k(z, 3)[3].labels
    found = measure_structure(z, {3: own}, recipe("standard", 4), rows=500)[3]
    expected = silhouette_samples(z[:500], own[:500])
    assert found.silhouette == pytest.approx(expected.mean(), abs=1e-12)
    for segment in range(3):
        of_segment = np.quantile(expected[own[:500] == segment], np.arange(41) / 40)
        assert found.silhouettes[segment] == pytest.approx(of_segment, abs=1e-12)


def test_silhouette_of_a_segment_of_one_and_of_an_empty_one() -> None:
    z = np.array([[0.0], [0.1], [5.0], [5.2], [9.0]])
    # The third of four segments has nobody among these rows, the last has one.
    own = np.array([0, 0, 1, 1, 3], dtype=np.int32)
    assert silhouettes(z, {4: own})[4] == pytest.approx(silhouette_samples(z, own), abs=1e-12)
    assert not silhouettes(z, {2: np.zeros(5, dtype=np.int32)})[2].any()


def test_duplicates_are_no_distance_apart() -> None:
    # Far from 0, where the square of a sum loses the digits of a small difference.
    z = np.repeat([[1000.0, 1000.0], [1000.5, 1000.0]], 20, axis=0)
    own = np.repeat([0, 1], 20).astype(np.int32)
    assert silhouettes(z, {2: own})[2] == pytest.approx(np.ones(40))


def test_workers_do_not_matter(z: Matrix) -> None:
    fits = labels(fit_every_k(z, 4))
    one, three = (measure_structure(z, fits, recipe("robust", 4), 500, workers) for workers in (1, 3))
    assert one == three
    assert sorted(one) == [2, 3, 4]


def test_the_silhouette_is_of_the_first_rows(z: Matrix) -> None:
    fits = labels(fit_every_k(z, 3))
    found = measure_structure(z, fits, recipe("standard", 4), rows=300)
    assert found[3].silhouette == pytest.approx(silhouette_score(z[:300], fits[3][:300]), abs=1e-12)


def test_the_null_has_the_weights_of_the_study() -> None:
    # With nearly all weight on one column, one blob is as good as a line: a high silhouette and no excess.
    x = np.random.default_rng(3).standard_normal((800, 5))
    steps = recipe("standard", 5, [1.0, 0.01, 0.01, 0.01, 0.01])
    z = scaled_by(steps, x)
    found = measure_structure(z, labels(fit_every_k(z, 3)), steps)
    assert found[2].silhouette > 0.5
    assert found[2].silhouette - found[2].null_silhouette < 0.01


def test_columns_that_do_not_vary_do_not_change_the_null(z: Matrix) -> None:
    """What a study's max_vif leaves out is 0 in z, and must not become noise in the null samples."""
    padded = np.insert(z, [0, 1, 1, 2, 3, 4, 4, 4], 0.0, axis=1)
    fits = labels(fit_every_k(z, 4))
    null = measure_structure(z, fits, recipe("standard", 4))
    same = measure_structure(padded, fits, recipe("standard", 12))
    for k in (2, 3, 4):
        assert same[k].null_silhouette == pytest.approx(null[k].null_silhouette, abs=0.04)


def test_stability_tells_segments_from_arbitrary_cuts() -> None:
    blob = np.random.default_rng(4).standard_normal((600, 6))
    steps = recipe("standard", 6)
    cut = measure_structure(blob, labels(fit_every_k(blob, 4)), steps)
    real = scaled_by(steps, blobs("blobs", 4, 6, seed=6, customers=600).x)
    segments = measure_structure(real, labels(fit_every_k(real, 4)), steps)
    assert cut[4].stability < 0.6
    assert segments[4].stability > 0.95


def test_too_few_rows_for_a_refit_count_as_unstable() -> None:
    z = np.arange(10.0)[:, None] ** 2
    found = measure_structure(z, labels(fit_every_k(z, 9)), recipe("standard", 1))
    assert found[8].stability == found[9].stability == 0
    assert found[2].stability > 0
