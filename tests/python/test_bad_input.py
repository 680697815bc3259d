"""Every kind of bad input ends in a build, or in a sentence that says what to do; never in a library's traceback."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from cards import cards, write
from conftest import ROOT, Warehouse


def without(column: str) -> pd.DataFrame:
    return cards().drop(columns=column)


def changed(column: str, value: str, rows: int = 60, count: int = 60) -> pd.DataFrame:
    frame = cards(rows)
    frame.loc[: count - 1, column] = value
    return frame


# as little of the project as can say what is wrong
MODEL = ("--select", "+segment_models")
STAGED = ("--select", "+stg_card_usage")


def build(warehouse: Warehouse, tmp_path: Path, frame: pd.DataFrame, *select: str, **variables: Any) -> str:
    path = write(frame, tmp_path / "card_usage.csv")
    return warehouse.build(*select, studies=["card_usage"], bank_files={"card_usage": path}, **variables)


FAILURES: dict[str, tuple[Callable[[], pd.DataFrame], list[str]]] = {
    "header only": (lambda: cards(0), ["card_usage", "no rows"]),
    "one customer": (lambda: cards(1), ["card_usage has 1 customers", "at least 20"]),
    "too few customers": (lambda: cards(19), ["card_usage has 19 customers", "at least 20"]),
    "all customers alike": (
        lambda: pd.concat([cards(1)] * 30, ignore_index=True).assign(CUST_ID=[f"C{i}" for i in range(30)]),
        ["only 1 customers that differ"],
    ),
    "a column all NULL": (
        lambda: changed("PURCHASES_TRX", ""),
        ["no customer has a value of purchases_trx", "study_overrides"],
    ),
    "a missing column": (
        lambda: without("CREDIT_LIMIT"),
        ["card_usage", "card_usage.csv", "lacks the required column credit_limit", "CUST_ID, AS_OF_DATE"],
    ),
    "a misspelt column": (
        lambda: cards().rename(columns={"CREDIT_LIMIT": "CREDIT_LIMITS"}),
        ["lacks the required column credit_limit", "did you mean CREDIT_LIMITS?"],
    ),
    "no key": (
        lambda: without("CUST_ID"),
        ["lacks the required column customer_id", "customer_id: row_number"],
    ),
    "no date": (lambda: without("AS_OF_DATE"), ["no column as_of_date", "--vars"]),
    "two columns of one name": (
        lambda: cards().assign(CreditLimit="1"),
        ["the column CreditLimit twice (also as CREDIT_LIMIT)", "keep one"],
    ),
    "text in every number": (
        lambda: changed("BALANCE", "much"),
        ["60 of 60 rows are rejected", "balance: not a number (60 rows)", "max_rejected_share"],
    ),
    "too many rejected rows": (
        lambda: changed("BALANCE", "-1", count=4),
        ["4 of 60 rows are rejected", "balance: below 0 (4 rows)"],
    ),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_sentence_says_what_to_do(case: str, warehouse: Warehouse, tmp_path: Path) -> None:
    make, words = FAILURES[case]
    message = build(warehouse, tmp_path, make(), *MODEL)
    assert message
    assert "Traceback" not in message
    for word in words:
        assert word in message


def test_a_line_with_too_many_fields_is_a_rejected_row(warehouse: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "card_usage.csv"
    lines = cards().to_csv(index=False).splitlines()
    path.write_text("\n".join([*lines[:5], lines[-1] + ",1,2", *lines[5:]]))
    assert warehouse.build(*STAGED, studies=["card_usage"], bank_files={"card_usage": str(path)}) == ""
    (row,) = warehouse.rows(
        "select rejection_reason, raw_row from checked_card_usage where rejection_reason is not null"
    )
    assert row[0] == "line: more fields than the header"
    assert json.loads(row[1]) == {"file": str(path), "line": 6, "text": lines[-1] + ",1,2"}
    assert warehouse.value("select count(*) from stg_card_usage") == 60


def test_a_file_that_is_not_utf_8(warehouse: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "card_usage.csv"
    cards().assign(NOTE="M\u00fcller").to_csv(path, index=False, encoding="latin-1")
    message = warehouse.build(*STAGED, studies=["card_usage"], bank_files={"card_usage": str(path)})
    assert "line 2, is not UTF-8: it looks like latin-1. Say `encoding: latin-1`." in message
    assert "Traceback" not in message


def test_a_part_of_the_project_builds_on_its_own(warehouse: Warehouse) -> None:
    assert warehouse.build("--select", "+rejected_rows") == ""
    assert warehouse.value("select count(*) from rejected_rows") > 0


def test_transactions_without_a_customer_cannot_be_numbered(warehouse: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "card_transactions.csv"
    path.write_text("transaction_id,account_id,transacted_at,amount,kind\nT1,A1,2025-06-01 10:00:00,10,purchase\n")
    given: dict[str, Any] = {"studies": ["behavioral"], "as_of_date": "2025-06-30"}
    message = warehouse.build(
        "--select", "+stg_card_transactions", bank_files={"card_transactions": str(path)}, **given
    )
    assert "did you mean account_id?" in message
    assert "row_number" not in message
    files = {"card_transactions": {"path": str(path), "customer_id": "row_number"}}
    assert "a row is no customer there" in warehouse.build(
        "--select", "+stg_card_transactions", bank_files=files, **given
    )


def test_an_empty_file(warehouse: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "card_usage.csv"
    path.touch()
    message = warehouse.build(*STAGED, studies=["card_usage"], bank_files={"card_usage": str(path)})
    assert "card_usage.csv is empty" in message
    assert "Traceback" not in message


def faulty() -> pd.DataFrame:
    """A constant column and one of zeros; infinity and text in so many numbers as are just allowed; NaN is missing."""
    frame = cards(100).assign(TENURE="12", CASH_ADVANCE="0")
    for rows, column, value in [((0, 2), "BALANCE", "NaN"), ((3, 4), "PAYMENTS", "inf"), ((5, 7), "BALANCE", "abc")]:
        frame.loc[rows[0] : rows[1], column] = value
    return frame


BUILDS: dict[str, tuple[Callable[[], pd.DataFrame], dict[str, int]]] = {
    "twenty customers": (lambda: cards(20), {}),
    "all kinds of faults": (faulty, {"balance: not a number": 3, "payments: not finite": 2}),
}


@pytest.mark.parametrize("case", BUILDS)
def test_what_can_be_handled_builds(case: str, warehouse: Warehouse, tmp_path: Path) -> None:
    """All of the project."""
    make, reasons = BUILDS[case]
    frame = make()
    assert build(warehouse, tmp_path, frame) == ""
    assert dict(warehouse.rows("select rejection_reason, count(*) from rejected_rows group by all")) == reasons
    rejected = sum(reasons.values())
    assert warehouse.value("select count(*) from customer_segments") == len(frame) - rejected
    assert warehouse.value("select count(*) from customer_segments where distance is null or isnan(distance)") == 0


@pytest.fixture(scope="module")
def segmented(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Sixty customers in segments; tests go on in a copy."""
    folder = tmp_path_factory.mktemp("segmented")
    warehouse = Warehouse(folder / "bank.duckdb")
    assert build(warehouse, folder, cards(), "--select", "+customer_segments") == ""
    return warehouse


