"""Whether segments hang on the recipe, a feature or the algorithm; the gap statistic; the verdict."""

import csv
import hashlib
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from conftest import ROOT, Warehouse
from numpy.typing import NDArray
from planted import blobs, catalog, public, settings, shapeless, vectors
from scipy.stats import rankdata
from sklearn.cluster import HDBSCAN, AgglomerativeClustering, KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score, calinski_harabasz_score, davies_bouldin_score, silhouette_score
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler

from segmentation.algorithms import ALGORITHMS_BY_NAME, compare_algorithms
from segmentation.arrow import ALGORITHMS, SENSITIVITY
from segmentation.catalog import Recipe
from segmentation.clustering import fit_every_k
from segmentation.gap import BOXES, gap_statistic
from segmentation.kmeans import kmeans
from segmentation.samples import new_samples, read_samples
from segmentation.scaling import RECIPES, scaled_by
from segmentation.sensitivity import COMPARED, NULLS, REFITS, leave_one_out, measure_sensitivity, try_recipe
from segmentation.structure import measure_structure

Matrix = NDArray[np.float64]


def recipe(name: str, columns: int, **others: Any) -> Recipe:
    return Recipe(name, ("yeo_johnson",) * columns, np.ones(columns), **others)


def samples(x: Matrix, k: int) -> pa.Table:
    """What new_samples gives: the segments in force are those of K-Means on the z-scores."""
    z = scaled_by(recipe("standard", x.shape[1]), x)
    table = vectors(x).drop_columns("z").append_column("z", vectors(z)["z"])
    table = table.append_column("segments", pa.array([k] * len(x), pa.int32()))
    return table.append_column("position", pa.array(kmeans(z, k).labels + 1, pa.int32()))


def test_what_is_compared_has_a_name_for_people() -> None:
    with (ROOT / "seeds" / "reference" / "methods.csv").open(encoding="utf-8") as lines:
        named = [(row["kind"], row["method"]) for row in csv.DictReader(lines) if row["label"] and row["in_words"]]
    recipes = {("recipe", name) for name in (*RECIPES, *COMPARED)}
    assert sorted(named) == sorted(recipes | {("algorithm", name) for name in ALGORITHMS_BY_NAME})


@pytest.fixture(scope="module")
def x() -> Matrix:
    """Three clear segments in five columns."""
    return blobs("blobs", 3, 5, seed=5, customers=400).x


@pytest.fixture(scope="module")
def sensitivity(x: Matrix) -> dict[str, Any]:
    table = measure_sensitivity(samples(x, 3), catalog(5), settings("standard"))
    assert table.schema == SENSITIVITY
    row: dict[str, Any] = table.to_pylist()[0]
    return row


def test_the_study_s_own_recipe_comes_first(x: Matrix) -> None:
    for name, names in [("median_fill", 5), ("robust", 4)]:
        (row,) = measure_sensitivity(samples(x, 3), catalog(5), settings(name)).to_pylist()
        assert (row["recipes"][0], len(row["recipes"])) == (name, names)


def test_the_agreement_is_with_the_segments_in_force(x: Matrix, sensitivity: dict[str, Any]) -> None:
    table = samples(x, 3)
    in_force = np.where(np.arange(len(x)) < 100, 1, table["position"].to_numpy())
    moved = table.drop_columns("position").append_column("position", pa.array(in_force, pa.int32()))
    (row,) = measure_sensitivity(moved, catalog(5), settings("standard")).to_pylist()
    own = KMeans(3, n_init=10, random_state=42).fit(StandardScaler().fit_transform(x)).labels_
    assert row["agreements"][0] == pytest.approx(adjusted_rand_score(own, in_force))
    assert row["agreements"][0] < sensitivity["agreements"][0] == pytest.approx(1)


