"""Drift of features and segments against NumPy and SciPy, the advice to fit again, and what became of flags."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from cards import cards, write
from conftest import Warehouse
from measure_drift import KINDS, by_chance, index, shares
from numpy.typing import NDArray
from planted import blobs, catalog, settings
from scipy.stats import ks_2samp
from sklearn.metrics import adjusted_rand_score

from segmentation.arrow import CHECKS
from segmentation.catalog import read_recipes
from segmentation.checks import check_structure
from segmentation.kmeans import kmeans
from segmentation.scaling import scaled_by
from segmentation.structure import REFITS, measure_structure

Values = NDArray[np.float64]


def columns_of(warehouse: Warehouse, study: str) -> tuple[list[str], Values, dict[str, Values]]:
    """The clustered features of a study, the training sample, and everybody by date."""
    names = [
        name
        for (name,) in warehouse.rows(
            f"select feature from feature_catalog where study = '{study}' and role = 'cluster' order by position"
        )
    ]

    def matrix(query: str) -> Values:
        lists = warehouse.arrow(query)["features"].to_pylist()
        return np.array([[np.nan if v is None else v for v in row] for row in lists], dtype=float)

    trained = matrix(
        "select features from training_sample inner join segment_models using (study, model_version)"
        f" where study = '{study}'"
    )
    dates = warehouse.rows(f"select distinct as_of_date::varchar from study_dates where study = '{study}'")
    by_date = {
        date: matrix(f"select features from feature_vectors where study = '{study}' and as_of_date = '{date}'")
        for (date,) in dates
    }
    return names, trained, by_date


def test_every_feature_of_every_date_against_numpy_and_scipy(sample: Warehouse) -> None:
    """The sample bank's dates are smaller than the sample behind feature_values: all customers count.

    Kolmogorov-Smirnov is of 500 quantiles.
    """
    found = {
        (study, date, feature): figures
        for study, date, feature, *figures in sample.rows(
            "select study, as_of_date::varchar, feature, customers, bins, psi, psi_by_chance, ks, missing_share,"
            " trained_missing_share, outside_share, level from feature_drift"
        )
    }
    seen = set()
    for (study,) in sample.rows("select study from segment_models where study <> 'card_offers'"):
        names, trained, by_date = columns_of(sample, study)
        for date, values in by_date.items():
            for name, then, now in zip(names, trained.T, values.T, strict=True):
                seen.add((study, date, name))
                customers, bins, psi, most, ks, missing, missed, outside, level = found[study, date, name]
                known, know = then[~np.isnan(then)], now[~np.isnan(now)]
                assert customers == len(now)
                assert bins == len(shares(then, now)[0]), (study, date, name)
                assert psi == pytest.approx(index(then, now), abs=2e-6), (study, date, name)
                assert most == pytest.approx(by_chance(then, now), rel=0.035)
                assert ks == pytest.approx(ks_2samp(known, know).statistic, abs=0.004)
                assert (missing, missed) == pytest.approx((np.isnan(now).mean(), np.isnan(then).mean()), abs=1e-6)
                assert outside == pytest.approx(((know < known.min()) | (know > known.max())).mean(), abs=1e-6)
                assert level == ("stable" if psi < max(0.1, most) else "watch" if psi < 0.25 else "drifted")
    assert seen == {key for key in found if key[0] != "card_offers"}


def test_the_sizes_of_segments_against_numpy(sample: Warehouse) -> None:
    trained = dict(
        sample.rows(
            "select study, list(segment_numbers[position])"
            " from training_segments inner join segment_models using (study) group by study"
        )
    )
    rows = sample.rows(
        "select study, list(segment), avg(distance), avg((coalesce(margin, 1) < .1)::int), avg(is_outlier::int),"
        " psi, mean_distance, border_share, outlier_share, trained_outlier_share from segment_assignments"
        " inner join segment_drift using (study, as_of_date)"
        " group by study, as_of_date, psi, mean_distance, border_share, outlier_share, trained_outlier_share"
    )
    assert len(rows) == sample.value("select count(*) from segment_drift") > len(trained)
    for study, segments, distance, border, outliers, psi, *found, trained_outliers in rows:
        # as values, of which there are few
        assert psi == pytest.approx(index(np.array(trained[study], float), np.array(segments, float)), abs=2e-6)
        assert found == pytest.approx([distance, border, outliers], abs=2e-6)
        assert trained_outliers == pytest.approx(0.01, abs=0.005)


def test_chance_alone_is_seldom_called_drift() -> None:
    """A tenth of the customers of the sample bank, drawn 100 times for each kind of feature."""
    chance = np.random.default_rng(3)
    pairs = [(draw(chance, 160), draw(chance, 160)) for draw in KINDS.values() for _ in range(100)]
    alarms = [index(*pair) >= 0.1 for pair in pairs]
    called = [alarm and index(*pair) > by_chance(*pair) for alarm, pair in zip(alarms, pairs, strict=True)]
    assert np.mean(alarms) > 0.3
    assert np.mean(called) < 0.01


def test_a_study_at_the_date_of_its_fit_is_kept(sample: Warehouse) -> None:
    """The sample bank was fitted on its latest date, so nothing can have changed and nothing is judged anew."""
    assert sample.value("select count(*) from structure_checks") == 0
    rows = sample.rows("select advice, reasons, dates_since_fit, features_drifted, segments_psi from refit_advice")
    assert rows == [("keep", "nothing speaks against the model in force", 0, 0, 0.0)] * len(rows)
    assert len(rows) == sample.value("select count(*) from segment_models")


@pytest.fixture(scope="module")
def later(new_warehouse: Callable[[], Warehouse], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Cards of May, then of June (other customers), July (balances in cents) and August (a column gone)."""
    folder: Path = tmp_path_factory.mktemp("cards")
    everybody = cards(800)
    half = everybody.iloc[:400]
    months = {
        "2025-05-31": half,
        "2025-06-30": everybody.iloc[400:],
        "2025-07-31": half.assign(BALANCE=(pd.to_numeric(half["BALANCE"]) * 100).astype(str)),
        "2025-08-31": half.assign(MINIMUM_PAYMENTS=""),
    }
    warehouse, advice, frames = new_warehouse(), {}, []
    given: dict[str, Any] = {"studies": ["card_usage"], "structure_rows": 200, "sensitivity_rows": 50}
    given |= {"algorithm_rows": 50, "study_overrides": {"card_usage": {"segments": 3}}}
    read = ("--select", "+refit_advice", "+attention", "no_refit_is_advised", "--write-json")
    for month, frame in months.items():
        frames.append(frame.assign(AS_OF_DATE=month))
        files = {"card_usage": write(pd.concat(frames), folder / "cards.csv")}
        assert warehouse.build(*read, bank_files=files, **given) == ""
        results = json.loads((warehouse.path.with_suffix(".target") / "run_results.json").read_text(encoding="utf-8"))
        warned = [r["unique_id"].split(".")[2] for r in results["results"] if r["status"] == "warn"]
        ((said, reasons, checked),) = warehouse.rows("select advice, reasons, checked_customers from refit_advice")
        lines = warehouse.rows("select severity, message from attention where topic = 'refit advice'")
        advice[month] = (said, reasons, checked, "no_refit_is_advised" in warned, lines)
    return {"warehouse": warehouse, "advice": advice}


