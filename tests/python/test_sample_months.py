"""The sample bank as it was delivered, quarter by quarter: what is planted in its past is found, and nothing else."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from archetypes import rows_of
from conftest import Warehouse

from sample_bank import generate as bank

STUDIES = ["card_usage", "wealth"]
VARIABLES: dict[str, Any] = {"studies": STUDIES, "structure_rows": 200, "sensitivity_rows": 50, "algorithm_rows": 50}
CUSTOMERS = 400
PLANTED = rows_of("planted_changes.csv")
Moved = set[tuple[str, str, str]]
"""Study, date and feature."""


def moved(warehouse: Warehouse, level: str) -> Moved:
    return set(
        warehouse.rows(f"select study, as_of_date::varchar, feature from feature_drift where level in ({level})")
    )


def date_of(change: str) -> str:
    """The one date of a change that a delivery is about."""
    ((first, last),) = [(r["first_date"], r["last_date"]) for r in PLANTED if r["change"] == change]
    assert first == last
    return first


@dataclass
class After:
    """What is there after a delivery."""

    advice: dict[str, tuple[str, str, int, int]]
    rows: dict[tuple[str, str], list[tuple[Any, ...]]]
    """Of each study and date the customers with their segments and distances."""
    stamps: dict[str, str]


def deliver(folder: Path, warehouse: Warehouse, into: Path) -> After:
    """A delivery is copied into the bank's folder, and dbt runs."""
    shutil.copytree(folder, into, dirs_exist_ok=True)
    assert (
        warehouse.build_untested("--select", "+refit_advice", "+segment_assignments", bank_files=str(into), **VARIABLES)
        == ""
    )
    advice = warehouse.rows("select study, advice, reasons, features_drifted, features_to_watch from refit_advice")
    rows: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    scored = "select study, as_of_date::varchar, customer_id, segment, distance from segment_assignments order by all"
    for study, date, *row in warehouse.rows(scored):
        rows.setdefault((study, date), []).append(tuple(row))
    stamps = warehouse.rows("select part || as_of_date, stamp from built_dates where model = 'segment_assignments'")
    return After({study: tuple(said) for study, *said in advice}, rows, dict(stamps))


@dataclass
class Delivered:
    """A bank to which all deliveries have come, and what was there after each."""

    warehouse: Warehouse
    after: dict[str, After]


