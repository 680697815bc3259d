"""`make describe`: the draft of a bank's file for files that nobody has described."""

import gzip
import random
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from conftest import ROOT

from bank import describe as command
from bank.csv_files import CsvFile
from bank.describe import describe, main
from bank.drafting import sources
from bank.drafting.contract import extracts, studies
from bank.drafting.samples import of_csv
from bank.faults import Refused
from bank.plan import plan
from bank.settings import load

CASES = ROOT.parent / "shared" / "cases"
GOLDEN = ROOT / "tests" / "python" / "describe.yml"
CUSTOMERS = [one.name for one in extracts()["bank_customers"].fields if one.name != "as_of_date"]
Row = dict[str, str]


def number(value: float, decimal: str = ".", thousands: str = "", places: int = 2) -> str:
    """As some country writes it."""
    text = f"{value:,.{places}f}"
    return text.replace(",", "T").replace(".", decimal).replace("T", thousands)


def customers(n: int = 200, write: Callable[[float], str] = number) -> list[Row]:
    """Of bank_customers; amounts as `write` has them."""
    rng = random.Random(1)
    return [
        {
            "customer_id": f"C{i:05}",
            "age": str(rng.randint(18, 95)),
            "income": write(rng.uniform(20_000, 150_000)),
            "credit_score": str(rng.randint(300, 850)),
            "account_tenure": str(rng.randint(0, 40)),
            "monthly_spending": write(rng.uniform(200, 9_000)),
            "transaction_frequency": str(rng.randint(1, 90)),
            "avg_account_balance": write(rng.uniform(-5_000, 80_000)),
            "num_products": str(rng.randint(1, 7)),
            "app_usage_score": str(rng.randint(0, 10)),
            "support_calls": str(rng.randint(0, 12)),
        }
        for i in range(n)
    ]


def transactions(n: int = 300) -> list[Row]:
    rng = random.Random(2)
    days = [date(2025, 1, 1) + timedelta(rng.randrange(180)) for _ in range(n)]
    return [
        {
            "transaction_id": f"T{i:06}",
            "customer_id": f"C{i % 40:05}",
            "transacted_at": f"{day} 10:{i % 60:02}:00",
            "amount": f"{rng.uniform(1, 900):.2f}",
            "kind": "purchase",
        }
        for i, day in enumerate(days)
    ]


def demographics(n: int = 200, **columns: Callable[[int], str]) -> list[Row]:
    rng = random.Random(3)
    rows = [
        {"customer_id": f"C{i:05}", "age": str(rng.randint(18, 95)), "income": f"{rng.uniform(2e4, 9e4):.2f}"}
        for i in range(n)
    ]
    return [row | {name: value(i) for name, value in columns.items()} for i, row in enumerate(rows)]


def write(
    path: Path,
    rows: Sequence[Row],
    separator: str = ",",
    encoding: str = "utf-8",
    before: Sequence[str] = (),
    names: dict[str, str] | None = None,
) -> Path:
    """A file as some program exports it; `names`: what it calls the contract's columns."""

    def quoted(text: str) -> str:
        return f'"{text}"' if separator in text else text

    header = [quoted((names or {}).get(name, name)) for name in rows[0]]
    lines = [*before, separator.join(header), *(separator.join(map(quoted, row.values())) for row in rows)]
    path.parent.mkdir(parents=True, exist_ok=True)
    data = ("\r\n".join(lines) + "\r\n").encode(encoding)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def drafted(*places: Path) -> tuple[str, dict[str, Any]]:
    """The draft and what the build makes of it, in a folder of its own."""
    folder = places[0] if places[0].is_dir() else places[0].parent
    file = folder.parent / f"draft-of-{folder.name}.yml"
    file.unlink(missing_ok=True)
    assert main([*map(str, places), "--out", str(file)]) == 0
    return file.read_text(encoding="utf-8"), load(str(file))


def entry_of(path: Path, extract: str = "bank_customers") -> dict[str, Any]:
    found: dict[str, Any] = drafted(path)[1]["extracts"][extract]
    return {key: value for key, value in found.items() if key != "path"}


def planned(loaded: dict[str, Any], extract: str) -> dict[str, Any]:
    """What the build would read, of a CSV."""
    found = plan(extracts()[extract].request(loaded["extracts"][extract]))
    assert found is not None
    return found


def with_line(text: str, line: str) -> str:
    """A draft in which somebody has decided for a line."""
    assert text.count(f"# {line}") == 1, (line, text)
    return re.sub(rf"# {re.escape(line)}( +# into.*)?", line, text)


def reloaded(text: str, folder: Path) -> dict[str, Any]:
    (folder / "decided.yml").write_text(text, encoding="utf-8")
    return load(str(folder / "decided.yml"))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " ", "^", "~"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252", "latin-1"])
@pytest.mark.parametrize(("decimal", "thousands"), [(".", ""), (",", ""), (",", "."), (".", "'"), (".", ",")])
def test_how_files_are_written(separator: str, encoding: str, decimal: str, thousands: str, tmp_path: Path) -> None:
    rows = [row | {"Ort": "Zürich" + (" €" if encoding == "windows-1252" else "")} for row in customers(60)]
    amounts = customers(60, lambda value: number(value, decimal, thousands))
    rows = [row | {name: amount[name] for name in amount} for row, amount in zip(rows, amounts, strict=True)]
    text, loaded = drafted(write(tmp_path / "in" / "kunden.csv", rows, separator, encoding))
    keys = loaded["extracts"]["bank_customers"]
    assert keys.pop("path") == str(tmp_path / "in" / "kunden.csv")
    expected = {"encoding": encoding} if not encoding.startswith("utf-8") else {}
    expected |= {"separator": separator} if separator in " ^~" else {}
    expected |= {"decimal": decimal} if decimal == "," else {}
    expected |= {"thousands": thousands} if thousands else {}
    assert keys == expected
    assert "11 of 11 required columns found" in text
    assert "60 rows, all looked at" in text


