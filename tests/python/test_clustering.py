"""K-Means: equal to scikit-learn, to the reference results, and to itself on any machine."""

import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from planted import blobs, catalog, public, settings, shapeless, vectors, with_ratios
from sklearn.cluster import KMeans
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score

from segmentation.arrow import KMEANS, by_version, new_versions
from segmentation.catalog import Recipe, read_recipes
from segmentation.clustering import elbow, fit_every_k, fit_kmeans, gate_of
from segmentation.gap import gap_statistic
from segmentation.kmeans import calinski_harabasz
from segmentation.profiles import profile_z
from segmentation.scaling import scaled_by
from segmentation.structure import measure_structure, silhouettes

Matrix = NDArray[np.float64]


def standard(x: Matrix) -> Matrix:
    return scaled_by(Recipe("standard", ("none",) * x.shape[1], np.ones(x.shape[1])), x)


def sizes(z: Matrix, k: int) -> list[int]:
    return [int(size) for size in np.bincount(fit_every_k(z, k)[k].labels)]


@pytest.fixture(scope="module")
def z() -> Matrix:
    return standard(blobs("blobs", 4, 5, seed=1, customers=500, shares=[0.4, 0.3, 0.2, 0.1]).x)


@pytest.fixture(scope="module")
def table(z: Matrix) -> pa.Table:
    return fit_kmeans(vectors(z), catalog(5), settings(largest=6))


def test_one_row_for_each_k(table: pa.Table) -> None:
    assert table.schema == KMEANS
    assert table["segments"].to_pylist() == [1, 2, 3, 4, 5, 6]
    assert [len(c) for c in table["centres"].to_pylist()] == [1, 2, 3, 4, 5, 6]


def test_metrics_are_those_of_scikit_learn(z: Matrix, table: pa.Table) -> None:
    for row in table.to_pylist()[1:]:
        k = row["segments"]
        direct = KMeans(k, n_init=25, random_state=42).fit(z)
        distances = np.linalg.norm(z - direct.cluster_centers_[direct.labels_], axis=1)
        assert row["inertia"] == pytest.approx(direct.inertia_)
        assert row["calinski_harabasz"] == pytest.approx(calinski_harabasz_score(z, direct.labels_))
        assert row["davies_bouldin"] == pytest.approx(davies_bouldin_score(z, direct.labels_))
        assert row["smallest_share"] == np.bincount(direct.labels_).min() / len(z)
        assert row["distance_p99"] == pytest.approx(np.percentile(distances, 99))
        centres = direct.cluster_centers_
        np.testing.assert_allclose(sorted(row["centres"]), sorted(centres.tolist()), rtol=1e-9)


def test_every_figure_is_in_its_column(z: Matrix) -> None:
    """Unscaled values describe segments; the gap and what judges the structure are of structure_rows customers."""
    x = np.exp(z)
    given = vectors(x).drop_columns("z").append_column("z", vectors(z)["z"])
    asked = settings(largest=4, rows=100)
    found = fit_kmeans(given, catalog(5), asked).to_pylist()[-1]
    labels = {k: fit.labels for k, fit in fit_every_k(z, 4).items()}
    assert found["profile_z"] == profile_z(x, labels[4], 4)
    assert found["gap"] == gap_statistic(z[:100], [1, 2, 3, 4])[4].value
    recipe = read_recipes(catalog(5), asked)["s"]
    judged = measure_structure(z, labels, recipe, 100, gate=gate_of(asked.to_pylist()[0]))[4]
    assert judged.bic
    figures = asdict(judged) | {"bic_diagonal": judged.bic.diagonal, "bic_full": judged.bic.full}
    del figures["bic"]
    assert {name: found[name] for name in figures} == figures


def test_segments_of_customers_who_are_all_alike_have_no_calinski_harabasz_index() -> None:
    """Nothing lies within them but rounding, so that the index is no number to show."""
    points = np.repeat(np.random.default_rng(1).normal(size=(3, 4)), 20, axis=0)
    labels = np.repeat(np.arange(3, dtype=np.int32), 20)
    assert calinski_harabasz(points, labels) is None
    assert calinski_harabasz(points + np.arange(60)[:, None] / 1000, labels) is not None


