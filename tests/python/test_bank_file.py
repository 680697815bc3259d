"""The bank's file: what its keys mean, and that nothing is read in a way that nobody chose."""

import codecs
import gzip
import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from conftest import ROOT, SHARED, Warehouse, copy_project

from bank.csv_files import examine, kind_of, shape_of, values_where
from bank.examples import MISSING
from bank.faults import Refused
from bank.matching import strptime
from bank.plan import plan
from bank.settings import EXTRACT_KEYS

CASES = SHARED.parent / "cases"

STUDIES = ["relationship", "demographic", "behavioral", "wealth", "card_usage"]

CUSTOMERS = (
    "customer_id,age,income,credit_score,account_tenure,monthly_spending,transaction_frequency,avg_account_balance,"
    "num_products,app_usage_score,support_calls"
)
"""The header of bank_customers."""


def bank_file(folder: Path, **given: Any) -> str:
    """Writes a bank's file and returns its path."""
    path = folder / "bank.yml"
    path.write_text(yaml.safe_dump(given, allow_unicode=True), encoding="utf-8")
    return str(path)


def customer(number: int, **values: str) -> str:
    """A line of bank_customers that is right but for what is given."""
    fields = dict(
        zip(
            CUSTOMERS.split(","),
            [f"C{number}", "40", "30000", "600", "3.5", "900.5", "12", "1500", "2", "5", "1"],
            strict=True,
        )
    )
    return ",".join((fields | values).values())


# ---------------------------------------------------------------------------------------------- what can be declared