def test_what_is_as_the_contract_has_it_needs_no_line(tmp_path: Path) -> None:
    rows = [row | {"as_of_date": "2025-06-30"} for row in customers()]
    text, loaded = drafted(write(tmp_path / "in" / "bank_customers.csv", rows))
    assert loaded == {
        "studies": ["relationship"],
        "extracts": {"bank_customers": {"path": str(tmp_path / "in" / "bank_customers.csv")}},
    }
    assert "Nothing is left to decide." in text
    assert "???" not in text


def test_lines_before_the_header_and_the_line_of_excel(tmp_path: Path) -> None:
    before = ["Kundenliste; Stand 30.06.2025", "", "vertraulich"]
    assert entry_of(write(tmp_path / "a" / "x.csv", customers(), ";", before=before)) == {"skip": 3}
    loaded = drafted(write(tmp_path / "b" / "x.csv", customers(), "~", before=["sep=~"]))[1]
    assert list(loaded["extracts"]["bank_customers"]) == ["path"]
    assert planned(loaded, "bank_customers")["columns"]["age"]["name"] == "age"


def test_a_file_without_a_header_is_named_with_its_columns(tmp_path: Path) -> None:
    file = tmp_path / "in" / "x.csv"
    file.parent.mkdir()
    file.write_text("".join(f"{i},2025-01-{i % 28 + 1:02},{i * 1.5}\n" for i in range(40)), encoding="utf-8")
    text, loaded = drafted(file)
    assert loaded["extracts"] == {}
    assert "x.csv: it has no header: line 1" in text
    assert "column 2: date, 28 different, dates 2025-01-01 to 2025-01-28" in text


def test_two_columns_of_one_name(tmp_path: Path) -> None:
    file = write(tmp_path / "in" / "x.csv", [row | {"Income": row["income"]} for row in customers()])
    text, loaded = drafted(file)
    assert "columns" not in loaded["extracts"]["bank_customers"]
    assert re.search(r"\?\?\? income: it stands there more than once, as income .* or Income", text)


GERMAN = {
    "customer_id": "Kundennummer",
    "age": "Alter",
    "income": "Einkommen p.a.",
    "credit_score": "Bonität",
    "account_tenure": "Kontodauer",
    "monthly_spending": "Monatsausgaben",
    "transaction_frequency": "Transaktionen pro Monat",
    "avg_account_balance": "Durchschnittssaldo (CHF)",
    "num_products": "Anzahl Produkte",
    "app_usage_score": "App-Nutzung",
    "support_calls": "Anrufe",
}


def test_columns_by_words_for_them(tmp_path: Path) -> None:
    text, loaded = drafted(write(tmp_path / "in" / "export.csv", customers(), ";", names=GERMAN))
    assert loaded["extracts"]["bank_customers"]["columns"] == GERMAN
    assert "      age: Alter  # a word for it; values 18 to 95\n" in text
    found = planned(loaded, "bank_customers")["columns"]
    assert {name: place["name"] for name, place in found.items() if place} == GERMAN


def test_columns_by_likeness_and_what_is_only_like_them(tmp_path: Path) -> None:
    names = {
        "monthly_spending": "monthly_spend",
        "avg_account_balance": "averageAccountBalance",
        "credit_score": "CREDITSCORR",
    }
    rows = [row | {"wage": "3", "account_id": f"A{i}"} for i, row in enumerate(customers())]
    rows = [{name: value for name, value in row.items() if name not in ("age", "customer_id")} for row in rows]
    text, loaded = drafted(write(tmp_path / "in" / "x.csv", rows, names=names))
    assert loaded["extracts"]["bank_customers"]["columns"] == names
    assert re.search(r"monthly_spending: monthly_spend  # by likeness; values [\d.]+ to [\d.]+\n", text)
    # neither a wage nor the id of an account
    assert "      # age: ???  required; not found" in text
    assert "      # customer_id: ???  required; not found" in text
    assert "# customer_id: row_number" in text


def test_a_category_by_its_content_alone(tmp_path: Path) -> None:
    file = write(
        tmp_path / "in" / "x.csv", demographics(as_of_date=lambda i: "2025-06-30", feld7=lambda i: "mf"[i % 2])
    )
    text, loaded = drafted(file)
    assert loaded["extracts"]["customer_demographics"]["columns"] == {"gender": "feld7"}
    assert "gender: feld7  # by content alone; values m, f" in text


def test_no_column_is_taken_twice(tmp_path: Path) -> None:
    rows = [{name: row[name] for name in ("customer_id", "age", "income")} for row in customers()]
    rows = [row | {"credit_score": "700", "loan_amount": "1", "investment": "2.5"} for row in rows]
    loaded = drafted(write(tmp_path / "in" / "x.csv", rows, names={"income": "Einkommen"}))[1]
    columns = loaded["extracts"]["financial_profiles"]["columns"]
    assert columns == {"annual_income": "Einkommen"}


def test_columns_of_which_each_could_be_it(tmp_path: Path) -> None:
    rows = [row | {"num_products": "3", "Produkte": "2"} for row in customers()]
    text, loaded = drafted(write(tmp_path / "in" / "x.csv", rows, names={"num_products": "Anzahl_Produkte"}))
    assert "columns" not in loaded["extracts"]["bank_customers"]
    decided = reloaded(with_line(text, "columns: {num_products: Produkte}"), tmp_path)
    assert planned(decided, "bank_customers")["columns"]["num_products"]["name"] == "Produkte"


