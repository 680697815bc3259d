"""Spreadsheets, tables of a lake, and other databases, each by its real reader; the credentials stand in no message."""

import datetime as dt
import gzip
import os
import re
import shutil
import socket
import subprocess
import tempfile
import tomllib
import traceback
import zipfile
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pytest
from conftest import ROOT, Warehouse
from deltalake import write_deltalake
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from pyiceberg.catalog.sql import SqlCatalog

from bank import xlsx
from bank.doors import (
    PACKAGES,
    attach,
    load_extension,
    newest_metadata,
    parts_of_pairs,
    parts_of_uri,
    reader,
)
from bank.faults import Refused

LOCKED = re.search(r"^duckdb==(\S+)", (ROOT / "requirements.txt").read_text(encoding="utf-8"), flags=re.M)
pytestmark = pytest.mark.skipif(
    LOCKED is None or duckdb.__version__ != LOCKED[1], reason="the extensions are there for the lock's DuckDB only"
)


@pytest.fixture
def con(tmp_path: Path) -> Iterator[Any]:
    """A database in memory that has nowhere to take extensions from, and where none has arrived in the end."""
    empty = tmp_path / "extensions"
    empty.mkdir()
    with duckdb.connect(config={"extension_directory": str(empty)}) as opened:
        opened.execute("set timezone = 'UTC'")
        yield opened
    assert list(empty.rglob("*")) == []


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        call()
    return str(caught.value)


def read(con: Any, path: Path, **entry: object) -> list[tuple[Any, ...]]:
    """Header and rows."""
    door = reader(path, entry)
    assert door is not None
    load_extension(con, door.extension)
    found = con.execute(f"from {door.relation}")
    return [tuple(column[0] for column in found.description), *found.fetchall()]