@pytest.fixture(scope="module")
def declared(new_warehouse: Callable[[], Warehouse], tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Five extracts as banks have them, none as the contract has it, and one file that says how each is meant."""
    folder = tmp_path_factory.mktemp("bank")
    kunden = folder / "kunden"
    for day, balance in (("2025-03-31", "Saldo"), ("2025-06-30", "Mittlerer Saldo")):
        part = kunden / f"as_of_date={day}" / "teil.csv"
        part.parent.mkdir(parents=True)
        header = 'Kd.-Nr.;Alter;"Einkommen p.a. (""brutto"")";Note;Jahre;Ausgaben;Zahlungen;'
        header += f"{balance};Produkte;App;Anrufe;Ort %"
        rows = [
            "007;29;CHF 35.286,50;600;1;1.081,07;31;-1.721,72;2;8,8;1;Zürich",
            "8;unbekannt;66.186;698;12;(2.103,58);20;12.238,33-;4;45 %;2;Genf",
            "Summe;69;101.472,50;0;13;0;51;0;6;0;3;",
        ]
        part.write_bytes("\r\n".join(["Kundenliste", "vom 30.6.", header, *rows]).encode("cp1252") + b"\r\n")
    (folder / "personen.txt").write_bytes(
        codecs.BOM_UTF16_LE
        + "\n".join(
            [
                "id\tborn\tsex\tincome\tedu\tstatus\tsince",
                "1\t30.06.91\t1\t30000\tMatura\tmarried\t03.02.2010",
                "2\t01.07.91\t2\t31000\t?\tsingle\t9999-12-31",
                "3\t01.01.45\t9\t32000\tPhD\tsingle\t20120813",
            ]
        ).encode("utf-16-le")
    )
    (folder / "tx.csv").write_text(
        "sep=|\n"
        "nr|konto|zeit|betrag|text\n"
        '1|0042|280216 23:30|10|"a | b"\n'
        "2|42|2016-03-01 00:30|20|c\n"
        "3|43|13/02/2016|30|\n",
        encoding="utf-8",
    )
    with gzip.open(folder / "profile.csv.gz", "wt", encoding="utf-8") as file:
        file.write("age,annual_income,credit_score,loan_amount,investment\n40,1,600,2,3\n41,2,601,3,4\n42,3,602,4,5\n")
    (folder / "cards.csv").write_text(CARDS, encoding="utf-8")
    path = bank_file(
        folder,
        studies=STUDIES,
        as_of_date="2025-06-30",
        currency="CHF",
        max_rejected_share=0.5,
        time_zone="Europe/Zurich",
        extracts={
            "bank_customers": {
                "path": "kunden",
                "skip": 2,
                "separator": ";",
                "encoding": "latin-1",
                "columns": {
                    "customer_id": "Kd.-Nr.",
                    "age": "Alter",
                    "income": 'Einkommen p.a. ("brutto")',
                    "credit_score": "Note",
                    "account_tenure": "Jahre",
                    "monthly_spending": "Ausgaben",
                    "transaction_frequency": "Zahlungen",
                    "avg_account_balance": ["Saldo", "Mittlerer Saldo"],
                    "num_products": "Produkte",
                    "app_usage_score": "App",
                    "support_calls": "Anrufe",
                },
                "decimal": ",",
                "thousands": ".",
                "signs": "CHF",
                "percent": {"app_usage_score": "share"},
                "negative": ["behind", "parentheses"],
                "missing": ["unbekannt"],
                "ids": "number",
                "filter": "\"Kd.-Nr.\" <> 'Summe'",
            },
            "customer_demographics": {
                "path": "personen.txt",
                "columns": {
                    "customer_id": "id",
                    "age": "born",
                    "gender": "sex",
                    "education": "edu",
                    "marital_status": "status",
                    "customer_since": "since",
                },
                "values": {"gender": {1: "male", 2: "female"}, "education": {"Matura": "secondary"}},
                "missing": {"education": "?", "customer_since": date(9999, 12, 31), "gender": 9},
                "dates": {"age": "dd.mm.yy", "customer_since": ["dd.mm.yyyy", "yyyymmdd"]},
            },
            "card_transactions": {
                "path": "tx.csv",
                "columns": {
                    "transaction_id": "nr",
                    "customer_id": "konto",
                    "transacted_at": "zeit",
                    "amount": "betrag",
                },
                "constants": {"kind": "purchase"},
                "expressions": {"category": "coalesce(upper(text), 'nothing')"},
                "dates": ["ddmmyy hh:mi", "yyyy-mm-dd hh:mi", "dd/mm/yyyy"],
                "zone": "UTC",
                "ids": "number",
            },
            "financial_profiles": {"path": "profile.csv.gz", "customer_id": "row_number"},
            "card_usage": "cards.csv",
        },
    )
    warehouse = new_warehouse()
    assert warehouse.build("--select", "+extract_counts", "+rejected_rows", "tag:staging", bank=path) == ""
    return warehouse


CARDS = """CUST_ID,BALANCE,BALANCE_FREQUENCY,PURCHASES,ONEOFF_PURCHASES,INSTALLMENTS_PURCHASES,CASH_ADVANCE,\
PURCHASES_FREQUENCY,ONEOFF_PURCHASES_FREQUENCY,PURCHASES_INSTALLMENTS_FREQUENCY,CASH_ADVANCE_FREQUENCY,CASH_ADVANCE_TRX,PURCHASES_TRX,CREDIT_LIMIT,\
PAYMENTS,MINIMUM_PAYMENTS,PRC_FULL_PAYMENT,TENURE
a,1.5,0.125,3.25,1,2,0,0.5,0.5,0.5,0,0,3,1000,100,n.a.,0,12
b,1.125,1,4.125,1,2,0,0.5,0.5,0.5,0,0,3,1000,100,12,0,about a year
"""


def test_numbers_of_a_bank_as_it_says(declared: Warehouse) -> None:
    """Signs of thousands and decimals, a currency, a minus behind, parentheses, percent: by hand."""
    columns = "customer_id, age, income, monthly_spending, avg_account_balance, app_usage_score"
    rows = declared.rows(
        f"select {columns} from stg_bank_customers where as_of_date = '2025-06-30' order by customer_id"
    )
    assert rows == [("7", 29, 35286.5, 1081.07, -1721.72, 8.8)]
    # Of the second row the spending is below 0, which the contract forbids.
    (rejected,) = declared.rows(
        "select income, monthly_spending, avg_account_balance, app_usage_score, age, rejection_reason "
        "from checked_bank_customers where customer_id = '8' and as_of_date = '2025-03-31'"
    )
    assert rejected == (66186, -2103.58, -12238.33, 0.45, None, "monthly_spending: below 0")


def test_what_a_filter_leaves_out_is_kept_with_its_reason(declared: Warehouse) -> None:
    counts = "select rows_read, rows_staged, rows_rejected from extract_counts where extract = 'bank_customers'"
    assert declared.rows(counts) == [(6, 2, 4)]
    reasons = (
        "select rejection_reason, count(*) from rejected_rows where extract = 'bank_customers' group by 1 order by 1"
    )
    assert declared.rows(reasons) == [
        ("filter: \"Kd.-Nr.\" <> 'Summe'", 2),
        ("monthly_spending: below 0", 2),
    ]


def test_categories_dates_and_missing_words_as_a_bank_says(declared: Warehouse) -> None:
    """The ages are those of 30 June 2025: a birthday is counted on its day, and 45 is 1945."""
    columns = "customer_id, age, gender, education, marital_status, customer_since"
    assert declared.rows(f"select {columns} from stg_customer_demographics order by customer_id") == [
        ("1", 34, "male", "secondary", "married", date(2010, 2, 3)),
        ("2", 33, "female", None, "single", None),
        ("3", 80, None, "doctorate", "single", date(2012, 8, 13)),
    ]


def test_times_of_several_forms_and_another_zone(declared: Warehouse) -> None:
    """A quoted bar is no separator; an hour is added, as Zurich is ahead of UTC in winter; 0042 and 42 are one id."""
    columns = "transaction_id, customer_id, transacted_at, kind, category"
    assert declared.rows(f"select {columns} from stg_card_transactions order by transaction_id") == [
        ("1", "42", datetime(2016, 2, 29, 0, 30), "purchase", "a_|_b"),
        ("2", "42", datetime(2016, 3, 1, 1, 30), "purchase", "c"),
        ("3", "43", datetime(2016, 2, 13, 1, 0), "purchase", "nothing"),
    ]


def test_rows_are_numbered_where_they_have_no_id(declared: Warehouse) -> None:
    rows = declared.rows("select customer_id, age from stg_financial_profiles order by customer_id")
    assert rows == [("1", 40), ("2", 41), ("3", 42)]


def test_an_optional_value_that_is_none_costs_the_value(declared: Warehouse) -> None:
    """minimum_payments and tenure are optional; 1.125 is no thousand, since 1.5 says what a point is there."""
    columns = "customer_id, balance, purchases, minimum_payments, tenure"
    assert declared.rows(f"select {columns} from stg_card_usage order by 1") == [
        ("a", 1.5, 3.25, None, 12),
        ("b", 1.125, 4.125, 12, None),
    ]


# ---------------------------------------------------------------------- what is not declared, and could be two things

PROFILE = "customer_id,age,annual_income,credit_score,loan_amount,investment"
DEMOGRAPHICS = "customer_id,age,income,customer_since"
TRANSACTIONS = "transaction_id,customer_id,transacted_at,amount,kind"


def lines(*rows: str) -> bytes:
    return ("\n".join(rows) + "\n").encode()


def people(since: str) -> bytes:
    return lines(DEMOGRAPHICS, *(f"C{i},40,30000,{day}" for i, day in enumerate(since.split())))


def profiles(**values: str) -> bytes:
    """Ten customers of financial_profiles, of whom the first has what is given."""
    row = dict(zip(PROFILE.split(","), ["C", "40", "30000.5", "600", "100.25", "50"], strict=True))
    first = row | values
    return lines(
        PROFILE, ",".join(first.values()), *(",".join((row | {"customer_id": f"C{i}"}).values()) for i in range(9))
    )


FAULTS: list[dict[str, tuple[bytes, list[str]]]] = [
    {
        "bank_customers": (
            lines(CUSTOMERS, *(customer(i, income=income) for i, income in enumerate(["1.081", "950", "35.286", "0"]))),
            ["numbers of the column income", "The first is 9.999 in income (line 2)", '`thousands: {income: "."}`'],
        ),
        "customer_demographics": (
            people("03/04/2020 05/06/2020 01/02/2021"),
            ["3 dates are written as 99/99/9999", "`dates: dd/mm/yyyy`", "`dates: mm/dd/yyyy`"],
        ),
        "card_transactions": (
            lines(TRANSACTIONS, "1,a,160203,10,purchase", "2,a,42403,20,purchase"),
            ["transacted_at: not a date (2 rows)", "The first is 999999", "said by `dates`"],
        ),
        "financial_profiles": (
            lines(PROFILE, *(f'C{i},40,"1.234,56",600,1,2' for i in range(3))),
            [
                "annual_income: not a number (3 rows)",
                "9.999,99 in annual_income (line 2)",
                '`decimal: ","` and `thousands: "."`',
            ],
        ),
        "card_usage": (
            CARDS.replace(",TENURE", ",TENURE,balance").encode(),
            ["has the column balance twice (also as BALANCE)"],
        ),
    },
    {
        "bank_customers": (
            lines(
                CUSTOMERS.replace(",", ";"),
                *(customer(i).replace(",", ";").replace("900.5", "900,5") for i in range(9)),
            ),
            ["monthly_spending: not a number (9 rows)", "999,9 in monthly_spending (line 2)", '`decimal: ","`'],
        ),
        "customer_demographics": (people("13/04/2020 05/16/2020"), ["both numbers reach above 12"]),
        "card_transactions": (
            b"Extract of 2025\n\n" + lines(TRANSACTIONS, "1,a,2025-01-01,10,purchase"),
            ["line 3 looks like the header", "`skip: 2`"],
        ),
        "financial_profiles": (
            lines(PROFILE.replace(",", " "), "C1 40 1 600 2 3"),
            ["the header seems to be separated by blanks", "`separator: ' '`"],
        ),
        "card_usage": (
            CARDS.replace("a,1.5", "ä,1.5").encode("cp1252"),
            ["line 2, is not UTF-8: it looks like latin-1", "`encoding: latin-1`"],
        ),
    },
    {
        "bank_customers": (
            lines(CUSTOMERS, customer(1), "C2,40", customer(3)),
            ["line: fewer fields than the header (1 row)"],
        ),
        "customer_demographics": (
            lines(DEMOGRAPHICS, "C1,40,30000,2020-01-01", 'C2,"40,30000,2020-01-01', "C3,40,30000,2020-01-01"),
            ["a quote that opens in line 3", "never closes"],
        ),
        "card_transactions": (
            gzip.compress(lines(TRANSACTIONS, *(f"{i},a,2025-01-01,{i},purchase" for i in range(5000))))[:9000],
            ["is cut off"],
        ),
        "financial_profiles": (lines("C1,40,30000,600,100,50", "C2,41,30000,600,100,50"), ["has no header"]),
        "card_usage": (CARDS.encode("utf-16-le"), ["looks like UTF-16 without its mark"]),
    },
    {
        "bank_customers": (
            lines(CUSTOMERS, *(customer(i, income=f"{i} %", age=f"({i})", monthly_spending=f"€{i}") for i in range(9))),
            ["income: not a number (9 rows)"],
        ),
        "customer_demographics": (people("03.04.20 05.06.20"), ["customer_since: not a date (2 rows)", "99.99.99"]),
        "card_transactions": (
            lines(TRANSACTIONS.replace("customer_id", "account_id"), "1,a,2025-01-01,10,purchase"),
            ["lacks the required column customer_id", "`columns` of the bank's file"],
        ),
        "financial_profiles": (
            profiles(age="200", annual_income="lots", credit_score=""),
            ["1 of 10 rows are rejected", "age: above 120 (1 row); annual_income: not a number (1 row)"],
        ),
        "card_usage": (
            lines(*CARDS.splitlines()[:2], CARDS.splitlines()[0], *CARDS.splitlines()[2:]),
            ["row: the header again (1 row)"],
        ),
    },
]
"""By build and extract: a file, and what the sentence about it says."""


@pytest.mark.parametrize("faults", FAULTS, ids=["first", "second", "third", "fourth"])
def test_what_could_be_read_in_two_ways_stops(
    faults: dict[str, tuple[bytes, list[str]]], warehouse: Warehouse, tmp_path: Path
) -> None:
    extracts = {}
    for name, (content, _) in faults.items():
        is_gzip = content.startswith(b"\x1f\x8b")
        file = tmp_path / (f"{name}.csv.gz" if is_gzip else f"{name}.csv")
        file.write_bytes(content)
        extracts[name] = file.name
    path = bank_file(tmp_path, studies=STUDIES, as_of_date="2025-06-30", extracts=extracts)
    said = warehouse.build("--select", "tag:staging,checked_*", bank=path)
    for name, (_, words) in faults.items():
        (sentence,) = [line for line in said.splitlines() if f"Extract {name}" in line]
        for word in words:
            assert word in sentence, sentence
        assert "strict_mode" not in sentence


def test_a_point_is_asked_about_whatever_stands_behind_it(warehouse: Warehouse, tmp_path: Path) -> None:
    """A currency, a minus behind and parentheses are declared; what the point means is not."""
    spendings = ["1.081 CHF", "900", "35.286-"]
    (tmp_path / "c.csv").write_bytes(lines(CUSTOMERS, *(customer(i, income=text) for i, text in enumerate(spendings))))
    entry = {"path": str(tmp_path / "c.csv"), "signs": "CHF", "negative": "behind"}
    given = {"studies": ["relationship"], "as_of_date": "2025-06-30", "max_rejected_share": 0.5}
    said = warehouse.build("--select", "checked_bank_customers", extracts={"bank_customers": entry}, **given)
    assert "numbers of the column income could be read in two ways" in said
    assert "The first is 9.999 AAA in income (line 2)" in said


# --------------------------------------------------------------------------------------------------- the file itself

FILES: dict[str, tuple[str, list[str]]] = {
    "a misspelt key": (
        "extracts: {card_usage: {path: a.csv, seperator: ';'}}",
        ["unknown key 'seperator'", "did you mean separator?", "thousands"],
    ),
    "a misspelt extract": ("extracts: {card_use: a.csv}", ["card_use", "card_usage"]),
    "a misspelt var": (
        "extracts: {card_usage: a.csv}\ncurency: CHF",
        ["There is no var 'curency'", "did you mean currency?"],
    ),
    "a column that is none": (
        "extracts: {card_usage: {path: a.csv, columns: {balanse: x}}}",
        ["unknown key 'balanse'", "did you mean balance?"],
    ),
    "a column twice": (
        "extracts: {card_usage: {path: a.csv, columns: {balance: x}, constants: {balance: 1}}}",
        ["balance stands in `columns` and in `constants`"],
    ),
    "a key twice": ("as_of_date: 2025-06-30\nas_of_date: 2025-03-31", ["line 2: the key as_of_date comes twice"]),
    "no YAML": ("extracts: {card_usage: ", ["is no YAML"]),
    "nothing": ("- a", ["holds no keys"]),
    "neither path nor table": ("extracts: {card_usage: {decimal: ','}}", ["give a path or a table"]),
    "both": ("extracts: {card_usage: {path: a.csv, table: t}}", ["give a path or a table, not both"]),
    "a sign of two": ("extracts: {card_usage: {path: a.csv, decimal: ',,'}}", ["`decimal: ,,` is no single sign"]),
    "the same sign": ("extracts: {card_usage: {path: a.csv, decimal: ',', thousands: ','}}", ["are the same sign"]),
    "a form that is none": (
        "extracts: {card_usage: {path: a.csv, dates: soon}}",
        ["`dates: soon` is no form of dates"],
    ),
    "no file": ("extracts: {card_usage: nowhere.csv}", ["there is no file at", "nowhere.csv"]),
    "a table with a separator": ("extracts: {card_usage: {table: t, separator: ';'}}", ["a table has no `separator`"]),
    "an unknown table": ("extracts: {card_usage: {table: card_usages}}", ["there is no table card_usages"]),
    "a choice that is none": (
        "extracts: {card_usage: {path: a.csv, percent: half}}",
        ["`percent: half` is none of share, points"],
    ),
    "a filter that is none": ("extracts: {card_usage: {path: a.csv, filter: 'typ = 1'}}", ["`filter`", "typ"]),
    "an expression that is none": (
        "extracts: {card_usage: {path: a.csv, expressions: {tenure: 'TENURE +'}}}",
        ["`expressions` of tenure"],
    ),
}
"""By fault: a bank's file beside a.csv, and what the sentence says."""


@pytest.mark.parametrize("case", FILES)
def test_a_bank_file_that_cannot_be_meant_so(case: str, warehouse: Warehouse, tmp_path: Path) -> None:
    content, words = FILES[case]
    (tmp_path / "a.csv").write_text(CARDS)
    path = tmp_path / "bank.yml"
    path.write_text(
        "studies: [card_usage]\n" + content
        if "as_of" not in content and case not in ("no YAML", "nothing")
        else content
    )
    said = warehouse.build("--select", "checked_card_usage", bank=str(path))
    for word in words:
        assert word in said, said
    assert "Traceback" not in said


def test_the_command_line_wins(tmp_path: Path, warehouse: Warehouse) -> None:
    """A path is relative to the file, whatever the folder that dbt runs in; what --vars says counts."""
    (tmp_path / "a.csv").write_text(CARDS)
    path = bank_file(
        tmp_path,
        studies=["card_usage"],
        as_of_date="2025-06-30",
        max_rejected_share=0.01,
        extracts={"card_usage": "a.csv"},
    )
    said = warehouse.build("--select", "checked_card_usage", bank=path)
    assert "more than var max_rejected_share (0.01)" in said
    assert (
        warehouse.build("--select", "checked_card_usage", bank=path, max_rejected_share=0.9, as_of_date="2025-03-31")
        == ""
    )
    assert warehouse.rows("select distinct as_of_date from checked_card_usage") == [(date(2025, 3, 31),)]


# ---------------------------------------------------------------------------------------------------------- its parts


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("dd.mm.yyyy", "%d.%m.%Y"),
        ("yymmdd", "%y%m%d"),
        ("yyyy-mm-ddThh:mi:ss", "%Y-%m-%dT%H:%M:%S"),
        ("dd-mon-yy", "%d-%b-%y"),
        ("%d/%m/%Y", "%d/%m/%Y"),
    ],
)
def test_forms_of_dates(form: str, expected: str) -> None:
    assert strptime(form) == expected


