"""Variance inflation factors and what a selection by them keeps, alone and through dbt."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cards import cards, write
from conftest import CARD_FEATURES, Warehouse, shared_file
from numpy.typing import NDArray
from planted import catalog, settings, vectors
from sklearn.linear_model import LinearRegression

from segmentation.arrow import SCREENING
from segmentation.inflation import correlations, select_by_vif, variance_inflation
from segmentation.screening import screen_features

Matrix = NDArray[np.float64]

NINE = [
    "balance",
    "cash_advance",
    "cash_advance_frequency",
    "cash_advance_trx",
    "purchases_trx",
    "credit_limit",
    "payments",
    "minimum_payments",
    "prc_full_payment",
]
"""What the original kept by "VIF <= 5"."""


def by_regression(x: Matrix, variables: tuple[str, ...] = (), intercept: bool = True) -> Matrix:
    """The factors from d regressions by scikit-learn, in units that are alike (it drops what is tiny)."""
    spread = x.std(axis=0)
    x = (x - x.mean(axis=0) * intercept) / np.where(spread > 0, spread, 1)
    names = np.array(variables or [str(j) for j in range(x.shape[1])])
    factors = []
    for j, y in enumerate(x.T):
        others = x[:, names != names[j]]
        left = y - LinearRegression(fit_intercept=intercept).fit(others, y).predict(others)
        about = y - y.mean() if intercept else y
        factors.append((about @ about) / (left @ left) if spread[j] > 0 else 1.0)
    return np.array(factors)


def factors(x: Matrix, variables: tuple[str, ...] = ()) -> Matrix:
    return variance_inflation(correlations(x), variables)


@pytest.fixture
def x() -> Matrix:
    """800 customers in six skewed columns that go together, with large means and different units."""
    chance = np.random.default_rng(1)
    mixed = chance.standard_normal((800, 6)) * np.arange(1, 7) / 4 + 2 * chance.standard_normal((800, 1))
    skewed: Matrix = 1000 + np.exp(mixed / 3) * 10.0 ** np.arange(6)
    return skewed


@pytest.fixture
def one_hot() -> Matrix:
    """A number, the three categories of a variable that it depends on, the two of another."""
    chance = np.random.default_rng(2)
    first, second = chance.integers(3, size=600), chance.integers(2, size=600)
    return np.column_stack([first + chance.normal(0, 0.5, 600), np.eye(3)[first], np.eye(2)[second]])


def test_factors_are_those_of_regressions(x: Matrix) -> None:
    assert factors(x).max() > 2
    np.testing.assert_allclose(factors(x), by_regression(x), rtol=1e-6)


def test_categories_of_a_variable_do_not_count_against_each_other(one_hot: Matrix) -> None:
    variables = ("number", "first", "first", "first", "second", "second")
    found = factors(one_hot, variables)
    np.testing.assert_allclose(found, by_regression(one_hot, variables), rtol=1e-6)
    assert 1 < found.max() < 20
    assert np.isinf(factors(one_hot)[1:]).all()
    # What is dropped takes its name with it.
    repeated = np.column_stack([one_hot[:, 0], one_hot])
    dropped, within = select_by_vif(correlations(repeated), ("again", *variables), 100)
    assert dropped == [0]
    np.testing.assert_allclose(within[1:], found, rtol=1e-6)


def test_a_constant_column_has_the_factor_one_and_changes_no_other(x: Matrix) -> None:
    # Not 0 and 1 only: the mean of .1 is not .1 to the last digit.
    padded = np.column_stack([np.full(len(x), 0.1), x, np.zeros(len(x)), np.full(len(x), 1e9)])
    np.testing.assert_allclose(factors(padded), [1, *factors(x), 1, 1], rtol=1e-9)
    assert factors(np.ones((5, 2))).tolist() == [1, 1]
    assert select_by_vif(correlations(padded), (), 1e9)[0] == []


@pytest.mark.parametrize("seed", range(20))
def test_what_others_give_exactly_is_infinite(seed: int) -> None:
    """A column that is a sum of others: these are infinite, the rest is as by regression, and one of them goes."""
    chance = np.random.default_rng(seed)
    d = int(chance.integers(4, 12))
    x = chance.standard_normal((400, d)) @ chance.uniform(-1, 1, (d, d)) * 10.0 ** np.arange(d) + 5
    x = np.column_stack([x[:, 0] + x[:, 1], x])
    found = factors(x)
    assert np.isinf(found[:3]).all()
    np.testing.assert_allclose(found[3:], by_regression(x[:, 1:])[2:], rtol=1e-5)
    dropped, within = select_by_vif(correlations(x), (), 1e9)
    assert dropped == [0]
    np.testing.assert_allclose(within[1:], by_regression(x[:, 1:]), rtol=1e-5)
    assert np.isnan(within[0])


def test_a_selection_drops_the_largest_factor_until_none_is_above_the_limit(x: Matrix) -> None:
    for limit in (3, 5, 10):
        kept = list(range(6))
        while (by_hand := by_regression(x[:, kept])).max() > limit:
            kept.pop(int(by_hand.argmax()))
        dropped, within = select_by_vif(correlations(x), (), limit)
        assert [j for j in range(6) if j not in dropped] == kept
        np.testing.assert_allclose(within[kept], by_regression(x[:, kept]), rtol=1e-6)


def test_one_feature_is_always_kept(x: Matrix) -> None:
    assert select_by_vif(correlations(x), (), 1)[0] != []
    assert len(select_by_vif(correlations(np.repeat(x[:, :1], 4, axis=1)), (), 5)[0]) == 3
    assert select_by_vif(np.eye(1), (), 1) == ([], np.ones(1))
    assert select_by_vif(np.eye(2), (), 1)[0] == []


def test_the_order_of_rows_and_columns_does_not_matter(x: Matrix) -> None:
    """Nor where two columns have the same factor but for the last digit: the first one goes."""
    noise = np.random.default_rng(3).standard_normal(x.shape)
    both = np.column_stack([x, x + 0.5 * noise * x.std(axis=0)])
    pair = np.column_stack([x[:, 0], x[:, 0] + x[:, 1]])
    assert select_by_vif(np.array([[1, 0.9], [0.9 * (1 + 1e-12), 1]]), (), 2)[0] == [0]
    for seed in range(20):
        chance = np.random.default_rng(seed)
        rows = chance.permutation(len(x))
        assert select_by_vif(correlations(both[rows]), (), 2)[0] == select_by_vif(correlations(both), (), 2)[0]
        assert select_by_vif(correlations(pair[rows]), (), 1.01)[0] == [0]
        columns = chance.permutation(both.shape[1])
        turned = select_by_vif(correlations(both[:, columns]), (), 2)[0]
        assert columns[turned].tolist() == select_by_vif(correlations(both), (), 2)[0]


def screened(x: Matrix, *args: Any, **options: Any) -> dict[str, list[Any]]:
    """The columns of the screening of a study with the limit 5 (see planted.py)."""
    table = screen_features(vectors(x), catalog(x.shape[1], *args), settings(**options))
    assert table.schema == SCREENING
    columns: dict[str, list[Any]] = table.to_pydict()
    return columns


def test_the_figures_of_a_screening() -> None:
    """a; b = -.6 a and noise; c = a + b; a column with gaps; one that does not vary."""
    chance = np.random.default_rng(4)
    a = chance.normal(0, 1, 500)
    b = -0.6 * a + chance.normal(0, 1, 500)
    x = np.column_stack([a, b, a + b, chance.normal(0, 3, 500), np.full(500, 0.1)])
    x[::4, 3] = np.nan
    found = screened(x)
    assert found["position"] == [1, 2, 3, 4, 5]
    assert found["feature"] == [f"feature_{i}" for i in range(1, 6)]
    assert found["missing_share"] == [0, 0, 0, 0.25, 0]
    assert found["variance"] == pytest.approx(np.nanvar(x, axis=0), abs=1e-12)
    assert found["correlated_with"][:3] == ["feature_2", "feature_3", "feature_2"]
    with_b = [np.corrcoef(b, other)[0, 1] for other in (a, a + b)]
    assert found["largest_correlation"][:3] == pytest.approx([*with_b, with_b[1]])
    assert with_b[0] < 0 < with_b[1]
    filled = np.where(np.isnan(x[:, 3]), np.nanmean(x[:, 3]), x[:, 3])
    assert found["vif"][:3] == [np.inf] * 3
    assert found["vif"][3] == pytest.approx(by_regression(np.column_stack([a, b, filled]))[2])
    # The first of the three goes; b and a + b are then below the limit.
    assert found["dropped_as"] == [1, None, None, None, None]
    assert found["is_kept"] == [False, True, True, True, True]
    rest = by_regression(np.column_stack([b, a + b, filled]))
    assert found["vif_kept"][0] is None
    assert found["vif_kept"][1:] == pytest.approx([*rest, 1])
    assert (found["largest_correlation"][4], found["correlated_with"][4]) == (None, None)
    assert found["is_clustered"] == [True] * 5
    assert found["screening_max_vif"] == [5] * 5


def test_a_study_that_asks_is_clustered_without_what_its_own_limit_drops(x: Matrix) -> None:
    x = np.column_stack([x[:, 0] + x[:, 1], x])
    plain, asked = screened(x), screened(x, max_vif=1.5)
    assert asked.pop("is_clustered") != plain.pop("is_clustered") == [True] * 7
    assert asked == plain
    scaled = screened(x, max_vif=5)
    assert scaled["is_clustered"] == scaled["is_kept"]


def test_the_categories_of_a_variable_are_not_what_it_correlates_with(one_hot: Matrix) -> None:
    names = ["number", "first", "first", "first", "second", "second"]
    for seed in range(20):  # of equals, but for the last digit, the first
        a, b = np.random.default_rng(seed).standard_normal((2, 50))
        assert screened(np.column_stack([a, b, (2 + seed / 7) * b]))["correlated_with"][0] == "feature_2"
    found = screened(one_hot, "none", [1.0, 0.5, 0.5, 0.5, 1.0, 1.0], names, ["left", *["right"] * 5])
    assert found["correlated_with"][1] == found["correlated_with"][3] == "feature_1"
    np.testing.assert_allclose(found["vif"], by_regression(one_hot, tuple(names)), rtol=1e-6)


def test_factors_of_the_sample_bank_are_those_of_its_training_vectors(sample: Warehouse) -> None:
    """In every study without max_vif: there the scaled sample holds all that is screened."""
    variables: dict[str, list[str]] = {}
    for study, variable in sample.rows(
        "select study, variable from feature_catalog where role = 'cluster' order by study, position"
    ):
        variables.setdefault(study, []).append(variable)
    studies = sample.rows("select study from study_settings where max_vif is null")
    assert studies
    for (study,) in studies:
        lists = sample.rows(f"select z from training_vectors where study = '{study}' order by customer_id")
        found = [
            v for (v,) in sample.rows(f"select vif from feature_screening where study = '{study}' order by position")
        ]
        expected = by_regression(np.array([row for (row,) in lists]), tuple(variables[study]))
        finite = np.isfinite(found)
        np.testing.assert_allclose(np.array(found)[finite], expected[finite], rtol=1e-5)
        assert (expected[~finite] > 1e8).all()


def test_a_plain_build_leaves_it_out(sample: Warehouse, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert sample.dbt("ls", "--resource-type", "model", "--output", "name") == ""
    selected = capsys.readouterr().out.split()
    assert "kmeans_fits" in selected
    assert "feature_screening" not in selected


@pytest.fixture(scope="module")
def limited(new_warehouse: Callable[[], Warehouse], tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A few hundred customers of card_usage, clustered without what exceeds a factor of 3."""
    return build_limited(new_warehouse(), tmp_path_factory.mktemp("cards"))