def test_the_extras_are_those_of_the_lock() -> None:
    """A user installs them by their names alone, and must not get another DuckDB with them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    assert LOCKED is not None
    for extra, extensions in PACKAGES.items():
        packages = [f"duckdb-extension-{name.replace('_', '-')}=={LOCKED[1]}" for name in extensions]
        assert extras[extra] == packages, extra
        assert extra in extras["doors"][0]
    assert "duckdb-extension" not in (ROOT / "requirements.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("extra", PACKAGES)
def test_an_extension_is_loaded_from_its_package(con: Any, extra: str) -> None:
    load_extension(con, extra)
    load_extension(con, extra)
    loaded = "select extension_name from duckdb_extensions() where loaded"
    assert set(PACKAGES[extra]) <= {name for (name,) in con.execute(loaded).fetchall()}
    assert con.execute("select current_setting('autoinstall_known_extensions')").fetchall() == [(False,)]


def test_an_extension_that_is_not_there(con: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PACKAGES, "excel", ["excel_which_nobody_has"])
    assert "not installed: make doors DOORS='excel-which-nobody-has'" in refusal(lambda: load_extension(con, "excel"))
    for version in ("v1.4.0", "v1.4.1"):
        (tmp_path / "site" / "duckdb_extension_old" / "extensions" / version).mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setitem(PACKAGES, "excel", ["old"])
    said = refusal(lambda: load_extension(con, "excel"))
    assert "installed for v1.4.0, v1.4.1, and this is DuckDB v1" in said
    assert "make doors DOORS='old' brings the two together" in said
    broken = tmp_path / "site" / "duckdb_extension_old" / "extensions" / f"v{duckdb.__version__}"
    broken.mkdir()
    (broken / "old.duckdb_extension").write_bytes(b"nothing")
    assert "extension old does not load: " in refusal(lambda: load_extension(con, "excel"))


# sheets


def saved(book: Any, path: Path, parts: Mapping[str, Callable[[str], str]] | None = None) -> Path:
    """A workbook as a file; parts of it are changed to what openpyxl does not write."""
    book.save(path)
    if parts:
        with zipfile.ZipFile(path) as file:
            texts = {name: file.read(name).decode() for name in file.namelist()}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for name, text in texts.items():
                file.writestr(name, parts[name](text) if name in parts else text)
    return path


def sheet_of(rows: list[list[Any]], title: str = "Kunden") -> Any:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    return book


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    """As a bank would send it: a title, a second sheet, ids as text, dates as dates, empty rows."""
    book = sheet_of([["Hinweise"], ["bitte lesen"]], "Info")
    sheet = book.create_sheet("Kunden & Größen 2025")
    sheet.append(["Bericht", None, "Stand", dt.date(2025, 6, 30)])
    sheet.append([])
    sheet.append(["Kunde", "Geburtsdatum", "Einkommen\np.a.", "aktiv", "Ort", "eröffnet", "Summe"])
    sheet.append(["007", dt.date(1980, 2, 29), 52000.5, True, " Köln", dt.datetime(2024, 12, 31, 23, 59, 58), 1])
    sheet.append(["8", None, 123456789012345, False, "Zürich", dt.datetime(2024, 1, 1), 2])
    sheet.append([])
    sheet.append([])
    sheet.append(["0009", dt.date(1899, 12, 31), 0.1, None, "", dt.datetime(2024, 1, 1, 12, 0, 0, 250000), 3])
    sheet.append(["10", "unbekannt", -5, None, "#N/A", None, 4])
    for row in (10, 11, 40):
        sheet.cell(row, 2).number_format = "dd.mm.yyyy"
    return saved(book, tmp_path / "Kunden d'Or 100%.xlsx")


ROWS = [
    ("Kunde", "Geburtsdatum", "Einkommen p.a.", "aktiv", "Ort", "eröffnet", "Summe"),
    ("007", "1980-02-29", "52000.5", "true", " Köln", "2024-12-31 23:59:58", "1"),
    ("8", None, "123456789012345", "false", "Zürich", "2024-01-01", "2"),
    ("0009", "00:00:00", "0.1", None, None, "2024-01-01 12:00:00.25", "3"),
    ("10", "unbekannt", "-5", None, "#N/A", None, "4"),
]


def test_a_sheet_is_read_as_it_shows(con: Any, customers: Path) -> None:
    assert read(con, customers, sheet="Kunden & Größen 2025", skip=2) == ROWS
    assert read(con, customers) == [("Hinweise",), ("bitte lesen",)]
    door = reader(customers, {"sheet": "Kunden & Größen 2025", "skip": 1})  # an empty row before the header is no row
    assert door is not None
    assert con.execute(f"select count(*) from {door.relation} as given").fetchall() == [(4,)]
    assert door.label == f"{customers}, sheet Kunden & Größen 2025"
    assert (door.numbers, door.mixed) == (("Einkommen p.a.", "Summe"), ("Geburtsdatum",))


def test_a_sheet_is_read_in_pieces(con: Any, customers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "PIECE", 50)
    assert read(con, customers, sheet="Kunden & Größen 2025", skip=2) == ROWS


def test_texts_that_the_workbook_shares(con: Any, customers: Path) -> None:
    """As Excel writes them: once for the workbook, cells have their numbers; with marks for how a word is spoken."""
    texts: list[str] = []

    def share(sheet: str) -> str:
        def number(found: re.Match[str]) -> str:
            texts.append(found[2])
            return f'<c{found[1]} t="s"><v>{len(texts) - 1}</v></c>'

        return re.sub(r'<c([^>]*?) t="inlineStr"><is>(.*?)</is></c>', number, sheet, flags=re.S)

    book = openpyxl.load_workbook(customers)
    part = {f"xl/worksheets/sheet{i}.xml": share for i in (1, 2)}
    path = saved(book, customers, part)
    spoken = '<rPh sb="0" eb="1"><t>falsch</t></rPh>'
    shared = "".join(f"<si>{text}{spoken}</si>" for text in texts).replace(
        "<t>Kunde</t>", "<r><t>Kun</t></r><r><rPr><b/></rPr><t>de</t></r>"
    )
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name).decode() for name in file.namelist() if name != "xl/sharedStrings.xml"}
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{space}" count="{len(texts)}">{shared}</sst>'
    with zipfile.ZipFile(path, "w") as file:
        for name, text in parts.items():
            file.writestr(name, text)
    assert len(texts) > 10
    assert read(con, path, sheet="Kunden & Größen 2025", skip=2) == ROWS


def test_where_a_table_lies(con: Any, tmp_path: Path) -> None:
    """It need not begin in A1; a column without a name is none, a name may stand twice."""
    book = openpyxl.Workbook()
    book.active.title = "Entwurf"
    book.active.sheet_state = "hidden"
    book.active["A1"] = "old"
    book.create_chartsheet("Bild")
    sheet = book.create_sheet("Tabelle")
    cells: dict[str, list[Any]] = {
        "C": ["Id", 1],
        "D": [None, "Rand"],
        "E": ["id", 2],
        "AB": ["Id", 3],
        "AC": [None, 4],
    }
    for column, values in cells.items():
        sheet[f"{column}5"], sheet[f"{column}6"] = values
    path = saved(book, tmp_path / "lies.XLSX")
    assert read(con, path) == [("Id", "id_1", "Id_2"), ("1", "2", "3")]
    macros = shutil.copy(path, tmp_path / "lies.xlsm")
    assert read(con, Path(macros), sheet="Entwurf") == [("old",)]


def test_dates_of_every_kind(con: Any, tmp_path: Path) -> None:
    formats = ["dd.mm.yyyy", "[$-407]d. mmmm yyyy", "mmm\\ yy", "hh:mm", "m/d/yy h:mm"]
    stored = [[1, 59, 60.0, 61, 0.5], [45838, 45838.25, 2958465, 45838.999999, 0.3541666666666667]]
    book = sheet_of([[f"d{i}" for i in range(5)], *stored])
    for row in book.active.iter_rows(min_row=2):
        for cell, number_format in zip(row, formats, strict=True):
            cell.number_format = number_format
    dates = [
        ("1900-01-01", "1900-02-28", "1900-02-29", "1900-03-01", "12:00:00"),
        ("2025-06-30", "2025-06-30 06:00:00", "9999-12-31", "2025-06-30 23:59:59.914", "08:30:00"),
    ]
    assert read(con, saved(book, tmp_path / "dates.xlsx"))[1:] == dates
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    assert read(con, saved(book, tmp_path / "mac.xlsx"))[1][0] == "1904-01-02"


def test_a_column_has_dates_where_most_are(con: Any, tmp_path: Path) -> None:
    day = dt.date(2025, 6, 30)
    book = sheet_of([["days", "amounts"], [day, 250.5], [day, day], [45839, 3], ["x", 4]])
    path = saved(book, tmp_path / "mixed.xlsx")
    days, amounts = ["2025-06-30", "2025-06-30", "2025-07-01", "x"], ["250.5", "45838", "3", "4"]
    assert read(con, path)[1:] == list(zip(days, amounts, strict=True))
    door = reader(path, {})
    assert door is not None
    assert (door.numbers, door.mixed) == ((), ("days", "amounts"))


@pytest.mark.parametrize("shape", [14, "yyyy-mm-dd", "dd\\.mm\\.yy", "h:mm AM/PM", "[$-407]mmmm", "Mmm;@"])
def test_formats_that_are_dates(shape: str | int) -> None:
    assert xlsx.is_date(shape)


@pytest.mark.parametrize(
    "shape", [0, 2, 46, "General", '0.00 "Mdy"', "[h]:mm", "[Red]#,##0.00", "#,##0.00\\ [$€-407]", "0\\d", "0_d", "0*s"]
)
def test_formats_that_are_none(shape: str | int) -> None:
    assert not xlsx.is_date(shape)


def test_numbers_lose_no_digit(con: Any, tmp_path: Path) -> None:
    """Whatever the spelling: 8.0 and 1.23456789012E11 are Java's, 5.0999999999999996 is Excel's."""
    spelled = ["8.0", "1.23456789012E11", "5.0999999999999996", "9007199254740993", "-0.5", "1.0E-7"]
    read_as = ["8", "123456789012", "5.1", "9007199254740993", "-0.5", "1e-07"]
    book = sheet_of([["id", "text"], *([f"11{i}", f"{i}E1"] for i in range(len(spelled)))])

    def spell(sheet: str) -> str:
        for i, number in enumerate(spelled):
            sheet = re.sub(f't="inlineStr"><is><t>11{i}</t></is>', f"><v>{number}</v>", sheet)
        return sheet

    rows = read(con, saved(book, tmp_path / "numbers.xlsx", {"xl/worksheets/sheet1.xml": spell}))
    assert [row[0] for row in rows[1:]] == read_as
    assert [row[1] for row in rows[1:]] == [f"{i}E1" for i in range(len(spelled))]


def test_formulas_have_results(con: Any, tmp_path: Path) -> None:
    book = sheet_of([["a", "b", "c"], [1, "=1+1", '=""'], [2, "=2+1", '="x"']])

    def calculate(sheet: str) -> str:
        for formula, given, result in (
            ("1+1", "", "2"),
            ("2+1", "", "3"),
            ('""', ' t="str"', ""),
            ('"x"', ' t="str"', "x"),
        ):
            sheet = re.sub(
                rf"<c ([^>]*)><f>{re.escape(formula)}</f><v(?: ?/>|></v>)",
                rf"<c \1{given}><f>{formula}</f><v>{result}</v>",
                sheet,
            )
        return sheet

    part = "xl/worksheets/sheet1.xml"
    assert read(con, saved(book, tmp_path / "f.xlsx", {part: calculate}))[1:] == [("1", "2", None), ("2", "3", "x")]
    said = refusal(lambda: reader(saved(book, tmp_path / "f.xlsx"), {}))
    assert "sheet Kunden: the formula in cell B2 has no result" in said


def test_rich_text_and_other_spellings_of_the_file(con: Any, tmp_path: Path) -> None:
    rich = CellRichText("Müller ", TextBlock(InlineFont(b=True), "& Söhne"))
    book = sheet_of([["name", "day"], [rich, "x"]])

    def other(sheet: str) -> str:
        sheet = re.sub('<c r="B2" t="inlineStr"><is><t>x</t></is></c>', '<c t="d" r="B2"><v>2024-02-03</v></c>', sheet)
        return re.sub(r"<(/?)(\w)", r"<\1x:\2", sheet).replace("xmlns=", "xmlns:x=")

    path = saved(book, tmp_path / "rich.xlsx", {"xl/worksheets/sheet1.xml": other})
    assert read(con, path) == [("name", "day"), ("Müller & Söhne", "2024-02-03")]


def test_a_sheet_that_cannot_be_read(tmp_path: Path) -> None:
    path = saved(sheet_of([["a"], [1]]), tmp_path / "good.xlsx")
    said = refusal(lambda: reader(path, {"sheet": "Kundn"}))
    assert said == f"{path} has no sheet Kundn; there are: Kunden"
    assert "skip is the number of rows before the header, not '3'" in refusal(lambda: reader(path, {"skip": "3"}))
    assert "sheet is the name of a sheet, not ['a']" in refusal(lambda: reader(path, {"sheet": ["a"]}))
    assert "no row with content after the first 7" in refusal(lambda: reader(path, {"skip": 7}))
    assert "There is no file" in refusal(lambda: reader(tmp_path / "none.xlsx", {}))
    for name in ("old.xls", "binary.xlsb", "open.ods"):
        assert f"{name} cannot be read: save it as .xlsx" in refusal(partial(reader, tmp_path / name, {}))
    contents = {"text": b"a;b\n1;2\n", "protected": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600}
    for name, content in contents.items():
        (tmp_path / f"{name}.xlsx").write_bytes(content)
    assert "is no Excel file, whatever its name says" in refusal(lambda: reader(tmp_path / "text.xlsx", {}))
    assert "is protected by a password" in refusal(lambda: reader(tmp_path / "protected.xlsx", {}))
    with zipfile.ZipFile(tmp_path / "letter.xlsx", "w") as file:
        file.writestr("word/document.xml", "<document/>")
    assert "is damaged, or no Excel file" in refusal(lambda: reader(tmp_path / "letter.xlsx", {}))
    part = "xl/worksheets/sheet1.xml"
    cut = saved(sheet_of([["a"], [1]]), tmp_path / "cut.xlsx", {part: lambda text: text[:300] + "<<"})
    assert "is damaged, or no Excel file" in refusal(lambda: reader(cut, {}))
    bare = {part: lambda text: re.sub(r' r="\w+"', "", text)}
    said = refusal(lambda: reader(saved(sheet_of([["a"], [1]]), tmp_path / "bare.xlsx", bare), {}))
    assert "its cells carry no addresses" in said
    assert reader(tmp_path / "some.csv", {}) is None
    assert reader(tmp_path, {}) is None


def test_a_table_without_rows(con: Any, tmp_path: Path) -> None:
    assert read(con, saved(sheet_of([["a", "b"]]), tmp_path / "empty.xlsx")) == [("a", "b")]


# tables of a lake

TYPES = {
    "id": "VARCHAR",
    "amount": "DECIMAL(18,2)",
    "day": "DATE",
    "moment": "TIMESTAMP WITH TIME ZONE",
    "flag": "BOOLEAN",
    "share": "DOUBLE",
}
NOON = dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC)
RECORDS = [("007", Decimal("1.50"), dt.date(2024, 2, 29), NOON, True, 0.1), ("Köln", None, None, None, None, None)]


@pytest.fixture
def records() -> pa.Table:
    types = [pa.string(), pa.decimal128(18, 2), pa.date32(), pa.timestamp("us", tz="UTC"), pa.bool_(), pa.float64()]
    columns = zip(*RECORDS, strict=True)
    return pa.table({name: pa.array(list(values), t) for name, values, t in zip(TYPES, columns, types, strict=True)})


def assert_is_records(con: Any, relation: str) -> None:
    found = con.execute(f"from {relation} order by id")
    assert {column[0]: str(column[1]) for column in found.description} == TYPES
    assert found.fetchall() == RECORDS


def test_a_delta_table(con: Any, tmp_path: Path, records: pa.Table) -> None:
    path = tmp_path / "Kunden d'Or"
    write_deltalake(path, records.slice(0, 1))
    write_deltalake(path, records, mode="overwrite")
    door = reader(path, {})
    assert door is not None
    assert (door.extension, door.label) == ("delta", f"Delta table {path}")
    load_extension(con, "delta")
    assert_is_records(con, door.relation)
    parted = tmp_path / "parted"
    write_deltalake(parted, records, partition_by=["id"])
    assert [row[0] for row in read(con, parted)[1:]] in (["007", "Köln"], ["Köln", "007"])
    encoded = shutil.copytree(path, tmp_path / "Kunden%20neu")
    assert "does not find a folder with % in its name" in refusal(lambda: reader(encoded, {}))


@pytest.fixture
def iceberg(tmp_path: Path, records: pa.Table) -> Any:
    catalog = SqlCatalog("test", uri=f"sqlite:///{tmp_path}/catalog.db", warehouse=f"file://{tmp_path}/lake")
    catalog.create_namespace("bank")
    table = catalog.create_table("bank.kunden", schema=records.schema)
    table.append(records.slice(0, 1))
    table.overwrite(records)
    return table


def test_an_iceberg_table(con: Any, tmp_path: Path, iceberg: Any) -> None:
    path = Path(iceberg.location().removeprefix("file://"))
    door = reader(path, {})
    assert door is not None
    assert (door.extension, door.label) == ("iceberg", f"Iceberg table {path}")
    load_extension(con, "iceberg")
    assert_is_records(con, door.relation)
    moved = path.rename(tmp_path / "Kunden d'Or")
    door = reader(moved, {})
    assert door is not None
    assert_is_records(con, door.relation)
    (newest,) = moved.glob("metadata/00002-*.metadata.json")
    packed = newest.with_name(newest.name.replace(".metadata.json", ".gz.metadata.json"))
    packed.write_bytes(gzip.compress(newest.read_bytes()))
    newest.unlink()
    door = reader(moved, {})
    assert door is not None
    assert_is_records(con, door.relation)


def test_which_metadata_of_an_iceberg_table_count(tmp_path: Path) -> None:
    folder = tmp_path / "metadata"
    folder.mkdir()
    assert newest_metadata(tmp_path) is None
    for name in ("v9", "v10", "v11"):
        (folder / f"{name}.metadata.json").touch()
    assert newest_metadata(tmp_path) == folder / "v11.metadata.json"
    (folder / "version-hint.text").write_text("10\n", encoding="utf-8")
    assert newest_metadata(tmp_path) == folder / "v10.metadata.json"


# DuckDB files


def test_a_duckdb_file_is_attached_read_only(con: Any, tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "core.duckdb")) as core:
        core.execute("create table kunden as select '007' as id")
    for _ in range(2):
        attach(con, {"core": "core.duckdb"}, tmp_path)
    assert con.execute("from core.main.kunden").fetchall() == [("007",)]
    with pytest.raises(duckdb.Error, match="read-only"):
        con.execute("insert into core.main.kunden values ('8')")
    with duckdb.connect(str(tmp_path / "crm.duckdb")):
        pass
    said = refusal(lambda: attach(con, {"CORE": "crm.duckdb"}, tmp_path))
    assert "there is another database CORE already" in said


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["core.duckdb"], "attach is a mapping of names to databases"),
        ({"core": "none.duckdb"}, "core is neither postgres nor a DuckDB file: there is no file"),
        ({"core": "text.duckdb"}, "cannot be opened: it is no DuckDB file"),
        ({"core": 5}, "core is postgres, {postgres: DBT_ENV_SECRET_...}, or the path of a DuckDB file"),
        ({"core bank": "x"}, "'core bank' cannot be the name of a database"),
        ({5: "x"}, "5 cannot be the name of a database"),
        ({"Bank": "x"}, "Bank is taken, as are bank, main, memory, system, temp"),
        ({"temp": "postgres"}, "temp is taken"),
        (
            {"crm": {"mysql": "CRM"}},
            "crm names an environment variable, in capitals: {crm: {postgres: DBT_ENV_SECRET_CRM}}",
        ),
        ({"crm": {"postgres": "s3cret"}}, "crm names an environment variable, in capitals"),
        ({"crm": {"postgres": "postgresql://me:s3cret@host/db"}}, "crm names an environment variable, in capitals"),
        (
            {"crm": "postgresql://me:s3cret@host/db"},
            "looks like a connection string, which does not belong in this file",
        ),
        ({"crm": "host=db password=s3cret"}, "name that: {crm: {postgres: DBT_ENV_SECRET_CRM}}"),
        (
            {"crm": {"postgres": "CRM"}},
            "dbt masks the values of those that begin with DBT_ENV_SECRET_, and of no others",
        ),
        (
            {"crm": {"postgres": "DBT_ENV_SECRET_NOT_SET"}},
            "crm needs the environment variable DBT_ENV_SECRET_NOT_SET, which is not set",
        ),
        (
            {"crm": {"postgres": "DBT_ENV_SECRET_NONSENSE"}},
            "what DBT_ENV_SECRET_NONSENSE holds is no connection string",
        ),
        ({"crm": {"postgres": "DBT_ENV_SECRET_UNESCAPED"}}, "within a password"),
        ({"crm": {"postgres": "DBT_ENV_SECRET_OF_A_KEY"}}, "sslpassword cannot be kept out of messages"),
    ],
)
def test_what_cannot_be_attached(
    con: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: Any, sentence: str
) -> None:
    (tmp_path / "text.duckdb").write_text("no database " * 500, encoding="utf-8")
    monkeypatch.delenv("DBT_ENV_SECRET_NOT_SET", raising=False)
    monkeypatch.setenv("DBT_ENV_SECRET_NONSENSE", "the s3cret alone")
    monkeypatch.setenv("DBT_ENV_SECRET_UNESCAPED", "postgresql://me:12/s3cret@host:5432/db")
    monkeypatch.setenv("DBT_ENV_SECRET_OF_A_KEY", "host=db sslpassword=s3cret")
    said = refusal(lambda: attach(con, given, tmp_path))
    assert sentence in said
    assert "s3cret" not in said


# PostgreSQL

PASSWORD = "s3cr'et\\ ü@/:%20"


def initdb() -> Path | None:
    """The newest server of this machine: Debian keeps them out of the PATH."""
    found = [Path(path) for path in [shutil.which("pg_ctl")] if path]
    found += Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")
    whole = [path.with_name("initdb") for path in found if path.resolve().with_name("initdb").exists()]
    return max(whole, key=lambda path: [int(part) for part in re.findall(r"\d+", str(path))]) if whole else None


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    """A PostgreSQL server of this module's own, on the loopback; what libpq needs to reach it."""
    program = initdb()
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("there is no PostgreSQL, and CI must have one (.ci/run installs it)")
        pytest.skip("there is no PostgreSQL server on this machine")
    with tempfile.TemporaryDirectory() as name, socket.socket() as free:  # not in tmp_path, which is root's alone
        folder = Path(name)
        user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
        (folder / "password").write_text(PASSWORD, encoding="utf-8")
        if user:  # initdb refuses root
            for path in (folder, folder / "password"):
                shutil.chown(path, "postgres", "postgres")

        def run(*command: object) -> None:
            words = [str(word) for word in command]
            log = folder / "log.txt"
            with log.open("a") as out:
                subprocess.run(words, **user, check=True, cwd=folder, stdout=out, stderr=out, timeout=60)  # type: ignore[call-overload]

        data = ("-D", folder / "data")
        login = ("--username=bank", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}")
        run(program, *data, *login, "--encoding=UTF8", "--locale=C", "--no-sync")
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
        free.close()
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='' -c fsync=off"
        control = program.with_name("pg_ctl")
        run(control, *data, "-w", "-l", folder / "server.txt", "-o", options, "start")
        address = {"PGHOST": "127.0.0.1", "PGPORT": port, "PGUSER": "bank", "PGDATABASE": "kern"}
        try:
            for database, sql in (("postgres", "create database kern"), ("kern", MADE)):
                environment = os.environ | address | {"PGDATABASE": database, "PGPASSWORD": PASSWORD}
                psql = [str(program.with_name("psql")), "--quiet", "--set=ON_ERROR_STOP=1", f"--command={sql}"]
                subprocess.run(psql, env=environment, check=True, capture_output=True, timeout=60)
            yield address
        finally:
            run(control, *data, "-m", "immediate", "stop")