def test_one_segment_has_no_metrics(z: Matrix, table: pa.Table) -> None:
    one = table.to_pylist()[0]
    assert one["smallest_share"] == 1
    assert one["inertia"] == pytest.approx((z**2).sum())
    for name in ("silhouette", "null_silhouette", "stability", "calinski_harabasz", "davies_bouldin"):
        assert one[name] is None


def test_segments_are_numbered_largest_first(z: Matrix) -> None:
    counts = sizes(z, 4)
    assert counts == sorted(counts, reverse=True)


def test_segments_of_one_size_are_numbered_by_centre() -> None:
    z = np.repeat([[1.0, 0.0], [-1.0, 2.0], [-1.0, 1.0], [5.0, 5.0]], 5, axis=0)
    z += np.tile([[0.0], [0.01], [0.02], [0.03], [0.04]], (4, 1))
    assert fit_every_k(z, 4)[4].centres[:, 0].round().tolist() == [-1, -1, 1, 5]
    assert fit_every_k(z, 4)[4].centres[:2, 1].round().tolist() == [1, 2]


def test_there_may_be_as_many_segments_as_distinct_customers() -> None:
    z = np.repeat([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]], 20, axis=0)
    *_, three = fit_kmeans(vectors(z), catalog(2), settings()).to_pylist()
    assert (three["segments"], three["smallest_share"]) == (3, pytest.approx(1 / 3))
    assert three["inertia"] == pytest.approx(0)
    assert (three["silhouette"], three["stability"], three["stability_lower"]) == pytest.approx((1, 1, 1))
    assert three["silhouette"] - three["null_silhouette"] > 0.1
    assert fit_kmeans(vectors(z[:15]), catalog(2), settings())["segments"].to_pylist() == [1]


def test_elbow_is_marked_once(table: pa.Table) -> None:
    inertia = dict(zip(table["segments"].to_pylist(), table["inertia"].to_pylist(), strict=True))
    marked = [r["segments"] for r in table.to_pylist() if r["is_elbow"]]
    assert marked == [elbow(inertia)]


def test_the_elbow_is_farthest_below_the_diagonal() -> None:
    # The diagonal from 100 at 1 to 0 at 5 is at 75, 50 and 25 between: 25, 30 and 20 above the curve.
    assert elbow({1: 100.0, 2: 50.0, 3: 20.0, 4: 5.0, 5: 0.0}) == 3
    # At 82.8, 65.6, 48.4 and 31.2: 22.8, 45.6, 30.4 and 15.2 above it.
    assert elbow({1: 100.0, 2: 60.0, 3: 20.0, 4: 18.0, 5: 16.0, 6: 14.0}) == 3
    # At 6, 4 and 2: 2, 2 and 1 above it; of equal ones the first.
    assert elbow({1: 8.0, 2: 4.0, 3: 2.0, 4: 1.0, 5: 0.0}) == 2
    # The unit of the inertia does not matter, nor what it begins with.
    assert elbow({1: 1.1, 2: 1.05, 3: 1.02, 4: 1.005, 5: 1.0}) == 3


def test_no_elbow_in_a_line() -> None:
    assert elbow({1: 3.0, 2: 2.0, 3: 1.0}) is None
    assert elbow({1: 3.0, 2: 2.5, 3: 1.0}) is None
    assert elbow({1: 3.0, 2: 3.0, 3: 3.0}) is None
    assert elbow({1: 3.0, 2: 1.0}) is None
    assert elbow({1: 3.0}) is None


def test_workers_and_versions_do_not_matter(z: Matrix, table: pa.Table) -> None:
    both = pa.concat_tables([vectors(z), vectors(z, version="v2")])
    for workers in (1, 3):
        found = fit_kmeans(both, catalog(5), settings(largest=6), workers)
        assert found.slice(0, 6).equals(table)
        assert found.drop_columns("model_version").slice(6).equals(table.drop_columns("model_version"))


