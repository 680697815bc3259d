"""The figures behind the choice of k: silhouettes, their null, stability."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from planted import blobs, discrete, settings
from scipy.stats import sem, t
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_samples, silhouette_score
from sklearn.mixture import GaussianMixture

from segmentation.catalog import Recipe
from segmentation.clustering import fit_every_k, gate_of
from segmentation.kmeans import Partition
from segmentation.mixtures import mixture_bics
from segmentation.scaling import scaled_by
from segmentation.structure import SCREENINGS, Gate, has_atom, interval, measure_structure, null_sample, silhouettes

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


def test_independent_flags_are_no_segments() -> None:
    """One Gaussian as the null makes an excess of .4 of them."""
    flips = np.random.default_rng(1).integers(0, 2, (600, 2)).astype(np.float64)
    steps = recipe("standard", 2)
    z = scaled_by(steps, flips)
    for figures in measure_structure(z, labels(fit_every_k(z, 4)), steps).values():
        assert abs(figures.silhouette - figures.null_silhouette) < 0.01


def test_flags_of_one_correlated_crowd_are_no_segments() -> None:
    """What is above some value of numbers that go together; with values by rank alone the excess is .08."""
    crowd = discrete("flags", 0, 6, seed=1, customers=800)
    steps = recipe("standard", 8)
    z = scaled_by(steps, crowd.x)
    for figures in measure_structure(z, labels(fit_every_k(z, 5)), steps).values():
        assert figures.silhouette - figures.null_silhouette < 0.015


def test_latent_classes_in_flags_are_found() -> None:
    chance = np.random.default_rng(2)
    shares = 0.05 + 0.9 * np.eye(4)
    flags = (chance.random((600, 4)) < shares[chance.integers(0, 4, 600)]).astype(np.float64)
    steps = recipe("standard", 4)
    z = scaled_by(steps, flags)
    found = measure_structure(z, labels(fit_every_k(z, 7)), steps)
    excess = {k: figures.silhouette - figures.null_silhouette for k, figures in found.items()}
    assert max(excess, key=lambda k: excess[k]) == 4
    assert excess[4] > 0.1


def test_a_null_sample_has_the_values_of_what_is_not_continuous() -> None:
    chance = np.random.default_rng(3)
    flag, amount = (
        chance.integers(0, 2, 500),
        np.where(chance.random(500) < 0.4, 0, np.exp(chance.standard_normal(500))),
    )
    x = np.column_stack([flag, amount, chance.standard_normal(500), np.ones(500)])
    x[:, 2] += 2 * flag
    steps = recipe("robust", 4)
    z = scaled_by(steps, x)
    assert has_atom(z).tolist() == [True, True, False, False]
    null = null_sample(z, steps, 42)
    np.testing.assert_allclose(np.sort(null[:, :2], axis=0), np.sort(z[:, :2], axis=0), atol=1e-3)
    assert len(np.unique(null[:, 2])) > 490  # ten are clipped
    assert not null[:, 3].any()
    # What goes together still does.
    assert np.corrcoef(null[:, 0], null[:, 2]).min() == pytest.approx(np.corrcoef(z[:, 0], z[:, 2]).min(), abs=0.2)
    assert abs(np.corrcoef(null[:, 0], null[:, 1]).min()) < 0.1


def test_what_has_an_atom() -> None:
    chance = np.random.default_rng(4)
    few, many = np.arange(1000) % 12, np.arange(1000) % 13
    tenth, less = (np.where(np.arange(1000) < count, 0, chance.standard_normal(1000)) for count in (100, 99))
    assert has_atom(np.column_stack([few, many, tenth, less]).astype(np.float64)).tolist() == [True, False, True, False]


@pytest.fixture(scope="module")
def crowd() -> Matrix:
    """Without segments, so that refits differ."""
    return scaled_by(recipe("standard", 5), np.random.default_rng(6).standard_normal((900, 5)))


def test_stability_is_the_mean_of_refits_on_four_fifths_of_all(crowd: Matrix) -> None:
    """Of 900 customers, 240 (80 % of three times 100), who are drawn anew each time."""
    own = labels(fit_every_k(crowd, 4))
    found = measure_structure(crowd, own, recipe("standard", 5), rows=100)[4]
    indices = []
    for seed in range(42, 42 + SCREENINGS):
        part = np.random.default_rng(seed).permutation(900)[:240]
        refit = KMeans(4, n_init=6, random_state=seed).fit(crowd[part]).labels_
        indices.append(adjusted_rand_score(own[4][part], refit))
    assert found.stability == pytest.approx(np.mean(indices), abs=1e-9)
    assert found.stability_min == pytest.approx(min(indices), abs=1e-9)
    lower, upper = t.interval(0.9, SCREENINGS - 1, np.mean(indices), sem(indices))
    assert (found.stability_lower, found.stability_upper) == pytest.approx((lower, upper), abs=1e-9)
    assert found.stability_customers == 240


def test_only_candidates_are_refitted_often_and_have_a_bic(z: Matrix) -> None:
    fits = labels(fit_every_k(z, 5))
    gate = Gate(min_excess=0.01, min_stability=0.8, min_share=0.02, near_share=0.75)
    steps = recipe("standard", 4)
    screened, found = (measure_structure(z, fits, steps, gate=given) for given in (None, gate))
    excess = {k: figures.silhouette - figures.null_silhouette for k, figures in found.items()}
    assert max(excess, key=lambda k: excess[k]) == 3
    assert [k for k, figures in found.items() if figures.bic] == [3]
    for k in (2, 4, 5):
        assert found[k] == screened[k]
    assert screened[3].bic is None
    reach = {
        name: figures[3].stability - figures[3].stability_lower
        for name, figures in (("few", screened), ("many", found))
    }
    assert reach["many"] < reach["few"] / 2
    assert found[3].stability_min <= screened[3].stability_min
    unsure = screened[4]
    assert unsure.stability < unsure.stability_upper <= 1
    between = (unsure.stability + unsure.stability_upper) / 2
    gate = replace(gate, min_excess=-1, min_stability=between, min_share=0, near_share=-10)
    assert measure_structure(z, {4: fits[4]}, steps, gate=gate)[4].bic
    assert interval([1, 1, 0.9, 1])[2] == 1


def test_candidates_may_pass_and_come_near_the_best() -> None:
    """Of .2 three quarters are .15; 5 is surely unstable, 6 too small, 7 no more than data without segments."""
    gate = Gate(min_excess=0.01, min_stability=0.8, min_share=0.02, near_share=0.75)
    excess = {2: 0.149, 3: 0.2, 4: 0.151, 5: 0.3, 6: 0.4, 7: 0.01}
    upper = {2: 1.0, 3: 0.8, 4: 0.9, 5: 0.79, 6: 1.0, 7: 1.0}
    share = {2: 0.1, 3: 0.02, 4: 0.1, 5: 0.1, 6: 0.019, 7: 0.1}
    assert gate.candidates(excess, upper, share) == [3, 4]
    assert gate.candidates({7: 0.01}, upper, share) == []
    assert gate.candidates({2: 0.375, 3: 0.5}, upper, share) == [2, 3]
    assert gate == gate_of(settings().to_pylist()[0])


def test_the_bic_is_that_of_a_mixture(z: Matrix) -> None:
    """Of clear segments the mixture of scikit-learn's own start is the same; a constant column changes nothing."""
    own = fit_every_k(z, 3)[3].labels
    found = mixture_bics(np.insert(z, 1, 0.0, axis=1), {3: own})[3]
    for kind, bic in (("diag", found.diagonal), ("full", found.full)):
        direct = GaussianMixture(3, covariance_type=kind, reg_covar=0.01, n_init=3, random_state=0).fit(z)
        assert bic == pytest.approx(direct.bic(z), rel=1e-3)


def test_too_few_rows_for_a_refit_count_as_unstable() -> None:
    z = np.arange(10.0)[:, None] ** 2
    found = measure_structure(z, labels(fit_every_k(z, 9)), recipe("standard", 1))
    assert found[8].stability == found[9].stability == 0
    assert found[2].stability > 0