def test_the_advice_says_what_has_changed(later: dict[str, Any]) -> None:
    may, june, july, august = later["advice"].values()
    calm: Any = ("keep", "nothing speaks against the model in force", None, False, [])
    assert (may, june) == (calm, calm)
    said, reasons, checked, warned, lines = july
    assert "Balance (" in reasons
    assert checked > 100
    assert said in ("watch", "refit")
    assert warned == (said == "refit")
    assert lines == [(1 if warned else 2, f"{said}: {reasons}")]
    # nobody can be fitted by it
    assert "inimum payments (" in august[1]
    assert august[2] is None


def test_no_date_changes_the_model(later: dict[str, Any]) -> None:
    """Whatever the advice: a refit is asked for. And a date on which something has moved is judged once."""
    warehouse = later["warehouse"]
    assert warehouse.value("select count(distinct model_version) from training_sample") == 1
    assert warehouse.rows("select as_of_date::varchar from structure_checks") == [("2025-07-31",)]
    assert warehouse.value("select has_primary_key from duckdb_tables() where table_name = 'structure_checks'")


def test_what_is_gone_or_unseen_is_told(later: dict[str, Any]) -> None:
    columns = "missing_share, outside_share, ks is null, level from feature_drift"
    rows = [
        later["warehouse"].rows(f"select {columns} where as_of_date = '{date}' and feature = '{feature}'")[0]
        for date, feature in (("2025-07-31", "balance"), ("2025-08-31", "minimum_payments"))
    ]
    (missing, outside, no_ks, level), gone = rows
    assert (missing, no_ks, level) == (0, False, "drifted")
    assert outside > 0.5
    assert gone == (1, None, True, "drifted")
    still = "select count(*) from feature_drift where as_of_date = '2025-06-30' and level <> 'stable'"
    assert later["warehouse"].value(still) == 0