def build_limited(warehouse: Warehouse, folder: Path, **variables: Any) -> Warehouse:
    path = write(cards(400), folder / "card_usage.csv")
    read = ("--select", "+feature_screening", "+segment_assignments", "+segment_traits", "+segment_profiles")
    override = {"card_usage": {"max_vif": 3, "segments": 4}}
    variables |= {"studies": ["card_usage"], "bank_files": {"card_usage": path}, "structure_rows": 200}
    assert warehouse.build(*read, study_overrides=override, **variables) == ""
    return warehouse


def test_what_max_vif_leaves_out_counts_for_nothing(limited: Warehouse) -> None:
    """Its place in the centres is 0, and SQL scores everybody as NumPy does on the features that are left."""
    clustered = np.array([c for (c,) in limited.rows("select is_clustered from feature_screening order by position")])
    assert 5 < clustered.sum() < 17
    ((fill, lower, upper, mean, scale, centres),) = limited.rows(
        "select fill, lower, upper, mean, scale, centres from segment_models"
    )
    np.testing.assert_array_equal(np.isfinite(scale), clustered)
    centres = np.array(centres)
    assert not centres[:, ~clustered].any()
    assert centres[:, clustered].all()
    z = np.array([row for (row,) in limited.rows("select z from training_vectors order by customer_id")])
    assert not z[:, ~clustered].any()
    np.testing.assert_allclose(by_regression(z[:, clustered]).max(), 3, atol=1)
    assert by_regression(z[:, clustered]).max() <= 3
    distances = np.linalg.norm(z[:, None, clustered] - centres[None][:, :, clustered], axis=2)
    ours = limited.rows("select segment, distance, margin from segment_assignments order by customer_id")
    np.testing.assert_array_equal([segment for segment, *_ in ours], distances.argmin(axis=1) + 1)
    np.testing.assert_allclose([distance for _, distance, _ in ours], distances.min(axis=1), rtol=1e-9)
    assert all(0 <= margin <= 1 for *_, margin in ours)
    assert len(fill) == len(lower) == len(upper) == len(mean) == 17