FIT = """
import hashlib
from planted import catalog, settings, shapeless, vectors
from segmentation.clustering import fit_kmeans
from segmentation.components import fit_components
z = vectors(shapeless("correlated", 6, seed=1, customers=1500).x)
results = fit_kmeans(z, catalog(6), settings(largest=3, rows=400)), fit_components(z)
print(hashlib.sha256(repr([r.to_pylist() for r in results]).encode()).hexdigest())
"""


def python(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_the_number_of_threads_does_not_matter() -> None:
    one, eight = (python(FIT, OMP_NUM_THREADS=n, OPENBLAS_NUM_THREADS=n) for n in ("1", "8"))
    assert len(one) == 64
    assert one == eight


def test_nothing_in_nothing_out_and_no_scikit_learn() -> None:
    code = """
import sys
import numpy as np
from planted import catalog, settings, vectors
from segmentation import clustering, components, naming, scaling, screening
empty = vectors(np.ones((1, 2))).slice(0, 0)
tables = [clustering.fit_kmeans(empty, catalog(2), settings()), components.fit_components(empty)]
tables.append(scaling.fit_scaling(empty, catalog(2), settings()))
tables.append(screening.screen_features(empty, catalog(2), settings()))
nobody = naming.match_personas(*[empty] * 3)
print([t.num_rows for t in tables], nobody, sorted({"sklearn", "scipy"} & set(sys.modules)))
"""
    assert python(code) == "[0, 0, 0, 0] [] []"


def test_new_versions_are_in_the_same_order_however_they_came() -> None:
    x = shapeless("gaussian", 3, seed=1, customers=200).x
    rows = pa.concat_tables([vectors(x), vectors(x, version="v0")])
    shuffled = rows.take(np.random.default_rng(1).permutation(len(rows)))
    first = SimpleNamespace(is_incremental=False)
    with duckdb.connect() as connection:
        one, two = (new_versions(first, connection.from_arrow(t), settings()) for t in (rows, shuffled))
    assert one.equals(two)
    assert [key[1] for key in by_version(one, "z")] == ["v0", "v1"]


def test_what_is_fitted_is_not_fitted_again() -> None:
    x = np.arange(6.0).reshape(3, 2)
    rows = pa.concat_tables([vectors(x), vectors(x, version="v2"), vectors(x, study="t")])
    with duckdb.connect() as connection:
        connection.execute("create table fitted as select 's' as study, 'v1' as model_version, 1 as k")
        dbt = SimpleNamespace(is_incremental=True, this="fitted")
        found = new_versions(dbt, connection.from_arrow(rows), settings())
    assert [key[:2] for key in by_version(found, "z")] == [("s", "v2"), ("t", "v1")]


def test_what_was_fitted_with_another_limit_is_fitted_again() -> None:
    with duckdb.connect() as connection:
        connection.execute("create table fitted as select 's' as study, 'v1' as model_version, 5.0 as bound")
        dbt = SimpleNamespace(is_incremental=True, this="fitted")
        for bound, rows in [(5, 0), (6, 2)]:
            new = new_versions(dbt, connection.from_arrow(vectors(np.ones((2, 2)))), settings(), f"bound = {bound}")
            assert new.num_rows == rows


def test_a_version_of_other_settings_is_not_fitted() -> None:
    rows = vectors(np.ones((2, 2)))
    rows = rows.set_column(rows.schema.get_field_index("settings_hash"), "settings_hash", pa.array(["old", "old"]))
    with duckdb.connect() as connection:
        found = new_versions(SimpleNamespace(is_incremental=False), connection.from_arrow(rows), settings())
    assert found.num_rows == 0


def test_null_is_nan() -> None:
    x = np.array([[1.0, np.nan], [np.nan, 4.0]])
    ((_, _, found),) = by_version(vectors(x), "z")
    np.testing.assert_array_equal(found, x)


def test_vectors_that_cannot_be_a_matrix_are_named() -> None:
    ragged = vectors(np.ones((2, 2))).drop_columns("z").append_column("z", pa.array([[1.0], [1.0, 2.0]]))
    with pytest.raises(ValueError, match=r"lengths \[1, 2\]"):
        list(by_version(ragged, "z"))
    parted = pa.concat_tables([vectors(np.ones((1, 2)), version=v) for v in ("v1", "v2", "v1")])
    with pytest.raises(ValueError, match="do not stand together"):
        list(by_version(parted, "z"))


def test_card_file_gives_the_reference_results() -> None:
    z = standard(public("cc_general.csv"))
    fits = fit_every_k(z, 10)
    known = [152150, 127785, 111986.7, 99073.9, 91503.0, 84852.5, 79532.3, 76050.7, 71087.3, 66612.7]
    for fit, inertia in zip(fits.values(), known, strict=True):
        assert fit.inertia < inertia * 1.005
    found = silhouettes(z, {k: fits[k].labels for k in range(2, 7)})
    assert [values.mean() for values in found.values()] == pytest.approx(
        [0.2100, 0.2506, 0.1976, 0.1932, 0.2026], abs=0.01
    )
    # (NULLs read as 0.0 instead of filled give 3980, 3366, 1195, 409.)
    assert np.bincount(fits[4].labels).tolist() == pytest.approx([3976, 3367, 1198, 409], rel=0.001)


def test_relationship_file_gives_the_reference_results() -> None:
    z = standard(with_ratios(public("finance_customers.csv")))
    fits = fit_every_k(z, 8)
    found = silhouettes(z, {k: fits[k].labels for k in range(2, 9)})
    known = [0.1113, 0.1090, 0.0871, 0.0825, 0.0789, 0.0782, 0.0763]
    assert [values.mean() for values in found.values()] == pytest.approx(known, abs=0.005)
    assert sizes(z, 4) == pytest.approx([491, 435, 355, 219], rel=0.05)


def test_wealth_file_comes_close_to_the_best_known_inertia() -> None:
    # No order of the rows may do worse than this; one start (the published table) gives 3380.
    assert fit_every_k(standard(public("customer_segment_data.csv")), 4)[4].inertia < 3346.7 * 1.003


def test_a_model_with_nothing_to_fit_loads_no_pandas() -> None:
    code = """
import importlib.util, sys
from types import SimpleNamespace
import duckdb
session = duckdb.connect()
session.execute("create table study_settings as select 's' as study, 'h' as settings_hash, 10.0 as screening_max_vif,"
    " 5 as sensitivity_rows, 5 as algorithm_rows")
session.execute("create table own as select 's' as study, 'v' as model_version, 2 as segments,"
    " 10.0 as screening_max_vif, 5 as sensitivity_rows, 5 as algorithm_rows, date '2025-06-30' as as_of_date")
session.execute("create table vectors as select 's' as study, 'v' as model_version, 'h' as settings_hash,"
    " date '2025-06-30' as as_of_date,"
    " 2 as segments, 'c' as customer_id, [1.0] as features, [1.0] as z, 1 as position")
refs = {"study_settings": "study_settings"}
dbt = SimpleNamespace(is_incremental=True, this="own", ref=lambda name: session.table(refs.get(name, "vectors")))
for name in MODELS:
    spec = importlib.util.spec_from_file_location(name, f"../../python_models/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    session.register("found", module.model(dbt, session))
    assert not session.sql("from found").fetchall(), name
    session.unregister("found")
print(sorted({"pandas", "scipy", "sklearn"} & set(sys.modules)))
"""
    names = sorted(
        path.stem
        for path in (Path(__file__).parents[2] / "python_models").glob("*.py")
        if path.stem != "persona_matches"
    )
    assert len(names) == 7
    assert python(f"MODELS = {names}\n{code}") == "[]"