def samples(x: Values, position: Values, k: int) -> pa.Table:
    """What new_dates gives."""
    columns: dict[str, Any] = {"study": ["s"] * len(x), "model_version": ["v"] * len(x)}
    columns |= {"segments": pa.array([k] * len(x), pa.int32()), "features": list(x)}
    columns["as_of_date"] = pa.array([pd.Timestamp("2025-06-30").date()] * len(x))
    return pa.table(columns | {"position": pa.array(position, pa.int32())})


def test_a_check_has_the_figures_of_a_fit() -> None:
    x = blobs("blobs", 3, 4, seed=5, customers=300).x
    recipe = read_recipes(catalog(4), settings("standard"))["s"]
    z = scaled_by(recipe, x)
    fit = kmeans(z, 3)
    in_force = np.where(np.arange(len(x)) < 50, 1, fit.labels + 1)
    table = check_structure(samples(x, in_force, 3), catalog(4), settings("standard"))
    assert table.schema == CHECKS
    (row,) = table.to_pylist()
    figures = measure_structure(z, {3: fit.labels}, recipe, len(x), screenings=REFITS)[3]
    assert row["silhouette"] == pytest.approx(figures.silhouette)
    assert row["null_silhouette"] == pytest.approx(figures.null_silhouette)
    assert row["stability_lower"] == pytest.approx(figures.stability_lower)
    assert row["agreement"] == pytest.approx(adjusted_rand_score(in_force, fit.labels))
    assert row["smallest_share"] == pytest.approx(np.bincount(fit.labels).min() / len(x))


def test_what_cannot_be_fitted_is_not_checked() -> None:
    """A feature without any value, and fewer different customers than segments."""
    x = blobs("blobs", 3, 4, seed=5, customers=300).x
    gone = np.where(np.arange(4) == 1, np.nan, x)
    alike = np.ones_like(x)
    for rows in (gone, alike, x[:0]):
        table = check_structure(samples(rows, np.ones(len(rows)), 3), catalog(4), settings("standard"))
        assert (table.num_rows, table.schema) == (0, CHECKS)


def test_what_became_of_flags_against_pandas(sample: Warehouse) -> None:
    """Two dates ahead and one: who left, counted from the key figures and segments themselves."""
    kpis = "select customer_id, as_of_date::varchar as day, spend_fell, credit_score_level from customer_kpis"
    frame = sample.arrow(kpis).to_pandas()
    themes = sample.arrow(
        "select study, customer_id, customer_segments.as_of_date::varchar as day,"
        " coalesce(theme = 'protect', false) as flag from customer_segments"
        " inner join segment_personas using (study, segment)"
    ).to_pandas()
    by_date = {date: own.set_index("customer_id") for date, own in frame.groupby("day")}
    rows = sample.rows(
        "select flag, study, horizon, from_date::varchar, to_date::varchar,"
        " flagged, came_true, others, others_came_true from flag_backtests where outcome = 'left'"
    )
    for flag, study, horizon, first, second, *found in rows:
        now, later = by_date[first], by_date[second]
        if study:
            own = themes[(themes["study"] == study) & (themes["day"] == first)]
            flags = own.set_index("customer_id")["flag"]
        elif flag == "spend_fell":
            flags = now["spend_fell"].dropna().astype(bool)
        else:
            flags = now["credit_score_level"].dropna() == "low"
        left = ~flags.index.isin(later.index)
        assert found == [flags.sum(), (flags & left).sum(), (~flags).sum(), (~flags & left).sum()], (flag, study)
        assert horizon in (1, 2)
    assert {row[2] for row in rows} == {1, 2}
    protected = set(themes[themes["flag"]]["study"])
    assert protected
    assert {row[1] for row in rows if row[1]} == protected


def test_the_word_risk_stands_beside_its_test(sample: Warehouse) -> None:
    ((said,),) = sample.rows("select distinct backtest from credit_risk_distribution")
    tested = sample.rows(
        "select in_words from flag_backtests where flag = 'risk_level high' and outcome = 'credit score fell'"
        " and horizon = 1 order by from_date desc limit 1"
    )
    assert said == (tested[0][0] if tested else "not yet tested")
    others = "select table_name, column_name from data_dictionary where contains(column_name, 'risk')"
    assert {table for table, _ in sample.rows(others)} == {"customer_360", "credit_risk_distribution"}
    assert sample.rows("select distinct risk_level_backtest from customer_360") == [(said,)]
    assert all(words for (words,) in sample.rows("select in_words from flag_backtests"))