@pytest.fixture(scope="module")
def delivered(new_warehouse: Callable[[], Warehouse], tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    folder = tmp_path_factory.mktemp("deliveries")
    bank.main(["--format", "deliveries", "--customers", str(CUSTOMERS), "--out", str(folder)])
    warehouse, into = new_warehouse(), tmp_path_factory.mktemp("bank")
    places = sorted(place for place in folder.iterdir() if place.name != "spill")
    return Delivered(warehouse, {place.name[2:]: deliver(place, warehouse, into) for place in places})


def differing(delivered: Delivered, delivery: str) -> set[tuple[str, str]]:
    """Study and date of the rows that a delivery has changed."""
    names = list(delivered.after)
    before, after = (delivered.after[name].rows for name in (names[names.index(delivery) - 1], delivery))
    return {key for key in before | after if before.get(key) != after.get(key)}


def test_what_is_planted_has_drifted_from_its_date_on(delivered: Delivered) -> None:
    """The model is of the first date, so the dates after a change differ; nothing else is even to be watched."""
    dates = sorted({date for _, date in delivered.after["2025-06-30"].rows})
    assert len(dates) == bank.DATES
    planted = {
        (r["study"], date, r["feature"])
        for r in PLANTED
        for date in dates
        if r["study"] in STUDIES and date > r["last_date"]
    }
    assert moved(delivered.warehouse, "'drifted'") == planted
    assert moved(delivered.warehouse, "'watch'") == set()


def test_the_advice_names_what_is_planted_from_its_date_on(delivered: Delivered) -> None:
    labels = dict(delivered.warehouse.rows("select feature, label from feature_catalog"))
    for delivery, after in delivered.after.items():
        assert after.advice.keys() == set(STUDIES)
        for study, (advice, reasons, drifted, to_watch) in after.advice.items():
            changed = [r for r in PLANTED if r["study"] == study and r["last_date"] < delivery[:10]]
            assert (drifted, to_watch) == (len(changed), 0), (delivery, study)
            if changed:
                assert advice in ("watch", "refit"), (delivery, study)
            else:
                assert (advice, reasons) == ("keep", "nothing speaks against the model in force"), (delivery, study)
            named = {feature for feature, label in labels.items() if f"{label} (" in reasons}
            assert named == {r["feature"] for r in changed}, (delivery, study)


def test_the_rows_of_a_late_region_change_their_date_alone(delivered: Delivered) -> None:
    date = date_of("region_comes_late")
    assert differing(delivered, f"{date}_east") == {("card_usage", date)}
    first, late = (delivered.after[name].rows["card_usage", date] for name in (date, f"{date}_east"))
    assert set(first) < set(late)
    assert 0.1 < (len(late) - len(first)) / len(late) < 0.25
    stamps = [delivered.after[name].stamps for name in (date, f"{date}_east")]
    assert {part[-10:] for part in stamps[0] if stamps[0][part] != stamps[1][part]} == {date}


def test_a_restated_date_is_replaced_and_no_other(delivered: Delivered) -> None:
    date = date_of("date_restated")
    assert differing(delivered, f"{date}_restated") == {("wealth", date)}
    first, again = (delivered.after[name].rows["wealth", date] for name in (date, f"{date}_restated"))
    assert [row[0] for row in first] == [row[0] for row in again]
    stamps = [delivered.after[name].stamps for name in (date, f"{date}_restated")]
    assert {part[-10:] for part in stamps[0] if stamps[0][part] != stamps[1][part]} == {date}


def test_a_delivery_on_time_changes_no_other_date(delivered: Delivered) -> None:
    for delivery in list(delivered.after)[1:]:
        if len(delivery) == len("2025-06-30"):
            assert differing(delivered, delivery) == {(study, delivery) for study in STUDIES}


def test_all_deliveries_together_are_the_bank(delivered: Delivered) -> None:
    """As it is without late rows and first figures: what the seeds have, without dirt."""
    with duckdb.connect() as con:
        bank.generate(con, customers=CUSTOMERS)
        cards = con.execute(
            'select "CUST_ID", "AS_OF_DATE", "BALANCE"::double, "PRC_FULL_PAYMENT"::double from card_usage order by all'
        ).fetchall()
        profiles = con.execute(
            'select "Customer_ID", "As_Of_Date", "Loan_Amount"::double, "Investment"::double from financial_profiles'
            " order by all"
        ).fetchall()
    columns = "customer_id, as_of_date"
    staged = f"select {columns}, balance, prc_full_payment from stg_card_usage order by all"
    assert delivered.warehouse.rows(staged) == cards
    staged = f"select {columns}, loan_amount, investment from stg_financial_profiles order by all"
    assert delivered.warehouse.rows(staged) == profiles


def test_of_a_bank_without_changes_nothing_is_advised(
    new_warehouse: Callable[[], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Fitted on its first date as well; the other five come at once."""
    folder, into = tmp_path_factory.mktemp("deliveries"), tmp_path_factory.mktemp("bank")
    bank.main(["--format", "deliveries", "--unchanged", "--customers", str(CUSTOMERS), "--out", str(folder)])
    places = sorted(place for place in folder.iterdir() if place.name != "spill")
    assert len(places) == bank.DATES  # nothing late, nothing again
    warehouse = new_warehouse()
    deliver(places[0], warehouse, into)
    for place in places[1:-1]:
        shutil.copytree(place, into, dirs_exist_ok=True)
    after = deliver(places[-1], warehouse, into)
    assert warehouse.value("select count(distinct as_of_date) from feature_drift") == bank.DATES
    assert warehouse.value("select count(distinct fitted_as_of) from segment_models") == 1
    assert warehouse.value("select max(fitted_as_of)::varchar from segment_models") == places[0].name[2:]
    assert moved(warehouse, "'watch', 'drifted'") == set()
    said = ("keep", "nothing speaks against the model in force", 0, 0)
    assert after.advice == dict.fromkeys(STUDIES, said)


def test_the_seeds_differ_at_the_planted_dates(sample: Warehouse) -> None:
    """Fitted on the latest date: here it is the past that has drifted, in all seven studies."""
    planted = {
        (r["study"], date, r["feature"])
        for r in PLANTED
        for (date,) in sample.rows("select distinct as_of_date::varchar from study_dates")
        if r["study"] and r["first_date"] <= date <= r["last_date"]
    }
    assert moved(sample, "'drifted'") == planted
    assert moved(sample, "'watch'") == set()