def test_what_max_vif_leaves_out_names_nobody(limited: Warehouse) -> None:
    """It is still described, and claims on it are still checked."""
    left_out = limited.rows("select feature from feature_screening where not is_clustered order by feature")
    traits = limited.rows("select distinct feature from segment_traits order by feature")
    assert len(traits) + len(left_out) == 17
    assert not set(traits) & set(left_out)
    assert set(left_out) <= set(limited.rows("select distinct feature from segment_profiles"))
    assert limited.value("select bool_and(isfinite(z_score)) from segment_profiles")


def test_another_limit_of_the_screening_is_no_other_model(limited: Warehouse, tmp_path: Path) -> None:
    limited = limited.copy(tmp_path)
    version = "select distinct model_version, screening_max_vif, sum(is_kept::integer) over () from feature_screening"
    ((before, five, few),) = limited.rows(version)
    build_limited(limited, tmp_path, screening_max_vif=20.5)
    ((after, twenty, many),) = limited.rows(version)
    assert (before, five, twenty) == (after, 5, 20.5)
    assert few < many
    assert limited.value("select count(*) from segment_models where version_number = 1") == 1


@pytest.fixture(scope="module")
def public_offers(new_warehouse: Callable[[], Warehouse]) -> Warehouse:
    """The public card file in the study of the original's nine features."""
    file = {"card_usage": shared_file("cc_general.csv")}
    warehouse = new_warehouse()
    given: dict[str, Any] = {"studies": ["card_offers"], "bank_files": file, "as_of_date": "2025-06-30"}
    assert warehouse.build("--select", "+segment_personas", **given) == ""
    return warehouse


