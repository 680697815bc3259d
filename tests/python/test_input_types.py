"""What an id, a time and a missing value are, whatever the type of the column in the file."""

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from cards import cards, write
from conftest import Warehouse

INEXACT = {
    "whole numbers in floats": "cast(i as double)",
    "a fraction": "cast(i + 0.5 as double)",
    "beyond 2^53": "cast(9007199254740990 + i as double)",
    "beyond 2^24 in 32 bits": "cast(16777210 + i as float)",
    "a fraction of a decimal": "i + 0.5",
    "infinite": "case when i = 1 then cast('inf' as double) else i end",
    "text of a double beyond 2^53": "(9007199254740990 + i) || '.0'",
    "text of a spreadsheet": "'1.2345' || i || 'E+15'",
}


def stage_ids(warehouse: Warehouse, tmp_path: Path, expression: str) -> str:
    """Stages sixty customers whose ids are an SQL expression of their number i."""
    path = tmp_path / "card_usage.parquet"
    with duckdb.connect() as con:
        con.register("frame", cards())
        con.execute(
            f"copy (select * replace ({expression} as CUST_ID) from "
            f"(select *, row_number() over (order by CUST_ID) as i from frame)) to '{path}' (format parquet)"
        )
    return warehouse.build("--select", "+stg_card_usage", studies=["card_usage"], bank_files={"card_usage": str(path)})


@pytest.mark.parametrize("case", INEXACT)
def test_ids_that_are_not_exact_stop(case: str, warehouse: Warehouse, tmp_path: Path) -> None:
    message = stage_ids(warehouse, tmp_path, INEXACT[case])
    if "double)" in INEXACT[case] or "float)" in INEXACT[case]:  # the type says so, whatever the values
        assert "the column CUST_ID holds floating-point numbers, and customer_id is one of ids" in message
        assert "export it as text or whole numbers" in message
    else:
        assert "Extract card_usage: column customer_id holds ids as floating-point numbers" in message
        assert "Export it as text or as whole numbers" in message


@pytest.mark.parametrize("expression", ["i", "cast(i as decimal(9, 2))", "i || '.0'", "chr(9) || i"])
def test_the_same_ids_in_any_type(expression: str, warehouse: Warehouse, tmp_path: Path) -> None:
    assert stage_ids(warehouse, tmp_path, expression) == ""
    ids = {row[0] for row in warehouse.rows("select customer_id from stg_card_usage")}
    assert ids == {str(i) for i in range(1, 61)}


def test_the_zone_of_the_machine_changes_nothing(warehouse: Warehouse, tmp_path: Path) -> None:
    """A purchase at 03:30 UTC on Sunday 1 June: Saturday evening in New York, Sunday morning in Zurich."""
    path = tmp_path / "card_transactions.parquet"
    with duckdb.connect() as con:
        con.execute(
            "copy (select 'T1' as transaction_id, 'C1' as customer_id, 10.0 as amount, 'purchase' as kind, "
            f"timestamptz '2025-06-01 03:30:00+00' as transacted_at) to '{path}' (format parquet)"
        )
    for zone, machine, expected in [
        ("UTC", "America/New_York", "2025-06-01 03:30:00"),
        ("Europe/Zurich", "America/New_York", "2025-06-01 05:30:00"),
        ("America/New_York", "Asia/Tokyo", "2025-05-31 23:30:00"),
    ]:
        given = {
            "bank_files": {"card_transactions": str(path)},
            "studies": ["behavioral"],
            "time_zone": zone,
            "as_of_date": "2025-06-30",
        }
        command = ("build", "--select", "+stg_card_transactions")
        assert warehouse.dbt_in_a_process(*command, environment={"TZ": machine}, **given) == ""
        assert str(warehouse.value("select transacted_at from stg_card_transactions")) == expected


PATHS = {
    "of the extract": "customer_demographics/region=emea/part.csv",
    "above the extract": "region=emea/customer_demographics.csv",
    "with the date": "customer_demographics/region=emea/as_of_date=2025-06-30/part.csv",
    "of another key": "customer_demographics/run=7/part.csv",
}


@pytest.mark.parametrize("case", PATHS)
@pytest.mark.parametrize("region", ["EMEA", "Region 1"])
def test_a_folder_and_a_column_must_not_disagree(case: str, region: str, warehouse: Warehouse, tmp_path: Path) -> None:
    date = {} if "as_of_date" in PATHS[case] else {"as_of_date": "2025-06-30"}
    rows = [{"customer_id": f"C{i}", "age": 30, "income": 1000, "region": region} | date for i in range(3)]
    write(pd.DataFrame(rows), tmp_path / PATHS[case])
    folder = tmp_path / "*" / "*.csv" if case == "above the extract" else tmp_path / "customer_demographics"
    given: dict[str, Any] = {"studies": ["demographic"], "bank_files": {"customer_demographics": str(folder)}}
    said = warehouse.build("--select", "+stg_customer_demographics", **given)
    if region == "Region 1" and "region" in PATHS[case]:
        assert "a folder says region emea, and a row in it says otherwise" in said
        return
    assert said == ""
    staged = warehouse.rows("select region, cast(as_of_date as varchar) from stg_customer_demographics order by all")
    assert staged == [(region.lower().replace(" ", "_"), "2025-06-30")] * 3
