"""Where extracts come from: files in several forms, tables, with other names of columns, with optional ones missing."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from cards import cards, write
from conftest import ROOT, Warehouse

STUDY = {"studies": ["card_usage"]}
STAGED = "select customer_id, as_of_date, balance, minimum_payments from stg_card_usage order by all"


def stage(warehouse: Warehouse, **variables: object) -> list[tuple[object, ...]]:
    assert warehouse.build("--select", "+stg_card_usage", **STUDY, **variables) == ""
    return warehouse.rows(STAGED)


@pytest.fixture(scope="module")
def expected(
    new_warehouse: Callable[[], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[object, ...]]:
    folder = tmp_path_factory.mktemp("plain")
    write(cards(), folder / "card_usage.csv")
    staged = stage(new_warehouse(), bank_files=str(folder))
    assert len(staged) == 60
    return staged


@pytest.mark.parametrize("name", ["card_usage.csv.gz", "card_usage.parquet", "CARD_USAGE.CSV"])
def test_a_folder_of_files(name: str, warehouse: Warehouse, tmp_path: Path, expected: list[tuple[object, ...]]) -> None:
    write(cards(), tmp_path / "a folder" / name)
    assert stage(warehouse, bank_files=str(tmp_path / "a folder")) == expected


@pytest.mark.parametrize(
    "layout",
    [
        "card_usage/as_of_date={}/part-0.parquet",
        "as_of_date={}/card_usage.csv",
        "card_usage.csv/as_of_date={}/part-0.csv",
    ],
)
def test_partitions(layout: str, warehouse: Warehouse, tmp_path: Path, expected: list[tuple[object, ...]]) -> None:
    for date, part in [("2025-03-31", cards(30, "2025-03-31")), ("2025-06-30", cards())]:
        write(part.drop(columns="AS_OF_DATE"), tmp_path / layout.format(date))
    staged = stage(warehouse, bank_files=str(tmp_path))
    assert len(staged) == 90
    assert [row for row in staged if str(row[1]) == "2025-06-30"] == expected


def test_numbers_in_parquet_and_names_in_any_case(
    warehouse: Warehouse, tmp_path: Path, expected: list[tuple[object, ...]]
) -> None:
    typed = cards()
    for column in typed.columns[2:]:
        typed[column] = pd.to_numeric(typed[column])
    typed["AS_OF_DATE"] = pd.to_datetime(typed["AS_OF_DATE"])
    names = [column.replace("_", "").title() for column in typed.columns]
    typed.columns = pd.Index(["CustId", "asOfDate", "balance", "Balance Frequency", *names[4:]])
    write(typed, tmp_path / "card_usage.parquet")
    assert stage(warehouse, bank_files=str(tmp_path)) == expected


def test_a_mapping_numbered_rows_and_a_missing_optional_column(warehouse: Warehouse, tmp_path: Path) -> None:
    frame = cards().drop(columns=["CUST_ID", "AS_OF_DATE", "MINIMUM_PAYMENTS"])
    path = write(frame, tmp_path / "anything.csv")
    staged = stage(
        warehouse,
        bank_files={"card_usage": {"path": path, "customer_id": "row_number"}},
        as_of_date="2025-06-30",
    )
    assert {row[0] for row in staged} == {str(i + 1) for i in range(60)}
    assert {str(row[1]) for row in staged} == {"2025-06-30"}
    assert {row[3] for row in staged} == {None}
    balances = {row[0]: row[2] for row in staged}
    assert [balances[str(i + 1)] for i in range(60)] == pytest.approx(pd.to_numeric(frame["BALANCE"]).tolist())


def test_a_mapping_to_a_folder_of_parts(
    warehouse: Warehouse, tmp_path: Path, expected: list[tuple[object, ...]]
) -> None:
    frame = cards()
    write(frame.iloc[:40], tmp_path / "cards" / "part-0.parquet")
    write(frame.iloc[40:], tmp_path / "cards" / "part-1.parquet")
    (tmp_path / "cards" / "_SUCCESS").touch()
    assert stage(warehouse, bank_files={"card_usage": str(tmp_path / "cards")}) == expected


def test_tables_of_an_attached_database(
    warehouse: Warehouse,
    tmp_path: Path,
    expected: list[tuple[object, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    core = tmp_path / "core.duckdb"
    with duckdb.connect(str(core)) as con:
        con.register("frame", cards())
        con.execute("create schema raw")
        con.execute("create table raw.card_usage as select * from frame")
    monkeypatch.setenv("CORE_BANK", str(core))
    tables = {"database": "core", "schema": "raw"}
    assert warehouse.build("--select", "+stg_card_usage", "--target", "attached", **STUDY, bank_tables=tables) == ""
    assert warehouse.rows(STAGED) == expected


def test_other_extracts_are_empty_and_never_the_sample(warehouse: Warehouse, tmp_path: Path) -> None:
    write(cards(), tmp_path / "card_usage.csv")
    read = ("--select", "+extract_counts", "+segment_kpis", "+segment_recommendations")
    assert warehouse.build(*read, **STUDY, bank_files=str(tmp_path)) == ""
    assert warehouse.rows("select extract, rows_read from extract_counts where rows_read > 0") == [("card_usage", 60)]
    assert warehouse.rows(
        "select sum(customers), sum(customers_with_clv), sum(customers_with_card) from segment_kpis"
    ) == [(60, 0, 60)]
    assert warehouse.value("select count(*) from segment_recommendations") > 0
    assert warehouse.rows("select table_name from duckdb_tables() where table_name like 'raw_%'") == []


@pytest.mark.parametrize("command", [["compile"], ["docs", "generate"]])
def test_commands_that_build_nothing_work_on_an_empty_database(command: list[str], warehouse: Warehouse) -> None:
    assert warehouse.dbt(*command) == ""


def test_the_project_holds_no_public_data() -> None:
    assert not list(ROOT.glob("**/cc_general*"))
