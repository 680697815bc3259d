"""Inputs are whole, or a sentence says what is wrong: files that are cut, quotes, types, volume; and nobody's row."""

import gzip
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import Warehouse
from staging import Staging, staged

from bank.csv_files import examine
from bank.faults import Refused
from bank.matching import Column, doubt_of
from bank.plan import plan
from bank.plugin import prepare
from bank.sql import literal
from report import __main__ as report

COLUMNS = [
    {"name": "customer_id", "type": "varchar", "required": True},
    {"name": "note", "type": "varchar", "required": True},
]


def rows_of(path: Path, **entry: Any) -> list[tuple[Any, ...]]:
    """What the engine reads of a CSV where a plan sends it."""
    request = {"extract": "notes", "contract": {"key": ["customer_id"], "columns": COLUMNS}}
    found = plan(request | {"entry": {"path": str(path)} | entry})
    assert found is not None
    with duckdb.connect() as con:
        rows: list[tuple[Any, ...]] = con.execute(f"select * from {found['from']}").fetchall()
        return rows


LINES = ["customer_id,note", *(f"C{i},note {i * i}" for i in range(3000))]
TEXT = ("\n".join(LINES) + "\n").encode()


def damaged(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :]


PACKED = gzip.compress(TEXT)
BROKEN = {
    "cut": PACKED[:-2000],
    "cut in its checksum": PACKED[:-5],
    "another digit": damaged(PACKED, len(PACKED) // 2),
    "another checksum": damaged(PACKED, len(PACKED) - 8),
    "another length": damaged(PACKED, len(PACKED) - 2),
    "the second member is cut": PACKED + PACKED[:-9],
    "something behind it": PACKED + b"and more",
    "zeros behind it": PACKED + bytes(20),
}


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252", "latin-1"])
@pytest.mark.parametrize("case", BROKEN)
def test_a_gz_file_that_is_not_whole_stops(case: str, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.csv.gz"
    path.write_bytes(BROKEN[case])
    with pytest.raises(Refused, match=r"notes\.csv\.gz is (cut off|damaged, or no gzip file): it cannot be unpacked"):
        rows_of(path, encoding=encoding)


@pytest.mark.parametrize("name", ["notes.csv.gz", "notes.CSV.GZ"])
def test_all_members_of_a_gz_file_are_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(TEXT) + gzip.compress(b"D1,more\n"))
    assert len(rows_of(path)) == 3001


@pytest.mark.parametrize("start", [b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"])
def test_a_file_that_is_packed_and_does_not_say_so(start: bytes, tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_bytes(start + bytes(100))
    with pytest.raises(Refused, match="is packed by"):
        rows_of(path)
    with pytest.raises(Refused, match=r"cannot read .*notes\.csv\.zst; give \.csv"):
        rows_of(path.rename(tmp_path / "notes.csv.zst"))


def test_quotes_are_those_of_rfc_4180_wherever_they_begin(tmp_path: Path) -> None:
    """A sniffer looks at 20,000 lines, and takes a quote that comes later for a part of the id."""
    path = tmp_path / "notes.csv"
    plain = [f"C{i},plain" for i in range(25_000)]
    quoted = ['"D1","with ""quotes"", a comma and\na line"', '"D2",plain']
    path.write_text("\n".join(["customer_id,note", *plain, *quoted]) + "\n")
    rows = rows_of(path)
    assert len(rows) == 25_002
    assert rows[-2:] == [("D1", 'with "quotes", a comma and\na line'), ("D2", "plain")]


def test_a_zero_byte_anywhere_stops(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_bytes(TEXT.replace(b"C2500", b"C\x002500"))
    with pytest.raises(Refused, match=r"notes\.csv, line 2502, holds a zero byte"):
        rows_of(path)


def test_a_last_line_without_its_end_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    for content, is_open in [(TEXT, False), (TEXT[:-1], True), (TEXT.replace(b"\n", b"\r\n"), False)]:
        path.write_bytes(content)
        assert examine(str(path), {}, lambda header: 2, 2).is_open == is_open


# ------------------------------------------------------------------------------------------------------------- types

DOUBTS = {
    "a float id": ("varchar", "", "DOUBLE", "holds floating-point numbers, and x is one of ids"),
    "a boolean id": ("varchar", "", "BOOLEAN", "holds true and false"),
    "bytes as an id": ("varchar", "", "BLOB", "holds other things"),
    "a boolean amount": ("double", "currency", "BOOLEAN", "holds true and false, and x is one of numbers"),
    "a date as an amount": ("double", "currency", "DATE", "holds dates"),
    "a list as an amount": ("double", "count", "DOUBLE[]", "holds other things"),
    "a number as a date": ("date", "date", "INTEGER", "(yyyymmdd)"),
    "a boolean date": ("date", "date", "BOOLEAN", "is one of dates"),
    "a time of day": ("timestamp", "timestamp", "TIME", "holds other things, and x is one of times"),
    "a float as a time": ("timestamp", "timestamp", "DOUBLE", "holds floating-point numbers"),
}
FITS = {
    ("varchar", "", "BIGINT"),
    ("varchar", "", "DECIMAL(18,0)"),
    ("varchar", "", "UUID"),
    ("varchar", "", "ENUM('a', 'b')"),
    ("double", "currency", "DECIMAL(38,9)"),
    ("double", "years", "DATE"),
    ("date", "date", "TIMESTAMP WITH TIME ZONE"),
    ("timestamp", "timestamp", "TIMESTAMP_NS"),
    ("date", "date", "VARCHAR"),
}


def doubt(type: str, unit: str, found: str, **readings: Any) -> str:
    column = Column("x", type, unit, True, type == "varchar", frozenset("x"))
    return doubt_of("Extract e, read from f", column, {"name": "X", "type": found, "readings": readings})


@pytest.mark.parametrize("case", DOUBTS)
def test_a_type_that_cannot_be_meant_so_is_said(case: str) -> None:
    type, unit, found, words = DOUBTS[case]
    assert words in doubt(type, unit, found)


def test_types_that_can_be_meant_so() -> None:
    assert [doubt(*fit) for fit in FITS] == [""] * len(FITS)
    assert doubt("double", "count", "BOOLEAN", values={"true": 1}) == ""
    assert doubt("date", "date", "INTEGER", dates="yyyymmdd") == ""


# ---------------------------------------------------------------------------------------- what a build says, and keeps

PEOPLE = "customer_id,as_of_date,age,income,occupation,customer_since\n"


def people(n: int, day: str = "2025-06-30", since: str = "2020-01-01", first: int = 0) -> str:
    return "".join(f"K{i},{day},40,{30000 + i},Xylograph,{since}\n" for i in range(first, first + n))


def parquet(path: Path, replaced: str) -> str:
    """Sixty customers with numbers and dates of their types, some of which are replaced."""
    with duckdb.connect() as con:
        con.execute(
            f"copy (select * replace ({replaced}) from (select i, 'K' || i as customer_id, date '2025-06-30' as "
            "as_of_date, 40 as age, 30000.5 + i as income, cast(null as boolean) as customer_since from range(60) as "
            f"numbers(i))) to {literal(path)} (format parquet)"
        )
    return str(path)


def test_what_a_build_says_of_types_volume_and_times(tmp_path: Path) -> None:
    """Each is read by itself; what is refused leaves what stands. A path may hold an apostrophe."""
    tmp_path /= "o'brien"
    tmp_path.mkdir()
    extract = "customer_demographics"
    count = f"select count(*) from checked_{extract}"

    def use(staging: Staging) -> None:
        path = tmp_path / "p.parquet"
        for replaced, words in {
            "cast(i as double) as customer_id": "customer_id holds floating-point numbers, and customer_id is one of",
            "income > 0 as income": "the column income holds true and false, and income is one of numbers: export it",
            "20250630 as as_of_date": "holds whole numbers, and as_of_date is one of dates: export it as dates.",
            "'K' || chr(0) || i as customer_id": "column customer_id holds an id with a zero byte",
        }.items():
            assert words in staging.stage(extract, parquet(path, replaced))
        # an empty column may have any type, and numbers can be dates where a form says so
        assert staging.stage(extract, {"path": parquet(path, "20250630 as as_of_date"), "dates": "yyyymmdd"}) == ""
        assert staging.rows(f"select distinct cast(as_of_date as varchar) from checked_{extract}") == [("2025-06-30",)]
        path.write_bytes(path.read_bytes()[:-100])
        assert "p.parquet is damaged or no Parquet file" in staging.stage(extract, str(path))
        assert staging.rows(count) == [(60,)]
        staging.forget(extract)

        folder = tmp_path / "people"
        folder.mkdir()
        entry = {"path": str(folder)}
        for month, n in ((3, 50), (4, 60)):
            (folder / f"{month}.csv").write_text(PEOPLE + people(n, f"2025-0{month}-30"))
            assert staging.stage(extract, entry) == ""
        twice = folder / "6.csv"
        twice.write_text(PEOPLE + people(121))
        said = staging.stage(extract, entry)
        assert "2025-06-30 has 121 rows, and no date before it more than 60" in said
        assert "set min_date_share to at most 0.49" in said
        assert staging.rows(count) == [(110,)]  # which a refused one has not replaced
        assert staging.stage(extract, entry, min_date_share=0.49) == ""
        twice.write_text(PEOPLE + people(20))
        assert staging.stage(extract, entry) == ""  # incomplete, and so never the latest
        assert staging.rows(f"{count} where as_of_date = '2025-06-30'") == [(20,)]
        staging.forget(extract)

        path = tmp_path / "p.csv"
        ends = ["2025-06-30 24:00:00", "2025-06-30T24:00", "2025-06-30 14:24:00", "2031-01-01", "2025-07-01"]
        path.write_text(PEOPLE + "".join(people(1, since=end, first=i) for i, end in enumerate(ends)))
        assert staging.stage(extract, str(path), max_rejected_share=0.9) == ""
        query = (
            f"select customer_id, cast(customer_since as varchar), rejection_reason from checked_{extract} order by 1"
        )
        assert staging.rows(query) == [
            ("K0", "2025-06-30", None),
            ("K1", "2025-06-30", None),
            ("K2", "2025-06-30", None),
            ("K3", "2031-01-01", "customer_since: above as_of_date"),
            ("K4", "2025-07-01", "customer_since: above as_of_date"),
        ]
        staging.forget(extract)

        path.write_text("transaction_id,customer_id,transacted_at,amount,kind\n1,K,30.06.2025 24:00:00,1,fee\n")
        assert staging.stage("card_transactions", {"path": str(path), "dates": "dd.mm.yyyy"}) == ""
        times = "select cast(transacted_at as varchar) from checked_card_transactions"
        assert staging.rows(times) == [("2025-07-01 00:00:00",)]

    staged(tmp_path, use)


LEAKS = {
    "no header": people(9),
    "no header, all text": "Katharina,Xylograph\nKonrad,Xylograph\n",
    "no header, another separator": people(9).replace(",", ";"),
    "text in a number": PEOPLE + people(3).replace(",40,", ",Xylograph,"),
    "fewer fields": PEOPLE + "K1,Xylograph\n" * 3,
    "more fields": PEOPLE + people(3).replace("\n", ",Xylograph\n"),
    "a quote that stays open": PEOPLE + people(3).replace("K1", '"K1'),
    "another encoding": PEOPLE + people(3).replace("Xylograph", "Xyl\xf6graph"),
    "a number that could be two": PEOPLE + people(3).replace(",3000", ",30.00"),
    "a date that is none": PEOPLE + people(3, since="Xylograph"),
    "not the columns that are named": PEOPLE + people(3),
}


def test_no_row_stands_in_a_message_or_a_log(tmp_path: Path) -> None:
    def use(staging: Staging) -> None:
        for case, text in LEAKS.items():
            path = tmp_path / "p.csv"
            path.write_text(text, encoding="latin-1")
            entry: dict[str, Any] = {"path": str(path)}
            if case.startswith("not the columns"):
                entry |= {"columns": {"income": "Lohn"}}
            said = staging.stage("customer_demographics", entry, as_of_date="2025-06-30", max_rejected_share=0.01)
            assert said, case
            for part in ("Xyl", "K1", "K0", "Katha", "30000", "30001"):
                assert part not in said, (case, said)
            staging.forget("customer_demographics")
        # an expression that fails for a row costs its value, and a type is asked with values that no statement holds
        path = tmp_path / "p.csv"
        path.write_text(PEOPLE.replace("age", "born") + people(30).replace(",40,", ",1985,"))
        entry = {
            "path": str(path),
            "expressions": {"age": "2025 - cast(born as integer)"},
            "filter": "cast(born as int) > 0",
        }
        assert staging.stage("customer_demographics", entry) == ""
        path.write_text(path.read_text().replace("K5,2025-06-30,1985", "K5,2025-06-30,Xylograph"))
        assert staging.stage("customer_demographics", entry) == ""
        query = "select rejection_reason from checked_customer_demographics where customer_id = 'K5'"
        assert staging.rows(query) == [("filter: cast(born as int) > 0",)]
        del entry["filter"]
        assert staging.stage("customer_demographics", entry) == ""
        assert staging.rows(query) == [("age: not a number",)]
        table = (
            "create table people as select 'K' || i as customer_id, 'Xylograph' as occupation, 40 as age, 1 as income"
        )
        staging.rows(f"{table} from range(9) as numbers(i)")
        assert staging.stage("customer_demographics", {"table": "people"}, as_of_date="2025-06-30") == ""
        staging.rows("alter table people alter income type boolean")
        said = staging.stage("customer_demographics", {"table": "people"}, as_of_date="2025-06-30")
        assert "the column income holds true and false" in said
        log = staging.logged().replace(table, "")
        assert "Xyl" not in log
        assert "K5" not in log.replace(query, "")

    staged(tmp_path, use)


def test_sql_has_the_shapes_of_python() -> None:
    with duckdb.connect() as con:
        prepare(con, {})
        assert con.execute("select bank_shape('Müller-99 ÄB'), bank_shape(null)").fetchone() == ("Aaaaaa-99 AA", None)


def test_a_limit_of_memory_that_is_none_is_said(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGMENTATION_MEMORY", "much")
    said = warehouse.dbt("seed", "--select", "kpi_bands")
    assert "The environment variable SEGMENTATION_MEMORY is 'much'; give a size such as 3GB" in said
    assert "Parser Error" not in said


def test_a_report_that_cannot_be_written_says_so(
    sample: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGMENTATION_DB", str(sample.path))
    monkeypatch.setattr(report, "render", lambda connection: "")
    (tmp_path / "file").touch()
    monkeypatch.setattr("sys.argv", ["report", "--output", str(tmp_path / "file" / "report.html")])
    with pytest.raises(SystemExit, match=r"The report cannot be written to .*report\.html: .*\. Name another file"):
        report.main()