@pytest.mark.parametrize("form", ["%", "%Q.%m", "%d.%"])
def test_a_form_of_strptime_that_is_none(form: str) -> None:
    with pytest.raises(Refused, match="is no form of dates"):
        strptime(form)


def test_what_a_text_looks_like() -> None:
    looks = {
        "number": ["1", "-1.5", "1'000,00", "12 %", "(3)"],
        "date": ["2025-06-30", "3/4/2025", "20250630"],
        "text": ["a", "b1"],
        "unknown": ["", " "],
    }
    for kind, values in looks.items():
        assert kind_of(values) == kind
    assert shape_of("Müller-99") == "Aaaaaa-99"
    assert shape_of("x" * 31) == "a" * 30 + "..."


def test_the_line_of_a_value_counts_line_ends_in_quotes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('before\nid,note,x\n1,"two\nlines",3\n2,,lots\n')
    file = examine(str(path), {"skip": 1}, lambda header: len(header), 3)
    assert list(values_where(file, 2, lambda value: value == "lots")) == [(5, "lots")]


def listed(macro: str, before: str) -> set[str]:
    """The keys that a macro lets pass, from its text."""
    (path,) = [path for path in (ROOT / "macros").rglob("*.sql") if f"macro {macro}(" in path.read_text("utf-8")]
    text = path.read_text("utf-8").split(f"macro {macro}(")[1].split(before)[1].split("\n")[0]
    return set(re.findall(r"'(\w+)'", text.split("'config.meta")[0]))


