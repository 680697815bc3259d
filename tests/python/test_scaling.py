"""The recipes find the parameters that scikit-learn finds, and keep to their edge cases."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from planted import catalog, settings, vectors
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import PowerTransformer, StandardScaler

from segmentation.arrow import SCALING
from segmentation.catalog import Recipe
from segmentation.scaling import fit_recipe, fit_scaling, scaled_by

Matrix = NDArray[np.float64]


def assert_equal(found: Matrix, expected: Matrix) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


@pytest.fixture
def x() -> Matrix:
    """500 customers: lognormal, negative, with zeros and with missing values."""
    chance = np.random.default_rng(1)
    columns = [chance.lognormal(3, 1, 500), -chance.gamma(2, size=500), chance.poisson(1, 500)]
    x = np.column_stack(columns).astype(float)
    x[::7, 1] = np.nan
    return x


def apply(row: dict[str, Any], x: Matrix) -> Matrix:
    """The scaling as SQL applies it: fill, clip, Yeo-Johnson by its formula, z-score."""
    z = x.copy()
    for j, parameters in enumerate(zip(*(row[name] for name in SCALING.names[2:]), strict=True)):
        fill, lower, upper, power, mean, scale = parameters
        v = np.where(np.isnan(x[:, j]), fill, x[:, j])
        v = v if lower is None else np.clip(v, lower, upper)
        v = v if power is None else np.array([yeo_johnson(float(a), power) for a in v])
        z[:, j] = (v - mean) / scale
    return z


def yeo_johnson(v: float, power: float) -> float:
    if v >= 0:
        return float(((v + 1) ** power - 1) / power if power else np.log1p(v))
    return float(-((1 - v) ** (2 - power) - 1) / (2 - power) if power != 2 else -np.log1p(-v))


def fitted(x: Matrix, recipe: str, transform: str = "none", weights: list[float] | None = None) -> Matrix:
    d = x.shape[1]
    table = fit_scaling(vectors(x), catalog(d, transform, weights), settings(recipe))
    assert table.schema == SCALING
    (row,) = table.to_pylist()
    z = apply(row, x)
    # What the null samples go through is the same as what SQL applies.
    same = fit_recipe(x, Recipe(recipe, (transform,) * d, np.array(weights or [1.0] * d)))[1]
    assert_equal(z, same)
    return z


def test_standard_is_mean_fill_and_z_score(x: Matrix) -> None:
    expected = StandardScaler().fit_transform(SimpleImputer().fit_transform(x))
    assert_equal(fitted(x, "standard"), expected)


def test_standard_neither_clips_nor_transforms(x: Matrix) -> None:
    (row,) = fit_scaling(vectors(x), catalog(3, "yeo_johnson"), settings("standard")).to_pylist()
    assert row["lower"] == row["upper"] == row["lambdas"] == [None] * 3


def test_median_fill_is_median_fill_and_z_score(x: Matrix) -> None:
    expected = StandardScaler().fit_transform(SimpleImputer(strategy="median").fit_transform(x))
    assert_equal(fitted(x, "median_fill", "yeo_johnson"), expected)


@pytest.mark.parametrize("transform", ["none", "yeo_johnson"])
def test_robust_is_median_fill_clip_yeo_johnson_and_z_score(x: Matrix, transform: str) -> None:
    filled = SimpleImputer(strategy="median").fit_transform(x)
    clipped = np.clip(filled, *np.quantile(filled, [0.01, 0.99], axis=0))
    last = PowerTransformer(standardize=True) if transform == "yeo_johnson" else StandardScaler()
    assert_equal(fitted(x, "robust", transform), last.fit_transform(clipped))


@pytest.mark.parametrize("recipe", ["standard", "robust"])
def test_a_weight_multiplies_the_z_score(x: Matrix, recipe: str) -> None:
    weighted = fitted(x, recipe, "yeo_johnson", [2.0, 1.0, 0.5])
    assert_equal(weighted, fitted(x, recipe, "yeo_johnson") * [2, 1, 0.5])


@pytest.mark.parametrize("recipe", ["standard", "robust"])
def test_a_constant_column_is_scaled_by_one(x: Matrix, recipe: str) -> None:
    x[:, 0] = 0.1
    row = fit_scaling(vectors(x), catalog(3, "yeo_johnson", [5.0, 1.0, 1.0]), settings(recipe)).to_pylist()[0]
    assert row["scale"][0] == 1
    assert row["lambdas"][0] is None
    assert_equal(apply(row, x)[:, 0], np.zeros(500))


@pytest.mark.parametrize("least", [1e3, 1e9])
def test_a_column_that_yeo_johnson_would_flatten_is_kept(least: float) -> None:
    # Years: every lambda that makes them symmetric leaves hardly a digit of them.
    x = least + np.random.default_rng(2).gamma(1, size=(300, 1))
    scaling, z = fit_recipe(x, Recipe("robust", ("yeo_johnson",), np.ones(1)))
    assert np.isfinite(z).all()
    assert z.std() == pytest.approx(1, abs=1e-6)
    assert scaling.scale[0] > 0


def one_hot(customers: int = 500) -> Matrix:
    """A number and the three categories of a variable, one of them rare (3 %)."""
    chance = np.random.default_rng(3)
    category = chance.choice(3, customers, p=[0.6, 0.37, 0.03])
    return np.column_stack([chance.normal(50, 9, customers), np.eye(3)[category]])


def test_the_categories_of_a_variable_share_a_scale_and_vary_as_one_number() -> None:
    """Hennig & Liao: two random customers differ by q = weight^2 of what they differ by in one number (2)."""
    x, q = one_hot(), 0.5
    names, weights = ["number", "category", "category", "category"], [1.0, *[q**0.5] * 3]
    (row,) = fit_scaling(vectors(x), catalog(4, "none", weights, names), settings("robust")).to_pylist()
    assert row["scale"][1] == row["scale"][2] == row["scale"][3]
    (limited,) = fit_scaling(vectors(x), catalog(4, "none", weights, names), settings("robust", max_vif=5)).to_pylist()
    assert limited["scale"] == row["scale"]  # that they give each other exactly does not count
    z = apply(row, x)
    differences = ((z[:, None] - z[None]) ** 2).mean(axis=(0, 1))
    assert differences[0] == pytest.approx(2, rel=0.05)  # clipped
    assert differences[1:].sum() == pytest.approx(2 * q)
    assert_equal(z, scaled_by(Recipe("robust", ("none",) * 4, np.array(weights), tuple(names)), x))


def test_blocks_weigh_the_same(x: Matrix) -> None:
    """Three numbers against a number and a variable: the same total variance, whatever the counts and weights."""
    both = np.column_stack([x, one_hot(), np.ones(500)])
    names = ["a", "b", "c", "d", "e", "e", "e", "f"]
    weights, blocks = [1.0, 1, 3, 1, 0.7, 0.7, 0.7, 1], ["left"] * 3 + ["right"] * 5
    (row,) = fit_scaling(vectors(both), catalog(8, "none", weights, names, blocks), settings()).to_pylist()
    variance = apply(row, both).var(axis=0)
    assert variance[:3].sum() == pytest.approx(variance[3:].sum())
    # Within a block the weights stand as they are.
    assert variance[2] / variance[0] == pytest.approx(9)
    assert variance[4:7].sum() / variance[3] == pytest.approx(0.49)
    assert row["scale"][7] == 1


def test_features_beyond_max_vif_count_for_nothing(x: Matrix) -> None:
    """The sum of two columns goes; what is left is scaled as without it."""
    x = np.nan_to_num(x)
    doubled = np.column_stack([x, x[:, 0] + x[:, 1]])
    blocks = ["left", "left", "right", "left"]
    given = catalog(4, blocks=blocks), settings("standard", max_vif=5)
    (row,) = fit_scaling(vectors(doubled), *given).to_pylist()
    left_out = [j for j, scale in enumerate(row["scale"]) if np.isinf(scale)]
    assert len(left_out) == 1
    assert left_out != [2]
    kept = [j for j in range(4) if j not in left_out]
    rest = catalog(3, blocks=[blocks[j] for j in kept]), settings("standard")
    (without,) = fit_scaling(vectors(doubled[:, kept]), *rest).to_pylist()
    assert_equal(apply(row, doubled)[:, kept], apply(without, doubled[:, kept]))
    assert not apply(row, doubled)[:, left_out].any()


def test_every_version_has_its_own_row(x: Matrix) -> None:
    both = pa.concat_tables([vectors(x, version="a"), vectors(2 * x, version="b")])
    a, b = fit_scaling(both, catalog(3), settings()).to_pylist()
    assert (a["model_version"], b["model_version"]) == ("a", "b")
    assert_equal(b["scale"], np.array(a["scale"]) * 2)


def test_nothing_in_nothing_out(x: Matrix) -> None:
    empty = fit_scaling(vectors(x).slice(0, 0), catalog(3), settings())
    assert empty.schema == SCALING
    assert empty.num_rows == 0


@pytest.mark.parametrize(
    ("recipe", "transform", "weights", "message"),
    [
        ("rough", "none", [1.0, 1.0, 1.0], "known are standard, median_fill, robust"),
        ("robust", "log", [1.0, 1.0, 1.0], "known are none, yeo_johnson"),
        ("robust", "none", [1.0, 0.0, 1.0], "above 0"),
        ("robust", "none", [1.0, 1.0], "3 features, the catalog 2"),
    ],
)
def test_wrong_settings_are_named(x: Matrix, recipe: str, transform: str, weights: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_scaling(vectors(x), catalog(3, transform, weights), settings(recipe))


def test_a_column_without_any_value_is_named(x: Matrix) -> None:
    x[:, 1] = np.nan
    with pytest.raises(ValueError, match=r"positions \[2\]"):
        fit_scaling(vectors(x), catalog(3), settings())
