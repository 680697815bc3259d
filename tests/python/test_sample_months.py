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
VARIABLES: dict[str, Any] = {"studies": STUDIES, "structure_rows": 100, "sensitivity_rows": 50, "algorithm_rows": 50}
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


def deliver(places: list[Path], warehouse: Warehouse, into: Path) -> After:
    """Deliveries are copied into the bank's folder, and dbt runs."""
    for place in places:
        shutil.copytree(place, into, dirs_exist_ok=True)
    read = ("--select", "+refit_advice", "+segment_assignments")
    assert warehouse.build_untested(*read, bank_files=str(into), **VARIABLES) == ""
    advice = warehouse.rows("select study, advice, reasons, features_drifted, features_to_watch from refit_advice")
    rows: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    scored = "select study, as_of_date::varchar, customer_id, segment, distance from segment_assignments order by all"
    for study, date, *row in warehouse.rows(scored):
        rows.setdefault((study, date), []).append(tuple(row))
    stamps = warehouse.rows("select part || as_of_date, stamp from built_dates where model = 'segment_assignments'")
    return After({study: tuple(said) for study, *said in advice}, rows, dict(stamps))


def deliveries(folder: Path, *options: str) -> dict[str, Path]:
    """The folders of the two extracts' deliveries by their names, in order."""
    extracts = ["--extracts", "card_usage,financial_profiles"]
    bank.main(["--format", "deliveries", *extracts, *options, "--out", str(folder)])
    return {place.name[2:]: place for place in sorted(folder.iterdir()) if place.name != "spill"}


@dataclass
class Delivered:
    """A bank to which all deliveries have come, and what was there after those up to a date."""

    warehouse: Warehouse
    after: dict[str, After]


@pytest.fixture(scope="module")
def delivered(new_warehouse: Callable[[], Warehouse], tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    """Two deliveries a build: so the second and the fourth build read what comes late or again, with the next date."""
    warehouse, into = new_warehouse(), tmp_path_factory.mktemp("bank")
    places = list(deliveries(tmp_path_factory.mktemp("deliveries")).items())
    pairs = zip(places[::2], places[1::2], strict=True)
    return Delivered(
        warehouse, {last: deliver([first, second], warehouse, into) for (_, first), (last, second) in pairs}
    )


def before_and_after(delivered: Delivered, date: str) -> tuple[After, After]:
    """What was there after a date's own delivery, and one build later."""
    dates = list(delivered.after)
    return delivered.after[date], delivered.after[dates[dates.index(date) + 1]]


def test_what_is_planted_has_drifted_from_its_date_on(delivered: Delivered) -> None:
    """The model is of the second date, so the dates after a change differ; nothing else is even to be watched."""
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


def test_no_delivery_changes_another_date(delivered: Delivered) -> None:
    """But that of which rows come late, and the one that comes again."""
    own = {
        ("card_usage", date_of("region_comes_late")),
        ("wealth", date_of("date_restated")),
    }
    changed = set()
    for date in list(delivered.after)[:-1]:
        before, after = before_and_after(delivered, date)
        assert before.rows.keys() < after.rows.keys()
        assert min(new for _, new in after.rows.keys() - before.rows.keys()) > date
        changed |= {key for key in before.rows if before.rows[key] != after.rows[key]}
        written = {part[-10:] for part in before.stamps if before.stamps[part] != after.stamps[part]}
        assert written == {known for _, known in own} & {date}
    assert changed == own


def test_late_rows_join_those_that_are_there(delivered: Delivered) -> None:
    date = date_of("region_comes_late")
    first, late = (set(after.rows["card_usage", date]) for after in before_and_after(delivered, date))
    assert first < late
    assert 0.1 < (len(late) - len(first)) / len(late) < 0.25


def test_a_restated_date_has_its_customers_and_other_figures(delivered: Delivered) -> None:
    date = date_of("date_restated")
    first, again = (after.rows["wealth", date] for after in before_and_after(delivered, date))
    assert [customer for customer, *_ in first] == [customer for customer, *_ in again]
    assert first != again


def test_all_deliveries_together_are_the_bank(delivered: Delivered) -> None:
    """As it is without late rows and first figures: what the seeds have, without dirt."""
    with duckdb.connect() as con:
        bank.generate(con)
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
    places = list(deliveries(tmp_path_factory.mktemp("deliveries"), "--unchanged").values())
    assert len(places) == bank.DATES  # nothing late, nothing again
    warehouse, into = new_warehouse(), tmp_path_factory.mktemp("bank")
    deliver(places[:1], warehouse, into)
    after = deliver(places[1:], warehouse, into)
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