def test_the_samples_of_trials_are_in_a_random_order() -> None:
    """In the order of the md5, whatever the id says: customers of one branch often have ids that follow each other.

    Each study has its sample; what was measured with as many rows is not measured again.
    """
    ids = [f"C{i:03}" for i in range(200)]
    rows = pa.table(
        {"study": ["s", "t"] * 100, "model_version": ["v"] * 200, "segments": [2] * 200, "customer_id": ids}
    )
    rows = rows.append_column("features", vectors(np.arange(200.0)[:, None])["features"])
    rows = rows.append_column("z", rows["features"]).append_column("position", pa.array([1, 1, 2, 2] * 50))
    few = settings().set_column(
        settings().schema.get_field_index("sensitivity_rows"), "sensitivity_rows", pa.array([30])
    )
    found = {}
    with duckdb.connect() as connection:
        connection.execute("create table measured as select 's' as study, 'v' as model_version, 2 as segments")
        connection.execute("alter table measured add column sensitivity_rows integer default 30")
        for case, change in [
            ("first", "select 1"),
            ("again", "select 1"),
            ("with fewer", "update measured set sensitivity_rows = 20"),
        ]:
            connection.execute(change)
            dbt = SimpleNamespace(is_incremental=case != "first", this="measured")
            new = new_samples(dbt, connection.from_arrow(rows), few, "sensitivity_rows")
            found[case] = {sample.study: sample for sample in read_samples(new)}
    assert {case: sorted(of_case) for case, of_case in found.items()} == {
        "first": ["s", "t"],
        "again": ["t"],
        "with fewer": ["s", "t"],
    }
    for start, study in enumerate("st"):
        expected = sorted(range(start, 200, 2), key=lambda i: hashlib.md5(ids[i].encode()).hexdigest())[:30]
        sample = found["first"][study]
        assert sample.x[:, 0].astype(int).tolist() == expected
        assert sample.labels.tolist() == [i // 2 % 2 for i in expected]


def test_agreements_are_those_of_scikit_learn(x: Matrix, sensitivity: dict[str, Any]) -> None:
    z = {"standard": StandardScaler().fit_transform(x), "rank": StandardScaler().fit_transform(rankdata(x, axis=0))}
    z["log1p"] = StandardScaler().fit_transform(np.sign(x) * np.log1p(abs(x)))
    labels = {name: KMeans(3, n_init=10, random_state=42).fit(v).labels_ for name, v in z.items()}
    place = {name: i for i, name in enumerate(sensitivity["recipes"])}
    for name, null in [("standard", "standard"), ("log1p", "standard"), ("rank", "rank")]:
        own = {3: labels[name]}
        found = measure_structure(z[name], own, recipe(null, 5), len(x), screenings=REFITS, nulls=NULLS)[3]
        assert sensitivity["null_silhouettes"][place[name]] == pytest.approx(found.null_silhouette)
        assert sensitivity["stabilities"][place[name]] == pytest.approx(found.stability)
    for a in z:
        found = sensitivity["silhouettes"][place[a]]
        assert found == pytest.approx(silhouette_score(z[a], labels[a]), abs=1e-9)
        for b in z:
            expected = adjusted_rand_score(labels[a], labels[b])
            assert sensitivity["agreements_of_recipes"][place[a]][place[b]] == pytest.approx(expected)


def test_clear_segments_do_not_hang_on_one_feature(x: Matrix, sensitivity: dict[str, Any]) -> None:
    assert sensitivity["variables"] == [f"feature_{i}" for i in range(1, 6)]
    z = StandardScaler().fit_transform(x)
    full = KMeans(3, n_init=10, random_state=42).fit(z).labels_
    for i, found in enumerate(sensitivity["agreements_without"]):
        labels = KMeans(3, n_init=10, random_state=42).fit(np.delete(z, i, axis=1)).labels_
        assert found == pytest.approx(adjusted_rand_score(full, labels))


def test_a_feature_that_alone_makes_the_segments_is_found() -> None:
    chance = np.random.default_rng(1)
    x = chance.standard_normal((300, 3))
    x[:150, 1] += 12
    found = leave_one_out(x, recipe("standard", 3), ["a", "b", "c"], 2)
    assert found["b"] < 0.1
    assert min(found["a"], found["c"]) > 0.9


def test_the_categories_of_a_variable_are_left_out_together(x: Matrix) -> None:
    names = ["a", "b", "b", "c", "c"]
    columns = catalog(5, variables=names)
    (row,) = measure_sensitivity(samples(x, 3), columns, settings()).to_pylist()
    assert row["variables"] == ["a", "b", "c"]
    assert leave_one_out(x[:, :1], recipe("standard", 1), ["a"], 2) == {}


def test_what_max_vif_left_out_gets_no_recipe(x: Matrix) -> None:
    """What is left keeps its weights and blocks: as if the study had never had it."""
    table = samples(x, 3)
    z = np.array(table["z"].to_pylist())
    z[:, 0] = 0
    weights, blocks = [5.0, 1.0, 2.0, 3.0, 4.0], ["one", "one", "two", "two", "two"]
    table = table.drop_columns("z").append_column("z", vectors(z)["z"])
    rest = vectors(x[:, 1:]).append_column("segments", table["segments"])
    rest = rest.append_column("position", table["position"])
    (row,) = measure_sensitivity(table, catalog(5, "none", weights, None, blocks), settings(max_vif=5)).to_pylist()
    given = catalog(4, "none", weights[1:], None, blocks[1:])
    (without,) = measure_sensitivity(rest, given, settings()).to_pylist()
    assert row.pop("variables") == [f"feature_{i}" for i in range(2, 6)]
    assert without.pop("variables") == [f"feature_{i}" for i in range(1, 5)]
    assert row == without
    (unbalanced,) = measure_sensitivity(rest, catalog(4, "none", weights[1:]), settings()).to_pylist()
    assert row["silhouettes"] != unbalanced["silhouettes"]


def test_blocks_are_balanced_again_when_a_feature_is_left_out(x: Matrix) -> None:
    """As if the study had been scaled without it."""
    blocks = ("one", "one", "two", "two", "two")
    study = recipe("robust", 5, blocks=blocks)
    rest = replace(study, transforms=study.transforms[1:], weights=np.ones(4), blocks=blocks[1:])
    labels = [kmeans(scaled_by(r, v), 4, 10).labels for r, v in [(study, x), (rest, x[:, 1:])]]
    found = leave_one_out(x, study, list("abcde"), 4)["a"]
    assert found == pytest.approx(adjusted_rand_score(*labels), abs=0.02)


def test_missing_values_and_negative_ones() -> None:
    x = np.array([[-1.0, 2.0], [np.nan, 0.0], [3.0, -4.0], [1.0, np.nan]])
    filled = np.array([[-1.0, 2.0], [1.0, 0.0], [3.0, -4.0], [1.0, 0.0]])
    expected = StandardScaler().fit_transform(np.sign(filled) * np.log1p(abs(filled)))
    np.testing.assert_allclose(scaled_by(recipe("log1p", 2), x), expected, atol=1e-12)
    expected = StandardScaler().fit_transform(rankdata(filled, axis=0))
    np.testing.assert_allclose(scaled_by(recipe("rank", 2), x), expected, atol=1e-12)


@pytest.mark.parametrize("name", ["standard", "robust", "log1p", "rank"])
def test_no_recipe_finds_segments_in_one_crowd(name: str) -> None:
    for kind in ("gaussian", "correlated"):
        x = shapeless(kind, 5, seed=3, customers=800).x
        trial = try_recipe(x if name != "log1p" else np.expm1(3 + x / 2), recipe(name, 5), 3)
        # And none finds less than in data without segments: log1p's own null must not be taken apart at 0 again.
        assert abs(trial.silhouette - trial.null_silhouette) < 0.015


def test_more_segments_than_customers_that_differ() -> None:
    x = np.repeat([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, 7.0]], 10, axis=0)
    assert try_recipe(x, recipe("standard", 2), 5).labels is None
    assert try_recipe(x, recipe("standard", 2), 4).silhouette == pytest.approx(1)
    found = leave_one_out(np.hstack([x, np.ones((40, 1))]), recipe("standard", 3), ["a", "b", "c"], 5)
    assert np.isnan(list(found.values())).all()