MADE = """
create table records
(id text, amount numeric(18, 2), day date, moment timestamptz, flag boolean, share double precision);
insert into records values ('007', 1.5, '2024-02-29', '2024-01-01 13:00+01', true, 0.1);
insert into records values ('Köln');
create schema "Kern Bank";
create table "Kern Bank".art as select 1.25::numeric as free, 12345678901::bigint as number, 'a  '::char(3) as padded;
"""


@pytest.fixture
def libpq(server: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No variable of libpq, but what a test sets."""
    for name in [name for name in os.environ if name.startswith("PG")]:
        monkeypatch.delenv(name)
    return monkeypatch


def pairs(server: dict[str, str], **changes: str) -> str:
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE"}
    given = {name: server[variable] for name, variable in names.items()} | {"password": PASSWORD} | changes
    escaped = {name: value.replace("\\", "\\\\").replace("'", "\\'") for name, value in given.items()}
    return " ".join(f"{name} = '{value}'" for name, value in escaped.items())


def test_postgres_by_the_variables_of_libpq(con: Any, tmp_path: Path, server: dict[str, str], libpq: Any) -> None:
    """A password in one of them would be masked nowhere; a file of passwords has it."""
    passwords = tmp_path / "passwords"
    passwords.touch(0o600)
    escaped = PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    passwords.write_text(f"127.0.0.1:*:*:bank:{escaped}\n", encoding="utf-8")
    for name, value in {**server, "PGPASSFILE": str(passwords)}.items():
        libpq.setenv(name, value)
    libpq.setenv("PGPASSWORD", PASSWORD)
    said = refusal(lambda: attach(con, {"crm": "postgres"}, tmp_path))
    assert "PGPASSWORD, which dbt masks nowhere" in said
    assert "s3cr" not in said
    libpq.delenv("PGPASSWORD")
    attach(con, {"crm": "postgres"}, tmp_path)
    assert_is_records(con, "crm.public.records")


def test_postgres_by_a_variable(con: Any, tmp_path: Path, server: dict[str, str], libpq: Any) -> None:
    uri = f"postgresql://bank:s3cr%27et%5C%20%C3%BC%40%2F%3A%2520@127.0.0.1:{server['PGPORT']}/kern?application_name=a%20b"
    libpq.setenv("DBT_ENV_SECRET_CRM", pairs(server))
    libpq.setenv("DBT_ENV_SECRET_URI", uri)
    databases = {"crm": {"postgres": "DBT_ENV_SECRET_CRM"}, "uri": {"postgres": "DBT_ENV_SECRET_URI"}}
    for _ in range(2):
        attach(con, databases, tmp_path)
    for alias in databases:
        assert_is_records(con, f"{alias}.public.records")
    found = con.execute('from crm."Kern Bank".art')
    assert [str(column[1]) for column in found.description] == ["DOUBLE", "BIGINT", "VARCHAR"]
    assert found.fetchall() == [(1.25, 12345678901, "a")]
    with pytest.raises(duckdb.Error, match="read-only"):
        con.execute("delete from crm.public.records")
    kept = str(con.execute("select path from duckdb_databases()").fetchall()) + str(
        con.execute("from duckdb_secrets()").fetchall()
    )
    assert all(word not in kept for word in ("s3cr", "127.0.0.1'", "bank:"))
    with duckdb.connect(str(tmp_path / "crm.duckdb")):
        pass
    assert "another database crm already" in refusal(lambda: attach(con, {"crm": "crm.duckdb"}, tmp_path))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"password": "wrong-s3cret"},
            "(host 127.0.0.1, database kern) cannot be opened: the server does not accept user or password",
        ),
        ({"user": "nobody"}, "the server does not accept user or password"),
        ({"password": ""}, "the server asks for a password, and there is none"),
        (
            {"host": "nowhere.invalid"},
            "(host nowhere.invalid, database kern) cannot be opened: its host is not known here",
        ),
        ({"port": "1"}, "no server answers there"),
        ({"dbname": "s3cret nothing"}, "(host 127.0.0.1) cannot be opened: the server has no such database"),
        ({"sslmode": "require"}, "server and client do not agree on encryption"),
        ({"sslmode": "s3cret"}, "its connection string is not understood"),
        ({"s3cret": "x"}, "its connection string is not understood"),
    ],
)
def test_postgres_that_cannot_be_reached(
    con: Any, tmp_path: Path, server: dict[str, str], libpq: Any, changes: dict[str, str], sentence: str
) -> None:
    libpq.setenv("DBT_ENV_SECRET_CRM", pairs(server, **changes))
    with pytest.raises(Refused) as caught:
        attach(con, {"crm": {"postgres": "DBT_ENV_SECRET_CRM"}}, tmp_path)
    assert sentence in str(caught.value)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value.__context__)
    assert "s3cr" not in shown
    assert caught.value.__context__ is None
    # mended, it opens: what failed leaves nothing behind
    libpq.setenv("DBT_ENV_SECRET_CRM", pairs(server))
    attach(con, {"crm": {"postgres": "DBT_ENV_SECRET_CRM"}}, tmp_path)
    assert_is_records(con, "crm.public.records")


def test_a_later_error_does_not_say_the_password(con: Any, tmp_path: Path, server: dict[str, str], libpq: Any) -> None:
    """The engine connects again for its queries, and repeats how in its errors."""
    libpq.setenv("DBT_ENV_SECRET_CRM", pairs(server))
    attach(con, {"crm": {"postgres": "DBT_ENV_SECRET_CRM"}}, tmp_path)
    con.execute("set pg_connection_limit = 1")
    with pytest.raises(duckdb.Error) as caught:
        con.execute("from postgres_query('crm', 'select pg_terminate_backend(pid) from pg_stat_activity')")
    assert "s3cr" not in str(caught.value)


def test_connection_strings_without_a_server() -> None:
    assert parts_of_pairs(r"host=a\ b  dbname = 'c \'d\\' user= e") == {
        "host": "a b",
        "dbname": "c 'd\\",
        "user": "e",
    }
    assert parts_of_pairs("host='a' 'b'") is None
    assert parts_of_pairs("host='a'b=c") is None
    assert parts_of_pairs("") is None
    assert parts_of_uri("postgres://") == {}
    assert parts_of_uri("postgresql:///kern?host=%2Frun%2Fsocket") == {"dbname": "kern", "host": "/run/socket"}
    many = {"user": "u", "host": "a,::1", "port": "1,2"}
    assert parts_of_uri("postgresql://u@a:1,[::1]:2") == many
    assert parts_of_uri("postgresql://u:p@ss:w@host") == {"user": "u", "password": "p@ss:w", "host": "host"}
    assert parts_of_uri("postgresql://u:p/w@host") is None
    assert parts_of_uri("postgresql://host?nonsense") is None


# ------------------------------------------------------------------------------------------------------ through a build


def test_a_build_reads_through_every_door(
    con: Any, tmp_path: Path, server: dict[str, str], libpq: pytest.MonkeyPatch, warehouse: Warehouse
) -> None:
    """One bank's file, four kinds of places; the password stands in no log and not in the warehouse."""
    load_extension(con, "postgres")
    for name, value in {**server, "PGPASSWORD": PASSWORD}.items():
        libpq.setenv(name, value)
    con.execute("attach '' as crm (type postgres)")
    con.execute(
        "create table crm.public.persons as select 'C' || i as id, 30 + i as age, "
        "case when i % 2 = 0 then '1' else '2' end as sex, 1000.5 * i as income from range(1, 4) as t(i)"
    )
    con.execute("detach crm")
    for name in ("PGPASSWORD", "PGHOST", "PGPORT", "PGUSER", "PGDATABASE"):
        libpq.delenv(name, raising=False)
    libpq.setenv("DBT_ENV_SECRET_CRM", pairs(server, password=PASSWORD))
    header = [
        "Kunde",
        "Alter",
        "Einkommen",
        "credit_score",
        "account_tenure",
        "monthly_spending",
        "transaction_frequency",
    ]
    header += ["avg_account_balance", "num_products", "app_usage_score", "support_calls"]
    sheet = sheet_of(
        [["Kundenliste"], header, *([f"C{i}", 30 + i, 1000.5 * i, 600, 1, 2, 3, 4.5, 1, 2, 0] for i in range(1, 4))]
    )
    saved(sheet, tmp_path / "kunden.xlsx")
    profiles = {"customer_id": ["C1", "C2"], "age": [31, 32], "annual_income": [1.5, 2.5], "credit_score": [600, 601]}
    write_deltalake(str(tmp_path / "profile"), pa.table(profiles | {"loan_amount": [1, 2], "investment": [3, 4]}))
    with duckdb.connect(str(tmp_path / "core.duckdb")) as core:
        core.execute(
            "create table tx as select 'T' || i as transaction_id, 'C1' as customer_id, "
            "timestamp '2025-06-01 10:00:00' as transacted_at, 10.5 as amount, 'purchase' as kind from range(3) as t(i)"
        )
    (tmp_path / "bank.yml").write_text(
        """
studies: [relationship, demographic, behavioral, wealth]
as_of_date: 2025-06-30
attach: {crm: {postgres: DBT_ENV_SECRET_CRM}, core: core.duckdb}
extracts:
  bank_customers:
    {path: kunden.xlsx, skip: 1, columns: {customer_id: Kunde, age: Alter, income: Einkommen}, decimal: ","}
  customer_demographics:
    table: crm.public.persons
    columns: {customer_id: id, gender: sex}
    values: {gender: {1: male, 2: female}}
  financial_profiles: profile
  card_transactions: {table: core.main.tx}
""",
        encoding="utf-8",
    )
    said = warehouse.dbt(
        "build",
        "--select",
        "path:models/staging",
        "--exclude-resource-type",
        "unit_test",
        bank=str(tmp_path / "bank.yml"),
    )
    assert said == ""
    counts = warehouse.rows("select extract, rows_read, rows_staged from extract_counts where rows_read > 0 order by 1")
    assert counts == [
        ("bank_customers", 3, 3),
        ("card_transactions", 3, 3),
        ("customer_demographics", 3, 3),
        ("financial_profiles", 2, 2),
    ]
    genders = warehouse.rows("select customer_id, gender, income from stg_customer_demographics order by 1")
    assert genders == [("C1", "female", 1000.5), ("C2", "male", 2001), ("C3", "female", 3001.5)]
    assert warehouse.value("select sum(income) from stg_bank_customers") == 6003
    written = [file for file in warehouse.path.parent.rglob("*") if file.is_file()]
    assert len(written) > 1
    assert not [file for file in written if PASSWORD.encode() in file.read_bytes()]


def test_a_build_does_not_say_the_password_of_a_server_that_is_gone(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_ENV_SECRET_CRM", f"host=127.0.0.1 port=1 dbname=kern user=bank password={PASSWORD}")
    (tmp_path / "bank.yml").write_text(
        "studies: [demographic]\nattach: {crm: {postgres: DBT_ENV_SECRET_CRM}}\n"
        "extracts: {customer_demographics: {table: crm.public.persons}}\n"
    )
    said = warehouse.build("--select", "checked_customer_demographics", bank=str(tmp_path / "bank.yml"))
    assert "attach: crm (host 127.0.0.1, database kern) cannot be opened: no server answers there" in said
    written = [file for file in warehouse.path.parent.rglob("*") if file.is_file()]
    assert not [file for file in written if PASSWORD.encode() in file.read_bytes()]
    assert PASSWORD not in said