def test_every_key_has_its_line_in_the_page() -> None:
    page = (ROOT / "docs" / "bank-file.md").read_text(encoding="utf-8")
    of_bank, of_contract, of_study = re.split("^## Keys of an extract's contract|^## Keys of a study", page, flags=re.M)
    of_study, of_feature = of_study.split("`config.meta.feature` of a column")

    def keys(text: str) -> set[str]:
        rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
        return {key for row in rows for key in re.findall(r"`(\w+)`", row)}

    assert keys(of_bank) - {"extracts", "attach"} == set(EXTRACT_KEYS)
    assert keys(of_contract) == listed("extract_contract", "check_keys(column.config.meta, ")
    assert keys(of_study) == listed("study_options", "set options = ") - {"auto", "robust"}
    feature = listed("study_features", "set feature = ") | listed("study_features", "'variable': column.name, ")
    allowed = feature - {"name", "number", "none", "cluster", "all"} | {"variable"}
    assert keys(of_feature) == allowed | listed("study_features", "(feature | list)[1:] + ")


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends(ends: str, tmp_path: Path) -> None:
    """Also mixed ones, and none at the end of the file."""
    path = tmp_path / "financial_profiles.csv"
    rows = [PROFILE, *(f"C{i},40,30000.5,600,100,50" for i in range(5))]
    path.write_bytes(ends.join(rows).encode())
    assert count_rows(path) == 5