def test_a_later_file_without_rows_does_not_build_zero_segments(segmented: Warehouse, tmp_path: Path) -> None:
    warehouse = segmented.copy(tmp_path)
    assert "no rows" in build(warehouse, tmp_path, cards(0), "--select", "+customer_segments")
    assert warehouse.value("select count(*) from customer_segments") == 60


SETTINGS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no studies": ({"studies": []}, ["names no study"]),
    "a study that is off": (
        {"study_overrides": {"relationship": {"segments": 3}}, "studies": ["card_usage"]},
        ["'relationship'", "card_usage"],
    ),
    "an unknown option": (
        {"study_overrides": {"card_usage": {"k": 3}}},
        ["Unknown key 'k'", "recipe, segments, features"],
    ),
    "an unknown recipe": (
        {"study_overrides": {"card_usage": {"recipe": "log"}}},
        ["recipe 'log'", "standard, median_fill, robust"],
    ),
    "a limit of no variance inflation": (
        {"study_overrides": {"card_usage": {"max_vif": 0}}},
        ["card_usage has max_vif: 0", "from 1 on"],
    ),
    "a limit in words": (
        {"study_overrides": {"card_usage": {"max_vif": "five"}}},
        ["card_usage has max_vif: five", "from 1 on"],
    ),
    "too many segments": (
        {"study_overrides": {"card_usage": {"segments": 11}}},
        ["segments: 11", "from 2 to 10"],
    ),
    "an unknown feature": (
        {"study_overrides": {"card_usage": {"features": ["balance", "wealth"]}}},
        ["no feature 'wealth'", "purchases_trx"],
    ),
    "both files and tables": (
        {"bank_files": "x", "bank_tables": {"database": "a", "schema": "b"}},
        ["one of them"],
    ),
    "an unknown extract": (
        {"bank_files": {"cards": "cards.csv"}},
        ["Unknown key 'cards'", "card_usage"],
    ),
    "a path without a file": (
        {"bank_files": {"card_usage": "nowhere.csv"}, "studies": ["card_usage"]},
        ["no file at nowhere.csv"],
    ),
    "a folder without files": ({"bank_files": "nowhere"}, ["no files in the folder nowhere"]),
    "a date that is none": ({"as_of_date": "June"}, ["as_of_date is 'June'"]),
    "a table that is not there": (
        {"bank_tables": {"database": "bank", "schema": "raw"}, "studies": ["card_usage"]},
        ["card_usage", "no table of that name"],
    ),
    "an odd number of months": ({"window_months": 5}, ["window_months is 5", "an even number"]),
    "no part of the transactions": ({"transaction_partitions": 0}, ["transaction_partitions is 0", "from 1 to"]),
    "a limit that is none": ({"screening_max_vif": "five"}, ["screening_max_vif is: five", "from 1 on"]),
    "a threshold that is no share": ({"strong_stability": 95}, ["strong_stability is 95", "from 0 to 1"]),
    "thresholds in the wrong order": (
        {"moderate_excess": 0.5},
        ["moderate_excess", "0.01, 0.5, 0.1", "below the one"],
    ),
    "thresholds of stability in the wrong order": ({"strong_stability": 0.85}, ["0.8, 0.9, 0.85", "below the one"]),
    "half a place of tables": ({"bank_tables": {"database": "core"}}, ["needs a database and a schema"]),
    "no path": ({"bank_files": {"card_usage": {"customer_id": "row_number"}}}, ["extract card_usage: give a path"]),
    "an id that is none": (
        {"bank_files": {"card_usage": {"path": "x.csv", "customer_id": "id"}}},
        ["extract card_usage: give a path, or {path: PATH, customer_id: row_number}"],
    ),
    "files that are a number": ({"bank_files": 5}, ["bank_files is 5", "give a folder, or a mapping"]),
    "too few customers for a comparison": ({"algorithm_rows": 5}, ["algorithm_rows is 5", "from 20 to 10000"]),
    **{
        f"{name} {value!r}": ({name: value}, [f"var {name} is {value!r}; give", words])
        for name, value, words in [
            ("fit_rows", 0, "a whole number from 20 to"),
            ("fit_rows", 100.5, "a whole number from 20 to"),
            ("structure_rows", 1000000, "from 20 to 10000 (all distances"),
            ("exploration_rows", -1, "a whole number from 20 to"),
            ("median_rows", "many", "a whole number from 20 to"),
            ("scatter_points", 0, "a whole number from 1 to"),
            ("transaction_partitions", "x", "a whole number from 1 to"),
            ("window_months", "six", "a whole number from 2 to 60"),
            ("max_rejected_share", 5, "a number from 0 to 1"),
            ("min_persona_match", -0.1, "a number from 0 to 1"),
            ("clv_divisor", 0, "a number between 0 and"),
            ("interchange_rate", 1.5, "a number from 0 to 1"),
            ("interest_rate", 20, "a number from 0 to 10 (0.2 is 20 % a year)"),
            ("cash_advance_fee", -0.01, "a number from 0 to 1"),
            ("fairness_ratio", 1, "a number between 0 and 1 (0.8 is"),
            ("leave_out_protected", "yes, please", "true or false"),
            ("currency", "", "a symbol or an ISO code"),
            ("locale", "English", "a locale, such as en_GB"),
            ("study_overrides", "x", "a mapping such as {card_usage:"),
            ("bank_tables", "core", "a mapping such as {database:"),
            ("time_zone", "Zurich", "did you mean Europe/Zurich?"),
            ("refit", 3, "true, or a list"),
            ("as_of_date", "2025-02-30", "a date such as 2025-06-30"),
            ("as_of_date", "2025-6-1", "a date such as 2025-06-30"),
        ]
    },
    "an unknown var": ({"something_else": 1}, ["no var 'something_else'", "dbt_project.yml lists all vars"]),
    "a misspelt var": ({"bank_file": "x"}, ["no var 'bank_file'", "did you mean bank_files?"]),
    "an unknown study to fit again": ({"refit": ["mortgage"]}, ["Unknown key 'mortgage'", "refit"]),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_bad_settings_are_said(case: str, warehouse: Warehouse) -> None:
    variables, words = SETTINGS[case]
    message = warehouse.build(*MODEL, **{"studies": ["card_usage"]} | variables)
    assert message
    assert "Traceback" not in message
    for word in words:
        assert word in message