@pytest.mark.parametrize("name", ["Monatliches_Einkommen", "income_month"])
def test_a_months_income_is_no_income(name: str, tmp_path: Path) -> None:
    text, loaded = drafted(write(tmp_path / "in" / "x.csv", customers(), names={"income": name}))
    assert "columns" not in loaded["extracts"]["bank_customers"]
    assert f"""# expressions: {{income: "12 * cast(\\"{name}\\" as double)"}}""" in text


def test_a_file_that_is_no_extract(tmp_path: Path) -> None:
    rows = [{"id": f"B{i}", "Strasse": f"Hauptstrasse {i}", "Ort": "Bern"} for i in range(50)]
    text, loaded = drafted(write(tmp_path / "in" / "filialen.csv", rows))
    assert loaded == {"extracts": {}}
    assert "# - filialen.csv: 50 rows, all looked at; no extract fits" in text
    assert "Strasse: text, 50 different, of the form Aaaaaaaaaaaa 9, Aaaaaaaaaaaa 99" in text
    assert "Hauptstrasse" not in text


def test_an_unclear_point_is_left_to_decide(tmp_path: Path) -> None:
    rows = customers(write=lambda value: number(value, ",", ".", 0))
    text, loaded = drafted(write(tmp_path / "in" / "x.csv", rows, ";"))
    assert list(loaded["extracts"]["bank_customers"]) == ["path"]
    shown = re.search(r"monthly_spending: \d\.\d{3} \((\d+) times\) beside \d{3} \((\d+) times\)", text)
    assert shown
    assert int(shown[1]) + int(shown[2]) == 200
    line = '{income: ".", monthly_spending: ".", avg_account_balance: "."}'
    for key in ("thousands", "decimal"):
        decided = reloaded(with_line(text, f"{key}: {line}"), tmp_path)
        assert planned(decided, "bank_customers")["columns"]["income"]["readings"][key] == "."


def test_only_zeros_before_the_decimals_tell_what_a_point_is(tmp_path: Path) -> None:
    """0.512 is no thousand, nor is 12345.678."""
    for clear in ("0.512", "12345.678", "7.5"):
        rows = [row | {"income": "1.081"} for row in customers()]
        rows[7]["income"] = clear
        text, _ = drafted(write(tmp_path / clear / "x.csv", rows))
        assert "income:" not in text
    # one decimal that is zero tells it here, and not to the build
    rows[7]["income"] = "29.0"
    assert entry_of(write(tmp_path / "zero" / "x.csv", rows)) == {"decimal": {"income": "."}}


def test_signs_that_contradict_each_other(tmp_path: Path) -> None:
    rows = [row | {"income": "12,50" if i % 2 else "12.50"} for i, row in enumerate(customers())]
    text, loaded = drafted(write(tmp_path / "in" / "x.csv", rows, ";"))
    assert "decimal" not in loaded["extracts"]["bank_customers"]
    assert "??? income: its numbers are written in two ways: 12.50 (100 times), 12,50 (100 times)" in text


@pytest.mark.parametrize(
    ("shown", "keys"),
    [
        ("{} €", {"signs": "€"}),
        ("CHF {}", {"signs": "CHF"}),
        ("{} Franken", {"signs": "Franken"}),
        ("{}-", {"negative": "behind"}),
        ("({})", {"negative": "parentheses"}),
    ],
)
def test_what_stands_beside_numbers(shown: str, keys: dict[str, Any], tmp_path: Path) -> None:
    rows = [
        row | {"avg_account_balance": shown.format("12.50") if i % 3 else "12.50"} for i, row in enumerate(customers())
    ]
    assert entry_of(write(tmp_path / "in" / "x.csv", rows)) == keys


def test_percent_is_a_share_where_the_contract_says_so(tmp_path: Path) -> None:
    sample = (ROOT / "seeds" / "sample" / "raw_card_usage.csv").read_text(encoding="utf-8").splitlines()[:200]
    lines = [line.split(",") for line in sample]
    place = lines[0].index("PRC_FULL_PAYMENT")
    for line in lines[1:]:
        line[place] = "12.5 %"
    file = tmp_path / "in" / "cards.csv"
    file.parent.mkdir()
    file.write_text("\n".join(",".join(line) for line in lines), encoding="utf-8")
    assert entry_of(file, "card_usage")["percent"] == {"prc_full_payment": "share"}
    rows = [row | {"app_usage_score": f"{i % 10} %"} for i, row in enumerate(customers())]
    text, loaded = drafted(write(tmp_path / "b" / "x.csv", rows))
    assert "percent" not in loaded["extracts"]["bank_customers"]
    assert "# percent: {app_usage_score: points}\n" in text
    assert "# percent: {app_usage_score: share}\n" in text


def test_what_multiplies_is_no_sign(tmp_path: Path) -> None:
    rows = [row | {"income": "35k"} for row in customers()]
    text, loaded = drafted(write(tmp_path / "in" / "x.csv", rows))
    assert "signs" not in loaded["extracts"]["bank_customers"]
    assert "??? income: 35k (200 times): what does k multiply by?" in text


