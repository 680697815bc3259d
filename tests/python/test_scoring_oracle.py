"""SQL scales and scores every customer as scikit-learn would, for both recipes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from conftest import Warehouse
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import PowerTransformer, StandardScaler

Matrix = NDArray[np.float64]
STUDIES = ["card_usage", "relationship"]


@pytest.fixture(scope="module")
def standard(new_warehouse: Callable[[], Warehouse]) -> Warehouse:
    overrides = {study: {"recipe": "standard", "segments": 5} for study in STUDIES}
    warehouse = new_warehouse()
    read = ("--select", "+segment_assignments", "+pca_coordinates")
    assert warehouse.build(*read, studies=STUDIES, study_overrides=overrides) == ""
    return warehouse


@pytest.fixture(params=["robust", "standard"])
def recipe(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def bank(recipe: str, request: pytest.FixtureRequest) -> Warehouse:
    built: Warehouse = request.getfixturevalue("sample" if recipe == "robust" else "standard")
    return built


def matrix(bank: Warehouse, relation: str, column: str, study: str) -> Matrix:
    """A list column of a study's customers, ordered by key; NULL is NaN."""
    order = (
        "customer_id" if relation.startswith("training") or "from training" in relation else "customer_id, as_of_date"
    )
    lists = bank.rows(f"select {column} from {relation} where study = '{study}' order by {order}")
    return np.array([[np.nan if v is None else v for v in row] for (row,) in lists], dtype=np.float64)


class Oracle:
    """Fill, clip, power transform and z-score with scikit-learn alone, fitted on the training sample."""

    def __init__(self, recipe: str, sample: Matrix) -> None:
        self.robust = recipe == "robust"
        self.fill = SimpleImputer(strategy="median" if self.robust else "mean").fit(sample)
        filled = self.fill.transform(sample)
        self.bounds = np.quantile(filled, [0.01, 0.99], axis=0)
        self.scale: Any = PowerTransformer(method="yeo-johnson") if self.robust else StandardScaler()
        self.scale.fit(self.clip(filled))

    def clip(self, x: Matrix) -> Matrix:
        return np.clip(x, *self.bounds) if self.robust else x

    def transform(self, x: Matrix) -> Matrix:
        z: Matrix = self.scale.transform(self.clip(self.fill.transform(x)))
        return z


def predictor(bank: Warehouse, study: str) -> KMeans:
    """scikit-learn's K-Means with the centres of the model in force."""
    centres = np.array(bank.value(f"select centres from segment_models where study = '{study}'"))
    model = KMeans(len(centres), init=centres, n_init=1, max_iter=1).fit(centres)
    model.cluster_centers_ = centres
    return model


@pytest.mark.parametrize("study", STUDIES)
def test_segments_and_distances_of_every_row(bank: Warehouse, recipe: str, study: str) -> None:
    oracle = Oracle(recipe, matrix(bank, "training_sample", "features", study))
    z = oracle.transform(matrix(bank, "feature_vectors", "features", study))
    model = predictor(bank, study)
    ours = np.array(
        bank.rows(
            "select segment, distance, runner_up_segment, runner_up_distance, margin from segment_assignments "
            f"where study = '{study}' order by customer_id, as_of_date"
        )
    )
    distances = model.transform(z)
    order = np.argsort(distances, axis=1)
    rows = np.arange(len(z))
    assert len(ours) == len(z) > 4000
    np.testing.assert_array_equal(ours[:, 0], model.predict(z) + 1)
    np.testing.assert_array_equal(ours[:, 2], order[:, 1] + 1)
    np.testing.assert_allclose(ours[:, 1], distances[rows, order[:, 0]], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(ours[:, 3], distances[rows, order[:, 1]], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(ours[:, 4], 1 - ours[:, 1] / ours[:, 3], atol=1e-12)


@pytest.mark.parametrize("study", STUDIES)
def test_training_vectors_are_scaled_as_scikit_learn_scales(bank: Warehouse, recipe: str, study: str) -> None:
    sample = matrix(bank, "training_sample", "features", study)
    z = matrix(bank, "training_vectors", "z", study)
    np.testing.assert_allclose(z, Oracle(recipe, sample).transform(sample), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(z.std(axis=0), 1, atol=1e-9)


@pytest.mark.parametrize("study", STUDIES)
def test_coordinates_are_those_of_scikit_learns_pca(bank: Warehouse, study: str) -> None:
    z = matrix(bank, "training_vectors", "z", study)
    pca = PCA(2, svd_solver="full").fit(z)
    ours = np.array(
        bank.rows(
            "select component_1, component_2 from pca_coordinates inner join training_sample "
            "using (study, customer_id, as_of_date) "
            f"where study = '{study}' order by customer_id"
        )
    )
    theirs = pca.transform(z)
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), atol=1e-6)
    explained = bank.value(f"select explained from segment_models where study = '{study}'")
    np.testing.assert_allclose(explained, pca.explained_variance_ratio_, atol=1e-9)


@pytest.mark.parametrize("study", STUDIES)
def test_outliers_lie_beyond_the_samples_99th_percentile(bank: Warehouse, study: str) -> None:
    z = matrix(bank, "training_vectors", "z", study)
    limit = np.quantile(predictor(bank, study).transform(z).min(axis=1), 0.99)
    ours = bank.rows(f"select distance, is_outlier from segment_assignments where study = '{study}'")
    assert [o for _, o in ours] == [d > limit + 1e-9 or (o and d > limit - 1e-9) for d, o in ours]
    in_sample = bank.value(
        "select avg(is_outlier::integer) from segment_assignments "
        f"inner join training_sample using (study, customer_id, as_of_date) where study = '{study}'"
    )
    assert 0.005 <= in_sample <= 0.015