def test_customers_that_do_not_differ() -> None:
    table = samples(blobs("blobs", 2, 3, seed=1, customers=40).x, 2)
    same = vectors(np.ones((40, 3)))["z"]
    table = table.drop_columns(["z", "features"]).append_column("z", same).append_column("features", same)
    (row,) = measure_sensitivity(table, catalog(3), settings()).to_pylist()
    assert row["silhouettes"] == row["agreements_of_recipes"][0] == [None] * 4
    assert compare_algorithms(table, settings()).num_rows == 0


def test_card_file_recipes_disagree() -> None:
    """Of two recipes whose silhouettes look alike the segments have little in common (.14 on all customers)."""
    x = public("cc_general.csv")
    trials = {name: try_recipe(x, recipe(name, x.shape[1]), 3) for name in ("standard", "log1p")}
    standard, logarithm = trials.values()
    assert standard.labels is not None
    assert logarithm.labels is not None
    assert adjusted_rand_score(standard.labels, logarithm.labels) == pytest.approx(0.14, abs=0.03)
    assert standard.silhouette == pytest.approx(logarithm.silhouette, abs=0.05)


@pytest.fixture(scope="module")
def algorithms(x: Matrix) -> dict[str, dict[str, Any]]:
    table = compare_algorithms(samples(x, 3), settings())
    assert table.schema == ALGORITHMS
    return {row["algorithm"]: row for row in table.to_pylist()}