DAYS = [date(2020, 1, 1) + timedelta(17 * i) for i in range(60)]


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("%Y-%m-%d", None),
        ("%Y/%m/%d", None),
        ("%d.%m.%Y", "dd.mm.yyyy"),
        ("%m/%d/%Y", "mm/dd/yyyy"),
        ("%d/%m/%Y", "dd/mm/yyyy"),
        ("%d-%b-%Y", "dd-mon-yyyy"),
        ("%Y%m%d", "yyyymmdd"),
        ("%d.%m.%y", "dd.mm.yy"),
        ("%y%m%d", "yymmdd"),
        ("%Y.%m.%d", "yyyy.mm.dd"),
        ("%d%m%Y", "ddmmyyyy"),
        ("%b %d, %Y", "mon dd, yyyy"),
    ],
)
def test_forms_of_dates(written: str, form: str | None, tmp_path: Path) -> None:
    """As the draft says them, the engine reads them."""
    # two-digit years above 31, so that they are no days
    days = [day.replace(year=day.year + 20) if "%y" in written else day for day in DAYS]
    file = write(tmp_path / "in" / "x.csv", demographics(60, customer_since=lambda i: days[i].strftime(written)), ";")
    loaded = drafted(file)[1]
    keys = loaded["extracts"]["customer_demographics"]
    assert keys.get("dates") == form
    if form:
        forms = planned(loaded, "customer_demographics")["columns"]["customer_since"]["readings"]["forms"]
        for day in days:
            read = duckdb.execute("select cast(try_strptime(?, ?) as date)", [day.strftime(written), forms]).fetchone()
            assert read == (day,)


def test_excel_counts_days(tmp_path: Path) -> None:
    file = write(tmp_path / "in" / "x.csv", demographics(customer_since=lambda i: str(43000 + i)))
    assert entry_of(file, "customer_demographics") == {"dates": "excel"}


@pytest.mark.parametrize(("sign", "half"), [(".", ""), ("/", " 02:05 PM")])
def test_day_or_month_is_left_to_decide(sign: str, half: str, tmp_path: Path) -> None:
    rows = [
        row | {"transacted_at": f"0{i % 9 + 1}{sign}{i % 12 + 1:02}{sign}2025{half}"}
        for i, row in enumerate(transactions())
    ]
    text, loaded = drafted(write(tmp_path / "in" / "x.csv", rows))
    assert "dates" not in loaded["extracts"]["card_transactions"]
    days = {"dd.mm.yyyy": "mm.dd.yyyy"} if sign == "." else {"%d/%m/%Y %I:%M %p": "%m/%d/%Y %I:%M %p"}
    for form in (*days, *days.values()):
        line = f"dates: {{transacted_at: {form if sign == '.' else f'{chr(34)}{form}{chr(34)}'}}}"
        decided = reloaded(with_line(text, line), tmp_path)
        assert planned(decided, "card_transactions")["columns"]["transacted_at"]["readings"]["dates"] == form
    rows[0]["transacted_at"] = f"13{sign}01{sign}2025{half}"
    assert entry_of(write(tmp_path / "b" / "x.csv", rows), "card_transactions") == {"dates": next(iter(days))}


def test_several_forms_in_one_column_are_a_list(tmp_path: Path) -> None:
    written = ["%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y", "%d.%m.%y", "%Y%m%d"]
    file = write(tmp_path / "in" / "x.csv", demographics(60, customer_since=lambda i: DAYS[i].strftime(written[i % 5])))
    loaded = drafted(file)[1]
    forms = loaded["extracts"]["customer_demographics"]["dates"]
    assert set(forms) == {"yyyy-mm-dd", "dd.mm.yyyy", "dd-mm-yyyy", "dd.mm.yy", "yyyymmdd"}
    assert forms[0] == "dd.mm.yy"  # dd.mm.yyyy would take 30.06.25 for the year 25
    read = planned(loaded, "customer_demographics")["columns"]["customer_since"]["readings"]["forms"]
    for i, day in enumerate(DAYS):
        said = [day.strftime(written[i % 5]), read]
        assert duckdb.execute("select cast(try_strptime(?, ?) as date)", said).fetchone() == (day,)


def test_a_date_for_never_is_missing(tmp_path: Path) -> None:
    rows = demographics(customer_since=lambda i: "31.12.9999" if i % 4 == 0 else DAYS[i % 60].strftime("%d.%m.%Y"))
    text, loaded = drafted(write(tmp_path / "in" / "x.csv", rows))
    assert loaded["extracts"]["customer_demographics"] | {"path": ""} == {
        "path": "",
        "dates": "dd.mm.yyyy",
        "missing": "31.12.9999",
    }
    assert "31.12.9999 (50 times)" in text
    con = duckdb.connect()
    con.execute(
        "create table t as select 'C' || range as customer_id, 30 as age, 100.5 as income, "
        "if(range % 4 = 0, date '9999-12-31', date '2020-01-01' + cast(range as int)) as customer_since from range(200)"
    )
    (tmp_path / "typed").mkdir()
    con.execute(f"copy t to '{tmp_path}/typed/x.parquet'")
    assert entry_of(tmp_path / "typed", "customer_demographics") == {"missing": "9999-12-31"}


@pytest.mark.parametrize("word", ["Unknown", "k.A.", "-", "?", "n/v", "Keine Angabe"])
def test_words_for_nothing(word: str, tmp_path: Path) -> None:
    rows = [row | {"age": word if i % 5 == 0 else row["age"]} for i, row in enumerate(customers())]
    text, loaded = drafted(write(tmp_path / "in" / "x.csv", rows))
    assert loaded["extracts"]["bank_customers"]["missing"] == word
    assert f"age: {word} (40 times)" in text


