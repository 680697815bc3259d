"""Each date once: what stands is neither read nor scored again, and the marts are those of a build from nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from cards import cards
from conftest import Warehouse, manifest_of, must_build

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
    manifest = manifest_of(Path(__file__).resolve().parents[2], {"studies": STUDIES, "bank_files": "files"})
    return [
        node.name
        for node in manifest.nodes.values()
        if node.resource_type == "model" and node.config.materialized in ("by_date", "by_delivery")
    ]


def from_nothing(warehouse: Warehouse, folder: Path, **variables: Any) -> Warehouse:
    """The same fits, and everything else built anew."""
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
    return dict(
        warehouse.rows(f"select part || as_of_date, stamp from built_dates where model = '{table}'")
    )


def test_dates_in_any_order_late_restated_and_taken_out(
    new_warehouse: Callable[[], Warehouse], tmp_path: Path
) -> None:
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
    assert {date: second[date] for date in first} == first  # July alone is new
    assert len(second) == len(first) + len(STUDIES)
    assert_the_same(warehouse, from_nothing(warehouse, tmp_path_factory(tmp_path, "a"), **variables))

    bank.deliver("2025-06-30", 4)
    late = transactions_of("2025-07", customers, 9)
    bank.deliver_transactions("2025-07 late", late)
    assert warehouse.build(**variables) == ""
    assert_the_same(warehouse, from_nothing(warehouse, tmp_path_factory(tmp_path, "b"), **variables))

    (folder / "as_of_date=2025-08-31" / "card_usage.csv").rename(tmp_path / "august.csv")
    bank.deliver("2025-09-30", 5)
    assert warehouse.build(**variables) == ""
    (tmp_path / "august.csv").rename(folder / "as_of_date=2025-08-31" / "card_usage.csv")
    assert_the_same(warehouse, from_nothing(warehouse, tmp_path_factory(tmp_path, "c"), **variables))


def tmp_path_factory(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name