def test_card_offers_on_the_public_file(public_offers: Warehouse) -> None:
    sizes = [n for (n,) in public_offers.rows("select customers from segment_personas order by customers")]
    assert sizes == pytest.approx([1443, 1445, 6062], rel=0.005)
    inertia = public_offers.value("select inertia from k_selection where is_chosen")
    assert inertia == pytest.approx(53401, rel=0.005)


def test_the_personas_of_card_offers_hold_on_the_public_file(public_offers: Warehouse) -> None:
    personas = public_offers.rows("select persona, claims > 0, claims_failed from segment_personas order by segment")
    names = ("Moderate Users", "Frequent Buyers", "Cash Borrowers")
    assert sorted(personas) == sorted((name, True, 0) for name in names)


def test_the_nine_features_of_the_original_are_those_of_a_factor_without_an_intercept(
    new_warehouse: Callable[[], Warehouse],
) -> None:
    """With an intercept a selection at 5 keeps 15 of 17; the original's nine are those below 5 at once, without one."""
    override = {"card_usage": {"recipe": "median_fill", "features": CARD_FEATURES}}
    file = {"card_usage": shared_file("cc_general.csv")}
    warehouse = new_warehouse()
    variables: dict[str, Any] = {"studies": ["card_usage"], "bank_files": file, "study_overrides": override}
    assert warehouse.build("--select", "+feature_screening", as_of_date="2025-06-30", **variables) == ""
    dropped = warehouse.rows("select feature from feature_screening where not is_kept order by dropped_as")
    assert dropped == [("purchases",), ("purchases_frequency",)]
    columns = ", ".join(f"coalesce({f}, median({f}) over ())::double" for f in CARD_FEATURES)
    x = np.array(warehouse.rows(f"select {columns} from features_card_usage order by customer_id"))
    found = [v for (v,) in warehouse.rows("select vif from feature_screening order by position")]
    np.testing.assert_allclose(found, by_regression(x), rtol=1e-5)
    uncentred = by_regression(x, intercept=False)
    assert [f for f, v in zip(CARD_FEATURES, uncentred, strict=True) if v <= 5] == NINE