def test_every_algorithm_finds_clear_segments(algorithms: dict[str, dict[str, Any]]) -> None:
    assert len(algorithms) == 6
    for name, row in algorithms.items():
        assert row["seconds"] >= 0
        if name != "hdbscan":  # it leaves many out
            assert (row["segments_found"], row["noise_share"]) == (3, 0)
            assert row["agreement"] > 0.85


def test_figures_of_the_algorithms_are_those_of_scikit_learn(x: Matrix, algorithms: dict[str, dict[str, Any]]) -> None:
    z = StandardScaler().fit_transform(x)
    in_force = KMeans(3, n_init=25, random_state=42).fit(z).labels_
    direct = {
        "ward": AgglomerativeClustering(3, linkage="ward").fit_predict(z),
        "hdbscan": HDBSCAN(min_cluster_size=8, min_samples=5, copy=True).fit_predict(z),
    }
    for name, labels in direct.items():
        row, kept = algorithms[name], labels >= 0
        assert row["noise_share"] == pytest.approx(1 - kept.mean())
        assert row["segments_found"] == len(set(labels[kept]))
        assert row["agreement"] == pytest.approx(adjusted_rand_score(in_force, labels))
        assert row["silhouette"] == pytest.approx(silhouette_score(z[kept], labels[kept]))
        assert row["calinski_harabasz"] == pytest.approx(calinski_harabasz_score(z[kept], labels[kept]))
        assert row["davies_bouldin"] == pytest.approx(davies_bouldin_score(z[kept], labels[kept]))


def test_a_crowd_that_hdbscan_does_not_part_has_no_figures() -> None:
    x = shapeless("gaussian", 6, seed=1, customers=300).x
    (row,) = [r for r in compare_algorithms(samples(x, 2), settings()).to_pylist() if r["algorithm"] == "hdbscan"]
    assert row["segments_found"] < 2
    assert row["silhouette"] is None


def test_what_the_algorithms_are_told() -> None:
    """A cluster can be small, the mixture has no covariances, and there may be as many segments as points."""
    chance = np.random.default_rng(1)
    sizes = [200, 190, 10]
    x = chance.normal(0, 0.3, (400, 2)) + np.repeat([[0, 0], [8, 0], [0, 8]], sizes, axis=0)
    x[:200, 1] += 3 * x[:200, 0]
    table = samples(x, 3)
    found = {row["algorithm"]: row for row in compare_algorithms(table, settings()).to_pylist()}
    assert found["hdbscan"]["segments_found"] == 3
    z = np.array(table["z"].to_pylist())
    mixture = GaussianMixture(4, covariance_type="diag", n_init=3, reg_covar=0.01, random_state=42)
    four = samples(x, 4)
    (row,) = [r for r in compare_algorithms(four, settings()).to_pylist() if r["algorithm"] == "gaussian_mixture"]
    assert row["agreement"] == pytest.approx(adjusted_rand_score(four["position"], mixture.fit_predict(z)))
    points = np.repeat([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]], 20, axis=0)
    assert compare_algorithms(samples(points, 3), settings()).num_rows == 6


def test_workers_do_not_matter(x: Matrix, algorithms: dict[str, dict[str, Any]], sensitivity: dict[str, Any]) -> None:
    table = samples(x, 3)
    one = compare_algorithms(table, settings(), workers=1).drop_columns("seconds")
    assert one.to_pylist() == [{k: v for k, v in r.items() if k != "seconds"} for r in algorithms.values()]
    assert measure_sensitivity(table, catalog(5), settings(), workers=1).to_pylist() == [sensitivity]


def test_the_gap_is_that_of_its_formula(x: Matrix) -> None:
    """With boxes drawn in the coordinates of scikit-learn's principal components."""
    z = StandardScaler().fit_transform(x)
    scores = PCA(svd_solver="full").fit_transform(z)
    logs = []
    for i in range(BOXES):
        chance = np.random.default_rng(42 + i)
        box = chance.uniform(scores.min(axis=0), scores.max(axis=0), size=scores.shape)
        logs.append([np.log(KMeans(k, n_init=10, random_state=42).fit(box).inertia_) for k in (1, 2, 3, 4)])
    own = [np.log(KMeans(k, n_init=10, random_state=42).fit(z).inertia_) for k in (1, 2, 3, 4)]
    found = gap_statistic(z, [1, 2, 3, 4])
    # The sign of an axis is free, so the boxes differ a little.
    assert [found[k].value for k in found] == pytest.approx(np.mean(logs, axis=0) - own, abs=0.03)
    assert found[3].value - found[3].deviation > max(found[1].value, found[2].value)


