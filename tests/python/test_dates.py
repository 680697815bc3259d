"""Which date is the latest: an early file of the next month, and extracts that come at different rhythms."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT, Warehouse, must_build

CUSTOMERS = 400


def rows_at(extract: str, dates: list[str]) -> pd.DataFrame:
    """The June rows of some customers of the sample bank, as if they were of these dates."""
    raw = pd.read_csv(ROOT / "seeds" / "sample" / f"raw_{extract}.csv", dtype=str)
    customer, date = raw.columns[:2]
    june = raw[raw[date] == "2025-06-30"].drop_duplicates(customer).sort_values(customer)
    return pd.concat([june.head(CUSTOMERS).assign(**{date: day}) for day in dates])


@pytest.fixture(scope="module")
def uneven(new_warehouse: Callable[[], Warehouse], tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Cards every month, the relationship every quarter, and thirty rows of its next quarter ahead of time."""
    folder: Path = tmp_path_factory.mktemp("bank")
    rows_at("card_usage", ["2025-05-31", "2025-06-30", "2025-07-31"]).to_csv(folder / "card_usage.csv", index=False)
    early = rows_at("bank_customers", ["2025-09-30"]).head(30)
    relationship = pd.concat([rows_at("bank_customers", ["2025-03-31", "2025-06-30"]), early])
    relationship.to_csv(folder / "bank_customers.csv", index=False)
    return must_build(
        new_warehouse(),
        studies=["card_usage", "relationship"],
        bank_files=str(folder),
        study_overrides={"relationship": {"segments": 3}},
    )


def test_a_few_early_rows_are_scored_and_take_over_nothing(uneven: Warehouse) -> None:
    dates = dict(uneven.rows("select as_of_date::varchar, is_latest from study_dates where study = 'relationship'"))
    assert dates == {"2025-03-31": False, "2025-06-30": True, "2025-09-30": False}
    assert uneven.value("select fitted_as_of::varchar from segment_models where study = 'relationship'") == "2025-06-30"
    scored = "select count(*) from customer_segments where study = 'relationship' and as_of_date = '2025-09-30'"
    assert 0 < uneven.value(scored) <= 30
    ((message,),) = uneven.rows("select message from attention where topic = 'incomplete dates'")
    assert "2025-09-30" in message


def test_every_statement_of_the_latest_date_is_of_a_complete_one(uneven: Warehouse) -> None:
    latest = {"card_usage": "2025-07-31", "relationship": "2025-06-30"}
    for mart in ("segment_personas", "model_cards"):
        found = dict(uneven.rows(f"select distinct study, as_of_date::varchar from {mart}"))
        assert found == latest, mart
    everybody = "select sum(customers) from segment_personas where study = 'relationship'"
    assert uneven.value(everybody) == uneven.value(
        "select customers from study_dates where study = 'relationship' and is_latest"
    )


def test_each_study_and_figure_of_the_360_view_is_the_newest_known_one(uneven: Warehouse) -> None:
    """The raw rows of July (cards) and June (relationship) are those of the view; nobody of September is."""
    dates = uneven.rows(
        "select distinct as_of_date::varchar, card_usage_as_of_date::varchar, relationship_as_of_date::varchar"
        " from customer_360 where card_usage_segment is not null and relationship_segment is not null"
    )
    assert dates == [("2025-07-31", "2025-07-31", "2025-06-30")]
    known = "select count(card_usage_segment), count(relationship_segment), count(*) from customer_360"
    ((cards, relationships, everybody),) = uneven.rows(known)
    assert cards == uneven.value("select count(*) from stg_card_usage where as_of_date = '2025-07-31'")
    assert relationships == uneven.value("select count(*) from stg_bank_customers where as_of_date = '2025-06-30'")
    assert everybody == uneven.value(
        "select count(*) from (select customer_id from stg_card_usage where as_of_date = '2025-07-31'"
        " union select customer_id from stg_bank_customers where as_of_date = '2025-06-30')"
    )


def test_key_figures_are_the_newest_known_at_a_date(uneven: Warehouse) -> None:
    """At the end of July the cards are of July, and what only the relationship says is of June."""
    for mart, where in (
        ("segment_kpis", "study = 'card_usage' and as_of_date = '2025-07-31'"),
        ("portfolio_kpis", "as_of_date = '2025-07-31'"),
        ("customer_360", "clv_proxy is not null and card_revenue is not null"),
    ):
        columns = "relationship_known_on::varchar, card_known_on::varchar"
        dates = uneven.rows(f"select distinct {columns} from {mart} where {where}")
        assert dates == [("2025-06-30", "2025-07-31")], mart
    wanted = uneven.value("""
        select avg(bank.avg_account_balance * bank.account_tenure / 10)
        from stg_bank_customers as bank
        semi join (from stg_card_usage where as_of_date = '2025-07-31') as cards using (customer_id)
        where bank.as_of_date = '2025-06-30'
    """)
    found = uneven.value("""
        select sum(clv_mean * customers_with_clv) / sum(customers_with_clv)
        from segment_kpis
        where study = 'card_usage' and as_of_date = '2025-07-31'
    """)
    assert found == pytest.approx(wanted, abs=0.02)