def test_mixed_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "financial_profiles.csv"
    rows = [f"C{i},40,30000.5,600,100,50" for i in range(6)]
    path.write_bytes((PROFILE + "\r\n" + "\n".join(rows[:3]) + "\r\n" + "\r\n".join(rows[3:])).encode())
    assert count_rows(path) == 6
    path.write_bytes((PROFILE + "\r\n" + "\n".join(rows[:3]) + '\nC9,"40",1,600,1,2\n').encode())
    with pytest.raises(Refused, match="1 lines end in CR LF and 4 in LF alone"):
        count_rows(path)


def count_rows(path: Path) -> int:
    """The rows that the engine finds where a plan sends it."""
    columns = [{"name": name, "type": "varchar", "required": True} for name in PROFILE.split(",")]
    request = {
        "extract": "financial_profiles",
        "contract": {"key": ["customer_id"], "columns": columns},
        "entry": {"path": str(path)},
    }
    found = plan(request)
    assert found is not None
    with duckdb.connect() as con:
        ((n,),) = con.execute(f"select count(customer_id) from {found['from']}").fetchall()
    return int(n)


@pytest.mark.parametrize(
    "encoding",
    ["windows-1252", "iso-8859-15", "cp1250", "cp850", "koi8-r", "utf-16", "utf-16-be", "utf-8-sig", "latin-1"],
)
def test_every_sign_of_an_encoding_is_read(encoding: str, tmp_path: Path) -> None:
    """Also of a file that is said to be Latin-1 and has signs that only Windows' extension has."""
    codec = "cp1252" if encoding == "latin-1" else encoding
    signs = (
        [bytes([b]).decode(codec, "ignore") for b in range(0xA0 if "utf" in codec else 0x80, 0x100)]
        if "utf" not in codec
        else ["ä", "€", "𝄞"]
    )
    path = tmp_path / "as_of_date=2025-06-30" / "signs.csv"
    path.parent.mkdir()
    path.write_bytes("\n".join(["a;b", *(f"{place};x{sign}y" for place, sign in enumerate(signs))]).encode(codec))
    columns = [{"name": "a", "type": "varchar", "required": True}, {"name": "b", "type": "varchar", "required": True}]
    entry = {"path": str(path.parent), "encoding": encoding}
    found = plan({"extract": "signs", "contract": {"key": ["a"], "columns": columns}, "entry": entry})
    assert found is not None
    with duckdb.connect() as con:
        rows = con.execute(f"select * from {found['from']} order by cast(a as integer)").fetchall()
    assert rows == [(str(place), f"x{sign}y", "2025-06-30") for place, sign in enumerate(signs)]


