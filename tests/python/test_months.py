"""Each date once: what stands is neither read nor scored again, and the marts are those of a build from nothing."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from cards import cards
from conftest import ROOT, Warehouse, count_call, manifest_of, must_build

STUDIES = ["card_usage", "behavioral"]
DATES = ["2025-06-30", "2025-07-31", "2025-08-31", "2025-09-30"]


def cards_of(date: str, seed: int) -> pd.DataFrame:
    """Sixty customers, whose figures wander from date to date."""
    wander = np.random.default_rng(seed)
    frame = cards(60)
    for column in ("BALANCE", "PURCHASES", "CASH_ADVANCE", "PAYMENTS"):
        frame[column] = (frame[column].astype(float) * wander.uniform(0.5, 1.5, len(frame))).round(2)
    return frame.assign(AS_OF_DATE=date)


def transactions_of(month: str, customers: pd.Series, seed: int) -> pd.DataFrame:
    """Purchases of a month, some booked in the next one, and some that give back others."""
    draw = np.random.default_rng(seed)
    first = pd.Timestamp(f"{month}-01")
    times = first + pd.to_timedelta(draw.uniform(0, 28 * 86400, 400).round(), unit="s")
    frame = pd.DataFrame(
        {
            "transaction_id": [f"{month}-{i}" for i in range(400)],
            "customer_id": draw.choice(customers, 400),
            "transacted_at": times.strftime("%Y-%m-%d %H:%M:%S"),
            "booked_on": (times + pd.to_timedelta(draw.integers(0, 6, 400), unit="D")).strftime("%Y-%m-%d"),
            "amount": draw.uniform(1, 300, 400).round(2),
            "category": draw.choice(["groceries", "restaurants", "travel"], 400),
            "kind": "purchase",
            "reverses": "",
        }
    )
    refunds = frame.head(20).assign(kind="refund", reverses=lambda rows: rows["transaction_id"])
    refunds["transaction_id"] += "-back"
    refunds["booked_on"] = (pd.to_datetime(refunds["booked_on"]) + pd.Timedelta(days=40)).dt.strftime("%Y-%m-%d")
    return pd.concat([frame, refunds])


class Bank:
    """A folder of extracts that grows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def deliver(self, date: str, seed: int) -> None:
        frame = cards_of(date, seed)
        path = self.folder / f"as_of_date={date}" / "card_usage.csv"
        path.parent.mkdir(exist_ok=True)
        frame.drop(columns="AS_OF_DATE").to_csv(path, index=False)

    def deliver_transactions(self, name: str, frame: pd.DataFrame) -> None:
        path = self.folder / "card_transactions" / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        frame.to_csv(path, index=False)


def kept() -> list[str]:
    """The tables that keep what was read and written."""
    manifest = manifest_of(ROOT, {"studies": STUDIES, "bank_files": "files"})
    return [
        node.name
        for node in manifest.nodes.values()
        if node.resource_type == "model" and node.config.materialized in ("by_date", "by_delivery")
    ]


def from_nothing(warehouse: Warehouse, folder: Path, **variables: Any) -> Warehouse:
    """The same fits, and everything else built anew."""
    folder.mkdir()
    fresh = warehouse.copy(folder)
    with duckdb.connect(str(fresh.path)) as con:
        for table in [*kept(), "built_dates"]:
            con.execute(f"drop table if exists {table} cascade")
    assert fresh.build_untested(**variables) == ""
    return fresh