def test_what_two_gaps_must_differ_by(x: Matrix) -> None:
    """The deviation over the boxes times the root of 1 + 1 / B; of points that mirror each other the signs of the axes
    do not matter."""
    z = StandardScaler().fit_transform(np.vstack([x[:200], -x[:200]]))
    scores = PCA(svd_solver="full").fit_transform(z)
    logs = []
    for i in range(BOXES):
        box = np.random.default_rng(42 + i).uniform(scores.min(axis=0), scores.max(axis=0), size=scores.shape)
        logs.append(np.log(((box - box.mean(axis=0)) ** 2).sum()))
    found = gap_statistic(z, [1])
    assert found[1].deviation == pytest.approx(np.std(logs) * np.sqrt(1 + 1 / BOXES), rel=1e-6)


def test_a_gap_needs_customers_that_differ() -> None:
    z = np.repeat([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]], 10, axis=0)
    assert list(gap_statistic(z, [1, 2, 3])) == [1, 2]
    assert gap_statistic(np.ones((5, 2)), [1]) == {}
    assert list(gap_statistic(np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 3.0]]), [1])) == [1]


def test_the_least_stability_is_below_the_mean() -> None:
    z = scaled_by(recipe("standard", 6), shapeless("gaussian", 6, seed=2, customers=500).x)
    labels = {k: fit.labels for k, fit in fit_every_k(z, 4).items() if k > 1}
    for figures in measure_structure(z, labels, recipe("standard", 6)).values():
        assert 0 <= figures.stability_min < figures.stability < 1


def test_every_study_of_the_sample_bank_has_a_verdict(sample: Warehouse) -> None:
    rows = sample.rows("select study, verdict, rule_segments is null, border_share from segmentation_health")
    assert len(rows) == 7
    for _, verdict, has_none, border_share in rows:
        assert (verdict == "none") == has_none
        assert verdict in ("strong", "moderate", "weak", "none")
        assert 0 <= border_share < 0.5


def test_no_structure_is_a_warning(warehouse: Warehouse) -> None:
    """No smallest segment holds everybody, so nothing passes; the study is built all the same."""
    assert warehouse.build("--write-json", studies=["wealth"], structure_rows=100, min_segment_share=1) == ""
    (row,) = warehouse.rows("select verdict, rule_segments, passes from segmentation_health")
    assert row == ("none", None, False)
    results = json.loads((warehouse.path.with_suffix(".target") / "run_results.json").read_text(encoding="utf-8"))
    assert [r["unique_id"].split(".")[2] for r in results["results"] if r["status"] == "warn"] == [
        "studies_have_structure"
    ]


def test_another_number_of_segments_is_measured_when_it_comes(warehouse: Warehouse) -> None:
    """And what was measured is not measured again, unless with other customers."""
    measured = "select segments, sensitivity_rows, recipes from sensitivity_fits order by segments"

    def build(segments: int, rows: int = 100) -> list[int]:
        given = {"structure_rows": 100, "sensitivity_rows": rows, "study_overrides": {"wealth": {"segments": segments}}}
        read = ("--select", "+recipe_sensitivity", "+algorithm_comparison")
        assert warehouse.build(*read, studies=["wealth"], **given) == ""
        assert warehouse.value("select count(distinct segments) from recipe_sensitivity") == 1
        assert warehouse.value("select max(segments) from algorithm_comparison") == segments
        return [row[0] for row in warehouse.rows(measured)]

    seconds = "select seconds from algorithm_fits where segments = 4 order by algorithm"
    assert build(4) == [4]
    first = warehouse.rows(seconds)
    assert build(3) == [3, 4]
    assert build(4) == [3, 4]
    assert warehouse.rows(seconds) == first
    build(4, rows=50)
    assert warehouse.rows("select segments, sensitivity_rows from sensitivity_fits order by all") == [(3, 100), (4, 50)]


def test_the_border_share_is_counted_at_the_latest_date(sample: Warehouse) -> None:
    by_hand = sample.rows(
        "select study, round(avg(cast(margin < .1 as integer)), 6) from customer_segments as c "
        "where as_of_date = (select max(as_of_date) from customer_segments where study = c.study) "
        "group by study order by study"
    )
    assert sample.rows("select study, border_share from segmentation_health order by study") == by_hand