def test_other_words_and_what_the_build_knows_by_itself(tmp_path: Path) -> None:
    rows = [
        row | {"age": ["gesperrt", "NULL", "n/a", ""][i] if i < 4 else row["age"]} for i, row in enumerate(customers())
    ]
    text, loaded = drafted(write(tmp_path / "a" / "x.csv", rows))
    assert "missing" not in loaded["extracts"]["bank_customers"]
    assert "gesperrt" not in text  # one value could be anything
    assert "age: 1 other values are no number, such as aaaaaaaa" in text
    for row in rows[10:20]:
        row["age"] = "gesperrt"
    text, loaded = drafted(write(tmp_path / "b" / "x.csv", rows))
    assert "missing" not in loaded["extracts"]["bank_customers"]
    assert "age: gesperrt (11 times): no number; do such words mean that nothing is known?" in text
    assert "# missing: {age: [gesperrt]}" in text


@pytest.mark.parametrize(("value", "is_asked"), [("999", True), ("-1", True), ("95", False), ("0", False)])
def test_numbers_that_stand_for_nothing_are_asked(value: str, is_asked: bool, tmp_path: Path) -> None:
    rows = [row | {"age": value if i % 10 == 0 else row["age"]} for i, row in enumerate(customers())]
    text, loaded = drafted(write(tmp_path / "in" / "x.csv", rows))
    assert "missing" not in loaded["extracts"]["bank_customers"]
    assert (f"??? age: {value} stands there 20 times, beyond the bounds" in text) == is_asked
    assert (f'# missing: {{age: ["{value}"]}}' in text) == is_asked


def test_categories_in_other_words(tmp_path: Path) -> None:
    rows = demographics(
        gender=lambda i: ["w", "M", "female"][i % 3],
        marital_status=lambda i: ["ledig", "Konkubinat", "married"][i % 3],
        education=lambda i: str(i % 3),
    )
    text, loaded = drafted(write(tmp_path / "in" / "x.csv", rows))
    values = loaded["extracts"]["customer_demographics"]["values"]
    assert values == {"gender": {"w": "female"}, "marital_status": {"ledig": "single"}}
    assert "??? marital_status: what are Konkubinat (67 times)? Known: single, married, divorced, widowed" in text
    assert "??? education: what are 0 (67 times), 1 (67 times), 2 (66 times)? Known: primary, secondary" in text
    assert '# values: {education: {"0": "???", "1": "???", "2": "???"}}' in text


