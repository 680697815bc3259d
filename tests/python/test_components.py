"""Principal components: equal to scikit-learn's, with a fixed sign and always as many as asked for."""

import numpy as np
import pytest
from numpy.typing import NDArray
from planted import public, shapeless, vectors
from sklearn.decomposition import PCA

from segmentation.arrow import COMPONENTS
from segmentation.catalog import Recipe
from segmentation.components import fit_components
from segmentation.scaling import scaled_by

Matrix = NDArray[np.float64]


@pytest.fixture
def z() -> Matrix:
    return shapeless("correlated", 5, seed=1, customers=300).x


def test_components_are_those_of_scikit_learn(z: Matrix) -> None:
    table = fit_components(vectors(z), count=3)
    assert table.schema == COMPONENTS
    (row,) = table.to_pylist()
    pca = PCA(3).fit(z)
    np.testing.assert_allclose(row["explained"], pca.explained_variance_ratio_, rtol=1e-9)
    np.testing.assert_allclose(np.abs(row["loadings"]), np.abs(pca.components_), rtol=1e-9)
    np.testing.assert_allclose(row["centre"], z.mean(axis=0), rtol=1e-9)


def test_the_largest_loading_is_positive(z: Matrix) -> None:
    for x in (z, -z):
        (row,) = fit_components(vectors(x)).to_pylist()
        for loadings in row["loadings"]:
            assert max(loadings, key=abs) > 0


@pytest.mark.parametrize("z", [np.arange(9.0)[:, None], np.outer(np.arange(9.0), [1, 2, 3]), np.ones((9, 2))])
def test_missing_components_are_zeros(z: Matrix) -> None:
    (row,) = fit_components(vectors(z)).to_pylist()
    constant = z.std() == 0
    assert row["explained"] == pytest.approx([0 if constant else 1, 0])
    assert row["loadings"][1] == [0] * z.shape[1]


def test_card_file_gives_the_reference_shares() -> None:
    x = public("cc_general.csv")
    z = scaled_by(Recipe("standard", ("none",) * 17, np.ones(17)), x)
    (row,) = fit_components(vectors(z)).to_pylist()
    assert row["explained"] == pytest.approx([0.2729, 0.2030], abs=0.0001)
    np.testing.assert_allclose(row["centre"], 0, atol=1e-9)