def tables(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    """Every table that a build makes, row by row."""
    names = [name for (name,) in warehouse.rows("select table_name from duckdb_tables() where not temporary")]
    chosen = [name for name in names if not name.startswith(("raw_", "built_dates"))]
    found = {name: warehouse.rows(f"select * from {name} order by all") for name in sorted(chosen)}
    # the one table of unrounded sums, whose last digits are the order's in which they were added; marts round them
    found["feature_figures"] = [tuple(map(rounded, row)) for row in found["feature_figures"]]
    return found


def rounded(value: Any) -> Any:
    """Figures to nine digits."""
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


def assert_the_same(incremental: Warehouse, full: Warehouse) -> None:
    these, those = tables(incremental), tables(full)
    assert these.keys() == those.keys()
    different = [name for name in these if repr(these[name]) != repr(those[name])]
    assert not different, different


def written(warehouse: Warehouse, table: str) -> dict[str, str]:
    """The stamp with which each date of a table was written."""
    return dict(warehouse.rows(f"select part || as_of_date, stamp from built_dates where model = '{table}'"))


def assert_found_by_keys(warehouse: Warehouse) -> None:
    """Nothing that writes a new date compares everybody with everybody, as DuckDB does for a condition beside keys."""
    for name in ("customer_moves", "segment_trends", "segment_assignments", "customer_kpis", "portfolio_kpis"):
        (path,) = (warehouse.path.with_suffix(".target") / "compiled").rglob(f"{name}.sql")
        plan = "\n".join(text for _, text in warehouse.rows(f"explain {path.read_text(encoding='utf-8')}"))
        assert "NL_JOIN" not in plan, name


def test_dates_in_any_order_late_restated_and_taken_out(new_warehouse: Callable[[], Warehouse], tmp_path: Path) -> None:
    """June and August, then July between them, June again with other figures, late transactions, August's file gone."""
    folder = tmp_path / "bank"
    folder.mkdir()
    bank = Bank(folder)
    variables = {"studies": STUDIES, "bank_files": str(folder)}
    customers = cards(60)["CUST_ID"]
    bank.deliver("2025-06-30", 1)
    bank.deliver("2025-08-31", 2)
    for seed, month in enumerate(["2025-05", "2025-06", "2025-08"]):
        bank.deliver_transactions(month, transactions_of(month, customers, seed))
    warehouse = must_build(new_warehouse(), **variables)
    first = written(warehouse, "segment_assignments")

    bank.deliver("2025-07-31", 3)
    assert warehouse.build(**variables) == ""
    second = written(warehouse, "segment_assignments")
    assert_found_by_keys(warehouse)
    assert {date: second[date] for date in first} == first  # July alone is new
    assert len(second) == len(first) + len(STUDIES)

    bank.deliver("2025-06-30", 4)
    late = transactions_of("2025-07", customers, 9)
    bank.deliver_transactions("2025-07 late", late)
    assert warehouse.build(**variables) == ""
    assert_the_same(warehouse, from_nothing(warehouse, tmp_path / "b", **variables))

    (folder / "as_of_date=2025-08-31" / "card_usage.csv").rename(tmp_path / "august.csv")
    bank.deliver("2025-09-30", 5)
    assert warehouse.build(**variables) == ""
    (tmp_path / "august.csv").rename(folder / "as_of_date=2025-08-31" / "card_usage.csv")
    assert_the_same(warehouse, from_nothing(warehouse, tmp_path / "c", **variables))


def test_a_refit_keeps_old_scores_when_asked(new_warehouse: Callable[[], Warehouse], tmp_path: Path) -> None:
    """Two dates by one model, then a third with its own: what stood stands, and nothing is compared with it."""
    bank = Bank(tmp_path)
    variables = {"studies": STUDIES[:1], "bank_files": str(tmp_path), "keep_scores": True}
    for seed, date in enumerate(DATES[:2]):
        bank.deliver(date, seed)
    warehouse = must_build(new_warehouse(), **variables)
    first = warehouse.value("select distinct model_version from customer_segments")
    keeping = [name for name in kept() if name not in ("date_contents", "checked_card_usage")]
    rows_of = "select * from {} where {} <= date '2025-07-31' order by all"
    dates = {name: "from_date" if name == "flag_backtests" else "as_of_date" for name in keeping}
    in_place = {name: date for name, date in dates.items() if date in columns(warehouse, name)}
    before = {name: warehouse.rows(rows_of.format(name, date)) for name, date in in_place.items()}

    bank.deliver(DATES[2], 2)
    assert warehouse.build_untested(**variables) == ""
    expected = previewed(warehouse, variables)
    old = segments_at(warehouse, DATES[2])
    assert warehouse.build(**variables, refit=True, currency="CHF") == ""
    new = segments_at(warehouse, DATES[2])
    stayed = sum(old[customer] == segment for customer, segment in new.items())
    assert f"{stayed} of 60 customers" in expected
    assert f"refitted on {DATES[2]}: {len(set(new.values()))} segments" in expected
    names = dict(warehouse.rows("select segment, persona from segment_personas"))
    for segment, persona in names.items():
        goes_on = "goes on" if segment in old.values() else "new"
        assert f"{segment:>3}  {persona}: {goes_on}" in expected or f"goes on as {persona}" in expected
    # what came next is known now
    of_later = {"flag_backtests"}
    for name, date in in_place.items():
        if name not in of_later:
            assert repr(warehouse.rows(rows_of.format(name, date))) == repr(before[name]), name
    versions = warehouse.rows("select distinct as_of_date::varchar, model_version from customer_segments order by all")
    assert [version == first for _, version in versions] == [True, True, False]
    assert warehouse.value("select count(*) from customer_segments where persona is null") == 0
    spans = warehouse.rows("select from_date::varchar, to_date::varchar from segment_migration group by all")
    assert spans == [("2025-06-30", "2025-07-31")]
    assert warehouse.value("select max(to_date)::varchar from segment_retention") == "2025-07-31"
    assert warehouse.rows("select distinct move from customer_moves where as_of_date = '2025-08-31'") == [
        ("first date",)
    ]
    assert (
        warehouse.value("select count(*) from segment_trends where as_of_date = '2025-08-31' and value_before > 0") == 0
    )
    moved = "select count(*) from customer_segment_history where valid_to = '2025-08-31' and left_to is not null"
    assert warehouse.value(moved) == 0
    assert "2025-06-30, 2025-07-31" in warehouse.value("select message from attention where topic = 'kept scores'")

    bank.deliver(DATES[0], 9)
    assert warehouse.build(**variables) == ""
    versions = warehouse.rows("select distinct as_of_date::varchar, model_version from customer_segments order by all")
    assert [version == first for _, version in versions] == [False, True, False]
    assert warehouse.build(**{**variables, "keep_scores": False}) == ""
    assert warehouse.value("select count(distinct model_version) from customer_segments") == 1
    plain = {**variables, "keep_scores": False}
    assert_the_same(warehouse, from_nothing(warehouse, tmp_path / "c", **plain))


def segments_at(warehouse: Warehouse, date: str) -> dict[str, int]:
    return dict(warehouse.rows(f"select customer_id, segment from customer_segments where as_of_date = '{date}'"))


def previewed(warehouse: Warehouse, variables: dict[str, Any]) -> str:
    """What `python -m report.refit` says."""
    count_call()
    done = subprocess.run(
        [sys.executable, "-m", "report.refit", "--vars", json.dumps(variables)],
        env=os.environ | {"SEGMENTATION_DB": str(warehouse.path), "SEGMENTATION_WORK": str(warehouse.path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not list((ROOT / "target" / "preview").glob("bank.duckdb*"))
    return done.stdout


def columns(warehouse: Warehouse, table: str) -> list[str]:
    return [name for (name, *_) in warehouse.rows(f"describe {table}")]


def stage(warehouse: Warehouse, **variables: Any) -> str:
    """Everything up to the dates of the bank."""
    return warehouse.build_untested("--select", "+bank_dates", studies=["card_usage"], **variables)


def staged(warehouse: Warehouse) -> dict[str, tuple[int, float]]:
    """Of each date the customers and their balances."""
    rows = warehouse.rows(
        "select as_of_date::varchar, count(*), round(sum(balance), 2) from stg_card_usage group by all order by all"
    )
    return {date: (customers, balance) for date, customers, balance in rows}


def customers_of(warehouse: Warehouse) -> dict[str, int]:
    return {date: customers for date, (customers, _) in staged(warehouse).items()}


def test_one_file_a_month_adds_its_date(warehouse: Warehouse, tmp_path: Path) -> None:
    """Files without a date of their own; July's corrected; June's name used again for August."""
    frames = {date: cards_of(date, seed).drop(columns="AS_OF_DATE") for seed, date in enumerate(DATES)}
    june, july, august = (tmp_path / name for name in ("june.csv", "july.csv", "june.csv"))
    frames["2025-06-30"].to_csv(june, index=False)
    assert stage(warehouse, as_of_date="2025-06-30", extracts={"card_usage": str(june)}) == ""
    first = staged(warehouse)
    frames["2025-07-31"].to_csv(july, index=False)
    assert stage(warehouse, as_of_date="2025-07-31", extracts={"card_usage": str(july)}) == ""
    both = staged(warehouse)
    assert both.keys() == {"2025-06-30", "2025-07-31"}
    assert both["2025-06-30"] == first["2025-06-30"]
    frames["2025-07-31"].head(50).to_csv(july, index=False)
    assert stage(warehouse, as_of_date="2025-07-31", extracts={"card_usage": str(july)}) == ""
    assert {date: customers for date, (customers, _) in staged(warehouse).items()} == {
        "2025-06-30": 60,
        "2025-07-31": 50,
    }
    frames["2025-08-31"].to_csv(august, index=False)
    assert stage(warehouse, as_of_date="2025-08-31", extracts={"card_usage": str(august)}) == ""
    assert staged(warehouse)["2025-06-30"] == first["2025-06-30"]
    assert customers_of(warehouse) == {"2025-06-30": 60, "2025-07-31": 50, "2025-08-31": 60}


def test_a_history_that_is_exported_anew_changes_what_is_new(warehouse: Warehouse, tmp_path: Path) -> None:
    """One file with all dates: it is read, and the dates that are as they were are no news."""
    path = tmp_path / "cards.csv"
    frames = [cards_of(date, seed) for seed, date in enumerate(DATES)]
    pd.concat(frames[:2]).to_csv(path, index=False)
    assert stage(warehouse, extracts={"card_usage": str(path)}) == ""
    before = dict(warehouse.rows("select as_of_date::varchar, stamp from bank_dates"))
    pd.concat(frames[:3]).sample(frac=1, random_state=1).to_csv(path, index=False)
    assert stage(warehouse, extracts={"card_usage": str(path)}) == ""
    after = dict(warehouse.rows("select as_of_date::varchar, stamp from bank_dates"))
    assert {date: after[date] for date in before} == before
    assert after.keys() - before.keys() == {DATES[2]}
    assert warehouse.value("select count(distinct delivery) from checked_card_usage") == 1


def test_what_is_refused_replaces_nothing(warehouse: Warehouse, tmp_path: Path) -> None:
    """June again, most of it impossible: the build stops, June stays, and the rows can be looked at."""
    path = tmp_path / "cards.csv"
    good = cards_of("2025-06-30", 1)
    good.to_csv(path, index=False)
    assert stage(warehouse, extracts={"card_usage": str(path)}) == ""
    before = staged(warehouse)
    good.assign(BALANCE="-1").to_csv(path, index=False)
    said = stage(warehouse, extracts={"card_usage": str(path)})
    assert "60 of 60 rows are rejected" in said
    assert "incoming_card_usage" in said
    assert staged(warehouse) == before
    assert warehouse.value("select count(*) from incoming_card_usage where rejection_reason = 'balance: below 0'") == 60
    # and once more: nothing was taken for read
    assert "60 of 60 rows are rejected" in stage(warehouse, extracts={"card_usage": str(path)})
    good.to_csv(path, index=False)
    assert stage(warehouse, extracts={"card_usage": str(path)}) == ""
    assert staged(warehouse) == before


def test_dates_are_read_again_and_forgotten_when_asked(warehouse: Warehouse, tmp_path: Path) -> None:
    """A file that changed without its size and time: restate reads it; forget_dates takes a date out."""
    for seed, date in enumerate(DATES[:2]):
        place = tmp_path / f"as_of_date={date}"
        place.mkdir()
        cards_of(date, seed).drop(columns="AS_OF_DATE").to_csv(place / "card_usage.csv", index=False)
    assert stage(warehouse, bank_files=str(tmp_path)) == ""
    read = "select part from built_dates where model = 'checked_card_usage'"
    assert len(warehouse.rows(read)) == 2
    assert stage(warehouse, bank_files=str(tmp_path)) == ""
    assert warehouse.rows(read) == []
    assert stage(warehouse, bank_files=str(tmp_path), restate=["2025-06-30"]) == ""
    assert [name.split("/")[0] for (name,) in warehouse.rows(read)] == ["as_of_date=2025-06-30"]
    assert staged(warehouse).keys() == {"2025-06-30", "2025-07-31"}
    shutil.rmtree(tmp_path / "as_of_date=2025-06-30")
    assert stage(warehouse, bank_files=str(tmp_path), forget_dates=["2025-06-30"]) == ""
    assert staged(warehouse).keys() == {"2025-07-31"}
    assert warehouse.rows("select as_of_date::varchar from bank_dates") == [("2025-07-31",)]


def test_the_sample_bank_takes_nobodys_place(warehouse: Warehouse, tmp_path: Path) -> None:
    """A bank's files take that of the sample bank, which takes not theirs."""
    path = tmp_path / "cards.csv"
    cards_of("2025-06-30", 1).head(40).to_csv(path, index=False)
    assert stage(warehouse) == ""
    assert warehouse.value("select count(*) from stg_customer_demographics") > 0
    assert stage(warehouse, extracts={"card_usage": str(path)}) == ""
    assert warehouse.value("select count(*) from stg_customer_demographics") == 0
    assert customers_of(warehouse) == {"2025-06-30": 40}
    assert "The warehouse holds a bank's own rows" in stage(warehouse)
    assert customers_of(warehouse) == {"2025-06-30": 40}