def test_a_misspelt_var_in_the_projects_file_is_said(warehouse: Warehouse, project_copy: Path) -> None:
    """dbt lists the vars of the command line only; a var under the project's name is one as well."""
    path = project_copy / "dbt_project.yml"
    text = path.read_text(encoding="utf-8")
    copy = Warehouse(warehouse.path, project_copy, parsed=ROOT)
    one_seed = ["seed", "--select", "kpi_bands"]
    path.write_text(text.replace("vars:\n", "vars:\n  customer_segmentation: {spend_fall: 0.4}\n"), encoding="utf-8")
    assert copy.dbt(*one_seed) == ""
    for line in ("  spend_fal: 0.3\n", "  customer_segmentation: {spend_fal: 0.3}\n"):
        path.write_text(text.replace("vars:\n", "vars:\n" + line), encoding="utf-8")
        said = copy.dbt(*one_seed)
        assert "There is no var 'spend_fal', which stands in dbt_project.yml; did you mean spend_fall?" in said


def test_an_extract_that_a_study_needs(warehouse: Warehouse, tmp_path: Path) -> None:
    write(cards(), tmp_path / "card_usage.csv")
    message = warehouse.build(*MODEL, studies=["relationship"], bank_files=str(tmp_path))
    assert "bank_customers" in message
    assert "relationship needs" in message


def test_scoring_without_a_model(segmented: Warehouse, tmp_path: Path) -> None:
    warehouse = segmented.copy(tmp_path)
    path = write(cards(), tmp_path / "card_usage.csv")
    files: dict[str, Any] = {"studies": ["card_usage"], "bank_files": {"card_usage": path}}
    message = warehouse.build("--selector", "score", **files, study_overrides={"card_usage": {"recipe": "standard"}})
    assert "no model for its current settings" in message


def test_two_forms_of_one_extract(warehouse: Warehouse, tmp_path: Path) -> None:
    write(cards(), tmp_path / "card_usage.csv")
    write(cards(), tmp_path / "card_usage.parquet")
    message = warehouse.build(*STAGED, studies=["card_usage"], bank_files=str(tmp_path))
    assert "keep one" in message


def test_the_rows_that_were_too_many_can_be_looked_at(warehouse: Warehouse, tmp_path: Path) -> None:
    build(warehouse, tmp_path, changed("BALANCE", "-1", count=4), *STAGED)
    with duckdb.connect(str(warehouse.path), read_only=True) as con:
        query = "select count(raw_row) from incoming_card_usage where rejection_reason = 'balance: below 0'"
        assert con.execute(query).fetchall() == [(4,)]