def test_ids_with_zeros_before_them(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.csv", [row | {"customer_id": f"{i:06}"} for i, row in enumerate(customers(), 1)])
    rows = [row | {"customer_id": f"{i}.0"} for i, row in enumerate(demographics(education=lambda i: "master"), 1)]
    write(tmp_path / "in" / "b.csv", rows)
    text, _ = drafted(tmp_path / "in")
    assert "??? customer_id: 200 of the ids here begin with 0, none in customer_demographics" in text
    decided = reloaded(with_line(text, "ids: number"), tmp_path)
    assert planned(decided, "bank_customers")["columns"]["customer_id"]["readings"]["ids"] == "number"
    assert "ids" not in decided["extracts"]["customer_demographics"]


def test_zeros_before_ids_alone_are_no_question(tmp_path: Path) -> None:
    rows = [row | {"customer_id": f"{i:06}"} for i, row in enumerate(customers(), 1)]
    assert "customer_id" not in drafted(write(tmp_path / "in" / "a.csv", rows))[0]


def test_what_the_build_would_refuse_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it is: the draft asks the build's own plan."""

    def refuse(request: dict[str, Any]) -> None:
        raise Refused(f"{request['extract']} is not to be read")

    monkeypatch.setattr(command, "plan", refuse)
    text, _ = drafted(write(tmp_path / "in" / "kunden.csv", customers()))
    assert "??? the build would say: bank_customers is not to be read" in " ".join(text.replace("#", "").split())


def test_a_separator_is_regular(tmp_path: Path) -> None:
    """Of names that say nothing: not the comma that stands in most texts."""
    rows = [{"Nr": f"N{i}", "Text": "so, so, la la" if i % 3 else "gut"} for i in range(60)]
    text, _ = drafted(write(tmp_path / "in" / "x.csv", rows, ";"))
    assert "Text: text, 2 different: so, so, la la (40), gut (20)" in text


def test_a_database_that_yaml_would_take_for_a_truth(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    file = write(tmp_path / "x.csv", customers())
    with duckdb.connect(str(tmp_path / "in" / "yes.duckdb")) as con:
        con.execute(f"create table kunden as from read_csv('{file}')")
    loaded = drafted(tmp_path / "in")[1]
    assert loaded["attach"] == {"yes": "in/yes.duckdb"}
    assert loaded["extracts"]["bank_customers"] == {"table": "yes.main.kunden"}


def test_what_is_offered_for_a_missing_id_and_kind(tmp_path: Path) -> None:
    rows = [{name: row[name] for name in ("transaction_id", "transacted_at", "amount")} for row in transactions()]
    text, _ = drafted(write(tmp_path / "in" / "x.csv", rows))
    assert "# constants: {kind: purchase}" in text
    assert "customer_id: row_number" not in text  # a row is no customer
    rows = [{name: row[name] for name in CUSTOMERS[1:]} for row in customers()]
    text, _ = drafted(write(tmp_path / "b" / "x.csv", rows))
    decided = reloaded(with_line(text, "customer_id: row_number"), tmp_path)
    assert planned(decided, "bank_customers")["number_rows"]


def test_no_text_of_anybody_is_printed(tmp_path: Path) -> None:
    rng = random.Random(5)
    names = ["Zyprian Quellmatt", "Xaver Oberholz", "Ottilie Nussbaum"]
    rows = [
        row
        | {"customer_id": f"GEHEIM{rng.randrange(10**6)}", "Name": f"{names[i % 3]} {i}", "Notiz": names[i % 200 % 3]}
        for i, row in enumerate(customers(12))
    ]
    text, _ = drafted(write(tmp_path / "in" / "x.csv", rows))
    assert not re.search("GEHEIM|Zyprian|Xaver|Ottilie", text)
    assert "Name: text, 12 different, of the form Aaaaaaa Aaaaaaaaa 9" in text


def test_folders_of_dates_are_one_extract(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for day, names in (("2025-03-31", {}), ("2025-06-30", {"avg_account_balance": "average_account_balance"})):
        write(folder / "kunden" / f"as_of_date={day}" / "part-0.csv", customers(), names=names)
        write(folder / f"as_of_date={day}" / "umsatz.csv", transactions())
    text, loaded = drafted(folder)
    paths = {name: entry["path"] for name, entry in loaded["extracts"].items()}
    assert paths["bank_customers"] == str(folder / "kunden")
    assert paths["card_transactions"] == str(folder / "as_of_date=*" / "umsatz.csv")
    columns = loaded["extracts"]["bank_customers"]["columns"]
    assert columns == {"avg_account_balance": ["avg_account_balance", "average_account_balance"]}
    assert "as_of_date: ???" not in text
    assert planned(loaded, "bank_customers")["columns"]["as_of_date"]["name"] == "as_of_date of the folder"
    assert "2 files" in planned(loaded, "card_transactions")["label"]


def test_parts_are_a_pattern_and_months_are_asked(tmp_path: Path) -> None:
    for part in range(3):
        write(tmp_path / "in" / f"tx_part{part}.csv", transactions())
    write(tmp_path / "in" / "kunden_2025-03.csv", customers())
    write(tmp_path / "in" / "kunden_2025-06.csv", customers())
    text, loaded = drafted(tmp_path / "in")
    assert loaded["extracts"]["card_transactions"]["path"] == str(tmp_path / "in" / "tx_part*.csv")
    assert loaded["extracts"]["bank_customers"]["path"] == str(tmp_path / "in" / "kunden_2025-06.csv")
    assert "2 files look the same, and their names hold dates: kunden_2025-03.csv, kunden_2025-06.csv" in " ".join(
        text.replace("#", "").split()
    )
    assert "# as_of_date: ???" in text


def test_a_folder_is_searched_two_folders_deep(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a" / "b" / "kunden.csv", customers())
    write(tmp_path / "in" / "a" / "b" / "c" / "tx.csv", transactions())
    assert set(drafted(tmp_path / "in")[1]["extracts"]) == {"bank_customers"}


def test_parquet_gz_and_a_duckdb_file(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    file = write(tmp_path / "tx.csv", transactions())
    write(folder / "kunden.csv.gz", customers(), ";", names=GERMAN)
    con = duckdb.connect()
    con.execute(f"copy (from read_csv('{file}')) to '{folder}/tx.parquet'")
    with duckdb.connect(str(folder / "main.duckdb")) as core:
        core.execute(
            "create table personen as select 'C' || range as customer_id, 30 + range % 9 as age, "
            "range * 7.5 as income, 'primary' as education, date '2025-06-30' as as_of_date from range(100)"
        )
        core.execute("create table log (written timestamp, said varchar)")
    text, loaded = drafted(folder)
    assert loaded["attach"] == {"main_file": "in/main.duckdb"}
    assert loaded["extracts"]["customer_demographics"] == {"table": "main_file.main.personen"}
    assert loaded["extracts"]["card_transactions"] == {"path": str(folder / "tx.parquet")}
    assert loaded["extracts"]["bank_customers"]["columns"] == GERMAN
    assert loaded["studies"] == ["relationship", "demographic", "behavioral", "combined"]
    assert "main.duckdb, table log: 0 rows, all looked at; no extract fits" in text


def test_numbers_that_are_stored_as_such_have_no_signs(tmp_path: Path) -> None:
    """1.081 is hardly more than one, in a column of floats."""
    (tmp_path / "in").mkdir()
    rows = write(tmp_path / "x.csv", [row | {"age": "18.081"} for row in customers()])
    types = "types = {'income': 'DOUBLE', 'age': 'DOUBLE'}"
    duckdb.execute(f"copy (from read_csv('{rows}', {types})) to '{tmp_path}/in/x.parquet'")
    text, loaded = drafted(tmp_path / "in")
    assert list(loaded["extracts"]["bank_customers"]) == ["path"]
    assert not re.search(r"\bage: ", text)


class Door:
    """What bank.doors gives for a sheet."""

    def __init__(self, relation: str) -> None:
        self.extension, self.relation, self.label, self.numbers = "excel", relation, "a sheet", ("Einkommen p.a.",)


def test_each_sheet_of_a_spreadsheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "in" / "Zahlen.xlsx"
    write(tmp_path / "kunden.csv", [row | {"income": "35.081"} for row in customers()], names=GERMAN)
    write(tmp_path / "tx.csv", transactions())
    file.parent.mkdir()
    monkeypatch.setattr(sources, "_sheet_names", lambda path: ["Umsatz 25", "Kunden 25"])
    monkeypatch.setattr(sources, "load_extension", lambda con, name: None)

    def reader(path: Path, entry: dict[str, Any]) -> Door:
        """The second sheet has two rows before its header."""
        if "sheet" not in entry:
            return Door(f"read_csv('{tmp_path}/tx.csv', all_varchar = true)")
        skipped = entry.get("skip", 0) == 2
        return Door(f"read_csv('{tmp_path}/kunden.csv', all_varchar = true)" if skipped else "(select 'x' as Titel)")

    monkeypatch.setattr(sources, "reader", reader)
    file.touch()
    monkeypatch.setattr(command, "plan", lambda request: None)  # which opens the file
    text, loaded = drafted(file)
    assert "income: 35.081" not in text  # the cell is a number
    assert loaded["extracts"]["card_transactions"] == {"path": str(file)}
    customers_entry = loaded["extracts"]["bank_customers"]
    assert {key: customers_entry[key] for key in ("path", "sheet", "skip")} == {
        "path": str(file),
        "sheet": "Kunden 25",
        "skip": 2,
    }
    assert customers_entry["columns"] == GERMAN

    def needs_an_extra(path: Path, entry: dict[str, Any]) -> Door:
        raise Refused("This needs DuckDB's extension excel, which is not installed")

    monkeypatch.setattr(sources, "reader", needs_an_extra)
    text, loaded = drafted(file)
    assert loaded["extracts"] == {}
    assert "Zahlen.xlsx, sheet Umsatz 25: This needs DuckDB's extension excel" in text


def test_studies_are_those_of_the_documents() -> None:
    text = (ROOT / "docs" / "your-data.md").read_text(encoding="utf-8")
    table = re.search(r"\| study \| needs \|\n.*\n((?:\|.*\n)+)", text)
    assert table
    said: dict[str, set[str]] = {}
    for line in table[1].splitlines():
        names, needs = (set(re.findall(r"`(\w+)`", cell)) for cell in line.strip("|").split("|"))
        said |= dict.fromkeys(names, needs or said.get("demographic", set()) | said.get("behavioral", set()))
    assert studies() == said


def test_paths_are_relative_to_the_draft_or_absolute(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "in" / "kunden.csv", customers())
    assert main([str(file)]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["extracts"]["bank_customers"]["path"] == str(file)
    for out, path in ((tmp_path / "bank.yml", "in/kunden.csv"), (tmp_path / "elsewhere" / "bank.yml", str(file))):
        out.parent.mkdir(exist_ok=True)
        assert main([str(file), "--out", str(out)]) == 0
        assert yaml.safe_load(out.read_text(encoding="utf-8"))["extracts"]["bank_customers"]["path"] == path
        assert load(str(out))["extracts"]["bank_customers"]["path"] == str(file)


def test_a_file_that_is_there_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = write(tmp_path / "kunden.csv", customers()), tmp_path / "bank.yml"
    out.write_text("mine", encoding="utf-8")
    assert main([str(file), "--out", str(out)]) == 1
    assert out.read_text(encoding="utf-8") == "mine"
    assert "is there already" in capsys.readouterr().err
    assert main([str(tmp_path / "nowhere")]) == 1
    assert main([str(out)]) == 1
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["C:\\n", "a: b", "#x", "- y", "{z}", "yes", "1", "'", '"', "é\u00a0ü", "tab\there", "%d"]
)
def test_any_name_of_a_column_can_be_read_back(name: str, tmp_path: Path) -> None:
    """Names that YAML would take for something else."""
    text, loaded = drafted(write(tmp_path / "in" / "x.csv", customers(), "|", names={"customer_id": f"Kunde ({name})"}))
    assert "Nothing is left" not in text
    assert loaded["extracts"]["bank_customers"]["columns"]["customer_id"] == f"Kunde ({name})"


def broken(kind: str) -> bytes:
    return {
        "empty": b"",
        "zeros": b"\x00\x01\x02" * 100,
        "the other order": "customer_id,age\n1,2\n".encode("utf-16-be"),
        "blank": b"\n\n\n",
        "one line": b"customer_id,age",
        "no gzip": b"customer_id,age\n1,2\n",
        "no Parquet": b"PAR0",
        "no database": b"nothing of the kind",
        "no sheet": b"PK\x03\x04",
    }[kind]


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder / "kunden.csv", customers())
    endings = {"no gzip": "csv.gz", "no Parquet": "parquet", "no database": "duckdb", "no sheet": "xlsx"}
    for kind in ("empty", "zeros", "the other order", "blank", "one line", *endings):
        (folder / f"{kind}.{endings.get(kind, 'csv')}").write_bytes(broken(kind))
    text, loaded = drafted(folder)
    assert set(loaded["extracts"]) == {"bank_customers"}
    for kind in ("empty", "zeros", "the other order", "blank", "one line", *endings):
        assert f"# - {kind}.{endings.get(kind, 'csv')}: " in text
    assert "Traceback" not in text


def test_a_long_file_is_looked_at_all_over(tmp_path: Path) -> None:
    """What comes only in its last tenth is seen, and the time does not depend on its length."""
    file = tmp_path / "in" / "x.csv"
    file.parent.mkdir()
    rows = [",".join(row.values()) for row in customers(500)]
    with open(file, "w", encoding="utf-8") as out:
        out.write(",".join(CUSTOMERS) + "\n")
        for i in range(600):
            out.write("\n".join(rows if i < 540 else [row.replace(",", ",k.A.", 1) for row in rows]) + "\n")
    layout = {
        "path": str(file),
        "encoding": "utf-8",
        "separator": ",",
        "skip": 0,
        "header": tuple(CUSTOMERS),
        "sample": (),
    }
    sample = of_csv(CsvFile(**layout), 20_000)  # type: ignore[arg-type]
    assert not sample.is_whole
    assert 15_000 < sample.rows < 25_000
    assert sample.faulty == 0
    late = sum(n for text, n in sample.columns[1].counts.items() if text.startswith("k.A."))
    assert 0.05 < late / sample.rows < 0.15
    assert re.fullmatch("about 300,000 rows; looked at [0-9,]+ from all over it", sample.extent)


def test_bytes_of_another_encoding_far_down(tmp_path: Path) -> None:
    file = tmp_path / "in" / "x.csv"
    rows = [row | {"Ort": "Bern"} for row in customers(500)]
    lines = [",".join(row.values()) for row in rows]
    file.parent.mkdir()
    text = ",".join(rows[0]) + "\n" + "\n".join(lines * 400) + "\n"
    file.write_bytes(text.encode() + "\n".join(lines * 60).replace("Bern", "Zürich").encode("latin-1") + b"\n")
    found = entry_of(file)
    assert found == {"encoding": "latin-1"}


def uncommented(text: str) -> Iterable[str]:
    """The candidates of a draft, each once."""
    return re.findall(
        r"^ +# ((?:thousands|decimal|dates|missing|values|columns|percent|ids|expressions): .*?)(?:  # into.*)?$",
        text,
        re.M,
    )


def test_every_candidate_is_an_entry_that_the_build_takes(tmp_path: Path) -> None:
    rows = [
        row | {"age": "999" if i % 9 == 0 else row["age"]}
        for i, row in enumerate(customers(write=lambda v: number(v, ",", ".", 0)))
    ]
    text, _ = drafted(write(tmp_path / "in" / "x.csv", rows, ";"))
    lines = list(uncommented(text))
    assert len(lines) == 3
    for line in lines:
        decided = reloaded(with_line(text, line), tmp_path)
        key = line.partition(":")[0]
        assert decided["extracts"]["bank_customers"][key] == yaml.safe_load(line)[key]
        planned(decided, "bank_customers")


@pytest.mark.parametrize(
    ("case", "extract", "keys", "said"),
    [
        ("blank_separated", "bank_customers", {"separator": " "}, "120 rows, all looked at"),
        ("decimal_comma", "bank_customers", {"decimal": ","}, "such as 29,0"),
        ("float_ids", "bank_customers", {}, "11 of 11"),
        (
            "german_thousands",
            "bank_customers",
            {},
            '# thousands: {income: ".", monthly_spending: ".", avg_account_balance: "."}',
        ),
        ("latin1", "bank_customers", {"encoding": "latin-1"}, "not used: region"),
        ("missing_marker", "bank_customers", {}, "11 of 11"),
        ("preamble", "bank_customers", {"skip": 3}, "11 of 11"),
        (
            "renamed_column",
            "bank_customers",
            {"columns": {"avg_account_balance": ["avg_account_balance", "average_account_balance"]}},
            "2 files; 240 rows, all looked at",
        ),
        ("same_name_twice", "financial_profiles", {}, "keep one in the file"),
        ("time_zone", "card_transactions", {}, "5 of 5"),
        ("total_row", "financial_profiles", {}, "121 rows"),
    ],
)
def test_the_cases_that_others_met(case: str, extract: str, keys: dict[str, Any], said: str, tmp_path: Path) -> None:
    if not CASES.exists():
        pytest.skip("small inputs that are not part of the project; they are not at ../shared/cases")
    text = describe([CASES / case])
    found = reloaded(text, tmp_path)["extracts"][extract]
    assert {key: value for key, value in found.items() if key != "path"} == keys
    assert said in text


def test_a_draft_can_be_read_by_people(tmp_path: Path) -> None:
    """tests/python/describe.yml is one, and was read by one."""
    rng = random.Random(7)
    folder = tmp_path / "extracts"
    rows = [
        row
        | {
            "customer_id": f"{i:06}",
            "age": "999" if i % 40 == 0 else row["age"],
            "monthly_spending": number(float(row["monthly_spending"]), ",", ".", 0),
            "app_usage_score": "k.A." if i % 25 == 0 else f"{rng.uniform(0, 10):.1f}".replace(".", ","),
            "avg_account_balance": number(float(row["avg_account_balance"]), ",", ".") + " €",
            "income": number(float(row["income"]), ",", "."),
            "Filiale": ["Zürich", "Köln", "Bern"][i % 3],
            "Bemerkung": f"rief an am {i}." if i % 2 else "",
        }
        for i, row in enumerate(customers(), 1)
    ]
    names = GERMAN | {"monthly_spending": "Monthly_Spend"}
    write(folder / "kunden_20250630.csv", rows, ";", "windows-1252", ["Kundenliste;Stand 30.06.2025", ""], names)
    rows = demographics(
        as_of_date=lambda i: "30/06/2025",
        Geschlecht=lambda i: "wmd"[i % 3],
        education=lambda i: ["Lehre", "Bachelor", "Universität"][i % 3],
        customer_since=lambda i: "31.12.9999" if i % 7 == 0 else DAYS[i % 60].strftime("%d.%m.%Y"),
    )
    write(folder / "demografie.csv", [row | {"customer_id": str(i)} for i, row in enumerate(rows, 1)])
    names = {"transaction_id": "trx_id", "customer_id": "kd_nr", "amount": "Betrag"}
    rows = [{name: row[name] for name in row if name != "kind"} for row in transactions()]
    rows = [row | {"transacted_at": f"0{i % 9 + 1}.{i % 12 + 1:02}.2025 10:15"} for i, row in enumerate(rows)]
    write(folder / "umsaetze.csv", rows, "\t", names=names)
    write(folder / "filialen.csv", [{"Nr": str(i), "Ort": f"Ort {i}"} for i in range(30)])
    text, loaded = drafted(folder)
    assert text == GOLDEN.read_text(encoding="utf-8")
    assert loaded["studies"] == ["relationship", "demographic", "behavioral", "combined"]


def test_a_first_customer_is_no_header(tmp_path: Path) -> None:
    names = [f"{chr(65 + i)}atharina" for i in range(26)]
    rows = [f"{name},{name[::-1]},Berlin,f,{20 + i}" for i, name in enumerate(names)]
    (tmp_path / "people.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    text = describe([tmp_path])
    assert "it has no header" in text
    assert "atharina" not in text