def test_an_encoding_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n1,\x98\n")
    for encoding, words in (
        ("klingon", "there is no encoding `klingon`"),
        ("cp1251", "line 2, has a sign that cp1251 does not have"),
    ):
        with pytest.raises(Refused, match=words):
            examine(str(path), {"encoding": encoding}, len, 2)


# -------------------------------------------------------------------------- a study of one's own, with categories

HOMES_SQL = """
with homes as (
    {{ checked_extract('homes') }}
)

select customer_id, as_of_date, rooms, tenure_kind, heating, garden
from homes
where rejection_reason is null
"""

HOMES_YAML = """
version: 2
sources:
  - name: bank
    tables:
      - name: homes
        description: One row a customer and as_of_date.
        config: {meta: {key: [customer_id, as_of_date]}}
        columns:
          - {name: customer_id, data_type: varchar, description: Customer., config: {meta: {required: true}}}
          - {name: as_of_date, data_type: date, description: Date.}
          - {name: rooms, data_type: double, description: Rooms., config: {meta: {required: true, minimum: 0}}}
          - name: tenure_kind
            data_type: varchar
            description: How.
            config: {meta: {categories: {own: [], rent: []}}}
          - {name: heating, data_type: varchar, description: Heating., config: {meta: {categories: any}}}
          - {name: garden, data_type: varchar, description: Garden., config: {meta: {categories: any}}}
models:
  - name: features_homes
    description: One row a customer and as_of_date (the primary key).
    config:
      enabled: "{{ 'homes' in var('studies') }}"
      meta: {study: {title: Homes, question: How do customers live?}}
    columns:
      - {name: customer_id, description: Customer.}
      - {name: as_of_date, description: Date.}
      - {name: rooms, description: Rooms., config: {meta: {feature: {label: Rooms}}}}
      - {name: tenure_kind, description: How., config: {meta: {feature: {label: Tenure, variable: tenure_kind}}}}
      - name: heating
        description: Heating.
        config: {meta: {feature: {label: Heating, categories: [gas, heat pump, other]}}}
      - name: garden
        description: Garden.
        config: {meta: {feature: {label: Garden, order: [none_at_all, shared, own]}}}
"""

