"""Files that version 0.4.0 read wrongly or could not read, from beside the project; and a check of a bank's file."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, SHARED, Warehouse

from bank import check
from bank.settings import load

CASES = SHARED.parent / "cases"

INCOME = 5_528_961.39
"""The sum of the incomes in all copies of one extract, to the cent."""

ENDS: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "blank_separated": ("bank_customers", {"separator": " "}, ["`separator: ' '`"]),
    "decimal_comma": ("bank_customers", {"decimal": ","}, ['say `decimal: ","`', "(line 2)"]),
    "german_thousands": (
        "bank_customers",
        {"thousands": {"income": ".", "monthly_spending": ".", "avg_account_balance": "."}},
        ["columns avg_account_balance, income, monthly_spending could be read in two ways", "(line 2)"],
    ),
    "latin1": ("bank_customers", {"encoding": "latin-1"}, ["line 2, is not UTF-8", "`encoding: latin-1`"]),
    "preamble": ("bank_customers", {"skip": 3}, ["line 4 looks like the header", "`skip: 3`"]),
    "renamed_column": (
        "bank_customers",
        {"columns": {"avg_account_balance": ["avg_account_balance", "average_account_balance"]}},
        ["as_of_date=2025-06-30", "did you mean average_account_balance?"],
    ),
    "same_name_twice": ("financial_profiles", {}, ["has the column annual_income twice (also as Annual_Income)"]),
    "tx_dates.csv": (
        "card_transactions",
        {"dates": ["d/m/yyyy", "dd-mm-yyyy", "yyyymmdd", "yyyy-mm-dd", "dd.mm.yyyy"]},
        ["dates: dd.mm.yyyy", "dates: mm.dd.yyyy"],
    ),
    "tx_without_customer.csv": (
        "card_transactions",
        {"columns": {"customer_id": "account_id"}},
        ["lacks the required column customer_id", "`columns` of the bank's file"],
    ),
}
"""By case: the extract, the keys with which it is read rightly, and what the sentence says without them."""

STUDIES = {"bank_customers": "relationship", "financial_profiles": "wealth", "card_transactions": "behavioral"}


@pytest.mark.parametrize("case", ENDS)
def test_a_case_ends_in_a_sentence_or_as_it_is_meant(case: str, warehouse: Warehouse) -> None:
    extract, keys, words = ENDS[case]
    place = CASES / case
    if not place.exists():
        pytest.skip("the cases are not part of the project; they are not at ../shared/cases")
    path = place if case == "renamed_column" or place.is_file() else place / f"{extract}.csv"
    given: dict[str, Any] = {"studies": [STUDIES[extract]], "as_of_date": "2025-06-30"}
    if case == "renamed_column":
        path, given = place / extract, {"studies": given["studies"]}
    said = warehouse.build("--select", f"checked_{extract}", extracts={extract: str(path)}, **given)
    for word in words:
        assert word in said, said
    if not keys:
        return
    assert (
        warehouse.build("--select", f"checked_{extract}", extracts={extract: {"path": str(path)} | keys}, **given) == ""
    )
    assert warehouse.value(f"select count(rejection_reason) from checked_{extract}") == 0
    if extract == "bank_customers" and case != "renamed_column":
        tolerance = 60 if case == "german_thousands" else 0.005  # it has whole units
        assert warehouse.value("select sum(income) from checked_bank_customers") == pytest.approx(INCOME, abs=tolerance)
    if case == "tx_dates.csv":
        days = warehouse.rows(
            "select cast(transacted_at as date)::varchar from checked_card_transactions order by transaction_id"
        )
        assert days == [("2016-08-02",), ("2016-08-13",), ("2016-08-03",), ("2016-08-04",), ("2016-08-04",)]


def test_a_profile_without_the_plugin_is_told(warehouse: Warehouse, tmp_path: Path) -> None:
    target = f"{{type: duckdb, path: '{warehouse.path}'}}"
    (tmp_path / "profiles.yml").write_text(f"customer_segmentation: {{target: own, outputs: {{own: {target}}}}}")
    said = warehouse.dbt(
        "build", "--select", "checked_card_usage", "--profiles-dir", str(tmp_path), studies=["card_usage"]
    )
    assert "The target own of the profile has no plugin that reads a bank's files: add `plugins:" in said


def test_the_example_is_a_bank_file() -> None:
    found = load(str(ROOT / "examples" / "bank.yml"))
    assert found["as_of_date"] == "2025-06-30"
    assert found["extracts"]["bank_customers"]["path"] == str(ROOT / "examples" / "kunden")


def test_a_check_says_what_was_read_and_what_would_stop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "p.csv").write_text(
        "customer_id,age,income,sex\n1,40,1000,f\n2,41,2000.5,m\n3,42,,x1\n4,43,3000,f\n5,4x,4000,m\n", encoding="utf-8"
    )
    path = tmp_path / "bank.yml"
    extracts = {"customer_demographics": {"path": "p.csv", "columns": {"gender": "sex"}}}
    path.write_text(yaml.safe_dump({"studies": ["demographic"], "as_of_date": "2025-06-30", "extracts": extracts}))
    monkeypatch.setattr(check, "TARGET", tmp_path / "target")
    for name in ("SEGMENTATION_DB", "SEGMENTATION_WORK"):
        monkeypatch.setenv(name, "")  # given back afterwards
    assert check.main([str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"customer_demographics: 5 rows, 1 rejected, from {tmp_path / 'p.csv'}"
    table = {line.split()[0]: line for line in lines[2:13]}
    assert table["age"].split() == ["age", "age", "99.9", "to", "99.9"]
    assert table["income"].split() == ["income", "income", "25.0%", "9999.9", "to", "9999.9"]
    assert table["customer_id"].split() == ["customer_id", "customer_id", "4", "different"]
    assert table["gender"].split()[:3] == ["gender", "sex", "25.0%"]
    assert "  rejected: age: not a number (1): 9a (line 6)" in lines
    assert "  lost: gender: unknown category (1): a9 (line 4)" in lines
    assert lines[-2] == "Would stop a build:"
    assert lines[-1].startswith("- Extract customer_demographics, read from")
    assert max(map(len, lines[1:-1])) <= 100  # the first has the path
    assert not (tmp_path / "target" / "bank.duckdb").exists()
    assert check.main([str(path), "--values"]) == 1
    shown = capsys.readouterr().out
    assert "age: not a number (1): 4x (line 6)" in shown
    assert "40.0 to 43.0" in shown


def test_dbt_finds_the_bank_file_wherever_it_runs(tmp_path: Path) -> None:
    """As a command of its own, in another folder: dbt looks for plugins in the folders of Python's path."""
    code = (
        "import sys; sys.path = [path for path in sys.path if path]; from dbt.plugins import get_plugin_manager; "
        "print([type(plugin).__name__ for plugin in get_plugin_manager('customer_segmentation')._plugins])"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-P", "-c", code]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert "Bank" in ran.stdout, "install the project again: make build"
