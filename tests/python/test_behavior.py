"""What card transactions add up to, on the sample bank: against a plain count in Python, and identities."""

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from conftest import ROOT, Warehouse
from extracts import extract

Row = dict[str, Any]
WINDOWS = {
    # as_of_date: first day of the window, first day of its later half
    date(2024, 3, 31): (date(2023, 10, 1), date(2024, 1, 1)),
    date(2024, 6, 30): (date(2024, 1, 1), date(2024, 4, 1)),
    date(2024, 9, 30): (date(2024, 4, 1), date(2024, 7, 1)),
    date(2024, 12, 31): (date(2024, 7, 1), date(2024, 10, 1)),
    date(2025, 3, 31): (date(2024, 10, 1), date(2025, 1, 1)),
    date(2025, 6, 30): (date(2025, 1, 1), date(2025, 4, 1)),
}


@pytest.fixture(scope="module")
def transactions() -> list[Row]:
    """Those of the extract, read by pandas: what is tested has no part in them."""
    rows = extract("card_transactions").astype(object)
    groups = pd.read_csv(ROOT / "seeds" / "reference" / "merchant_categories.csv", index_col="category")
    return [
        {
            "customer": t.customer_id,
            "id": t.transaction_id,
            "at": t.transacted_at,
            "booked": (t.transacted_at if pd.isna(t.booked_on) else t.booked_on).date(),
            "amount": Decimal(str(t.amount)),
            "group": groups.category_group.get(t.category, "other"),
            "kind": t.kind,
            "reverses": None if pd.isna(t.reverses) else t.reverses,
        }
        for t in rows.itertuples()
    ]


GROUPS = ["essentials", "shopping", "leisure", "travel", "other"]


def counted(transactions: list[Row], as_of: date) -> dict[str, list[Row]]:
    """The purchases and cash advances of the window, by customer, with what is left of their amount."""
    first, _ = WINDOWS[as_of]
    back: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for t in transactions:
        if t["reverses"] and t["booked"] <= as_of:
            back[t["customer"], t["reverses"]] += t["amount"]
    uses: dict[str, list[Row]] = defaultdict(list)
    for t in transactions:
        day = t["at"].date()
        left = t["amount"] - back[t["customer"], t["id"]]
        is_use = t["kind"] in ("purchase", "instalment_purchase", "cash_advance") and not t["reverses"]
        if is_use and left > 0 and first <= day <= as_of and t["booked"] <= as_of:
            uses[t["customer"]].append(t | {"amount": left})
    return uses


def hours(t: Row) -> bool:
    at: datetime = t["at"]
    return at.hour >= 22 or at.hour < 6


@pytest.mark.parametrize("as_of", WINDOWS)
def test_activity_is_a_plain_count(sample: Warehouse, transactions: list[Row], as_of: date) -> None:
    later = WINDOWS[as_of][1]
    expected = []
    for customer, uses in counted(transactions, as_of).items():
        purchases = [t for t in uses if t["kind"] != "cash_advance"]
        expected.append(
            (
                customer,
                *(sum(t["amount"] for t in purchases if t["group"] == group) for group in GROUPS),
                sum(t["amount"] for t in purchases if t["at"].date() >= later),
                sum(t["amount"] for t in uses if t["kind"] == "cash_advance"),
                len(purchases),
                len(uses),
                sum(t["at"].weekday() >= 5 for t in uses),
                sum(hours(t) for t in uses),
                len({(t["at"].year, t["at"].month) for t in uses}),
                max(t["at"].date() for t in uses),
            )
        )
    found = sample.rows(
        "select customer_id, essentials_spend, shopping_spend, leisure_spend, travel_spend, other_spend, recent_spend, "
        " cash_advances, purchases, uses, weekend_uses, night_uses, active_months, last_day "
        f"from customer_activity where as_of_date = '{as_of}' and uses > 0"
    )
    assert len(found) > 1000
    assert sorted(found) == sorted(expected)


def test_reversed_and_late_transactions_are_there_to_be_handled(transactions: list[Row]) -> None:
    reversed_ids = {(t["customer"], t["reverses"]) for t in transactions if t["reverses"]}
    assert len(reversed_ids) > 100
    assert sum((t["booked"] - t["at"].date()).days > 3 for t in transactions) > 100
    assert sum(t["booked"] > d >= t["at"].date() for t in transactions for d in WINDOWS) > 10


def test_category_shares_sum_to_one(sample: Warehouse) -> None:
    sums = sample.rows(
        "select distinct spend > 0, "
        "round(essentials_share + shopping_share + leisure_share + travel_share + other_share, 9) "
        "from features_behavioral order by all"
    )
    assert sums == [(False, 0.0), (True, 1.0)]


def test_a_customer_who_never_used_the_card_is_not_lost(sample: Warehouse) -> None:
    quiet = sample.rows(
        "select count(*), max(spend_per_month), max(uses_per_month), max(active_months_share), "
        "min(days_since_last_use), count(segment) "
        "from customer_dates "
        "anti join (select * from customer_activity where uses > 0) using (customer_id, as_of_date) "
        "inner join features_behavioral using (customer_id, as_of_date) "
        "inner join customer_segments using (customer_id, as_of_date) where study = 'behavioral'"
    )
    ((customers, *most, days, scored),) = quiet
    assert customers > 0
    assert most == [0, 0, 0]
    assert days >= 181
    assert scored == customers


def test_parts_by_hash_give_the_same(sample: Warehouse, new_warehouse: Any) -> None:
    """Var transaction_partitions changes the memory, not the figures."""
    parts = new_warehouse()
    assert parts.build("--select", "+customer_activity", transaction_partitions=3) == ""
    rows = "select * from customer_activity order by customer_id, as_of_date"
    assert parts.rows(rows) == sample.rows(rows)


def test_transactions_alone_need_a_date(new_warehouse: Any, sample: Warehouse, tmp_path: Any) -> None:
    """With nothing but card transactions, whoever has one is a customer, at the date that is given."""
    import duckdb

    path = tmp_path / "card_transactions.parquet"
    with duckdb.connect(str(sample.path), read_only=True) as con:
        con.execute(f"copy (select * from stg_card_transactions) to '{path}' (format parquet)")
    given: dict[str, Any] = {"studies": ["behavioral"], "bank_files": {"card_transactions": str(path)}}
    alone = new_warehouse()
    assert "no extract says at which dates" in alone.build("--select", "+customer_activity", **given)
    assert alone.build(**given, as_of_date="2025-05-15", structure_rows=300) == ""
    customers = f"count(distinct customer_id) from read_parquet('{path}') where transacted_at < '2025-05-16'"
    assert alone.value("select count(*) from customer_segments") == alone.value(f"select {customers}")
    assert alone.value("select max(active_months) from customer_activity") == 6