HOMES = """Kunde,Zimmer,Art,Heizung,Garten
a,2,rent,gas,shared
b,3,E,heat pump,own
c,4,own,coal,none at all
d,5,,,
"""


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """An own study in two files of its own: its SQL, and its YAML with the contract of its extract."""
    folder = tmp_path_factory.mktemp("homes")
    warehouse = Warehouse(folder / "bank.duckdb", copy_project(folder))
    (warehouse.project / "models" / "features" / "features_homes.sql").write_text(HOMES_SQL)
    (warehouse.project / "models" / "features" / "features_homes.yml").write_text(HOMES_YAML)
    (folder / "homes.csv").write_text(HOMES)
    return warehouse


def homes_file(homes: Warehouse, **changes: Any) -> str:
    columns = {
        "customer_id": "Kunde",
        "rooms": "Zimmer",
        "tenure_kind": "Art",
        "heating": "Heizung",
        "garden": "Garten",
    }
    entry = {
        "path": "homes.csv",
        "columns": columns,
        "values": {"tenure_kind": {"E": "own"}, "heating": {"heat pump": "heat pump"}},
    }
    return bank_file(homes.path.parent, studies=["homes"], as_of_date="2025-06-30", extracts={"homes": entry | changes})


def test_categories_and_orders_of_an_own_study(homes: Warehouse) -> None:
    """Categories of the contract, of the YAML with all others, and an order; missing stays missing. By hand."""
    assert homes.build("--select", "+feature_vectors", "+checked_own_extracts", bank=homes_file(homes)) == ""
    catalog = "select feature, label, variable, unit from feature_catalog order by position"
    assert homes.rows(catalog) == [
        ("rooms", "Rooms", "rooms", "number"),
        ("tenure_kind_own", "Tenure: own", "tenure_kind", "share"),
        ("tenure_kind_rent", "Tenure: rent", "tenure_kind", "share"),
        ("heating_gas", "Heating: gas", "heating", "share"),
        ("heating_heat_pump", "Heating: heat pump", "heating", "share"),
        ("heating_other", "Heating: other", "heating", "share"),
        ("garden", "Garden", "garden", "number"),
    ]
    assert homes.rows("select customer_id, features from feature_vectors order by 1") == [
        ("a", [2, 0, 1, 1, 0, 0, 2]),
        ("b", [3, 1, 0, 0, 1, 0, 3]),
        ("c", [4, 1, 0, 0, 0, 1, 1]),
        ("d", [5, None, None, None, None, None, None]),
    ]


def test_a_value_that_no_list_has_stops(homes: Warehouse) -> None:
    (homes.path.parent / "homes.csv").write_text(HOMES.replace("shared", "balcony"))
    said = homes.build("--select", "+feature_vectors", bank=homes_file(homes))
    assert "Feature garden of study homes has values that are not in its list (none_at_all, shared, own)" in said
    assert ", of the form aaaaaaa (1). Look at them in features_homes" in said
    (homes.path.parent / "homes.csv").write_text(HOMES)


def test_the_words_for_nothing_are_those_of_staging() -> None:
    text = (ROOT / "macros" / "input" / "typed_column.sql").read_text(encoding="utf-8")
    words = text.split("set words = [")[1].split("] -%}")[0]
    assert {word.replace("\\\\", "\\") for word in re.findall(r"'([^']*)'", words)} == MISSING
