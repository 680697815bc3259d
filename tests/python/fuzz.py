"""Extracts and bank's files that are wrong in some way, for test_fuzz: a Case is drawn, and writes its file."""

import csv
import gzip
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import strategies as st

from bank.drafting.contract import Extract, Field, extracts
from bank.sql import identifier

CONTRACT = extracts()
MARK = "Qzx"
"""In every id and every free text of a customer: it stands in no message and in no log."""

ROWS = 40
WORDS = [
    "",
    " ",
    "NULL",
    "NaN",
    "inf",
    "-Infinity",
    "1e400",
    "9" * 400,
    "1e-400",
    "0x1A",
    "1_000",
    "١٢",
    "1.234,56",
    "--1",
]
WORDS += [
    "0001-01-01",
    "9999-12-31",
    "2031-05-05",
    "2025-02-30",
    "31.12.2024",
    "2025-06-30 24:00:00",
    "45838",
    "TRUE",
    "-0",
]
WORDS += [
    f"{MARK}\u200b",
    f"{MARK}\u00a0",
    f"=1+1{MARK}",
    "'",
    '"',
    f'{MARK}"{MARK}',
    f"{MARK}\n{MARK}",
    f"{MARK};{MARK},",
    "\ufeff1",
]
WORDS += [
    "\U0001f600",
    "\u202e1",
    "1" + "0" * 5000,
    "1.5E+15",
    "12345678901234567890",
    "1.081",
    "5 %",
    "(3)",
    "3-",
    "CHF 3",
]


def cell(field: Field, row: int) -> str:
    """A value that the contract takes."""
    if field.is_id:
        return f"{MARK}{row:05}" if field.name != "reverses" else ""
    if field.type == "varchar":
        return next(iter(field.categories), f"{MARK}ville")
    if field.name == "as_of_date":
        return "2025-06-30"
    if field.type in ("date", "timestamp"):
        return "2020-01-02" if field.type == "date" else f"2025-06-{row % 28 + 1:02} 10:00:00"
    low, high = float(field.minimum or 0), float(field.maximum or 100)
    return f"{min(high, low + (row + 1) / 64):.6f}"


@dataclass
class Case:
    """A file of an extract, and what the bank's file says of it."""

    extract: Extract
    kind: str
    header: list[str]
    rows: list[list[str]]
    separator: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    ends: str = "\n"
    types: dict[str, str] = field(default_factory=dict)
    """Of Parquet: SQL by column."""
    entry: dict[str, Any] = field(default_factory=dict)
    on_bytes: list[Callable[[bytes], bytes]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    is_next: bool = False
    """Whether a faultless one was read before it."""

    @property
    def is_as_drawn(self) -> bool:
        """Whether nothing was done to bytes, names or keys, so that each cell says what must be staged."""
        return not (self.on_bytes or self.entry or self.types) and not set(self.done) & {"names", "quote"}

    def __str__(self) -> str:
        """What was done."""
        said = (
            f"{self.extract.name}.{self.kind} {self.done} {self.entry} {self.types} {self.encoding} {self.separator!r}"
        )
        return f"{said} {self.header} {self.rows[:2]}"[:1500]

    def content(self) -> bytes:
        """The CSV."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=self.separator, quotechar=self.quote, lineterminator=self.ends)
        if self.header:
            writer.writerow(self.header)
        writer.writerows(self.rows)
        return text.getvalue().encode(self.encoding, "replace")

    def write(self, folder: Path) -> Path:
        """The file."""
        path = folder / f"{self.extract.name}.{self.kind}"
        if self.kind == "parquet":
            width = max([len(self.header), *map(len, self.rows), 1])
            given = [*self.header, *(f"more {i}" for i in range(width))][:width]
            names: list[str] = []
            for name in given:
                is_new = name and name.lower() not in map(str.lower, names)
                names.append(name if is_new else f"{name} {len(names)}")
            with duckdb.connect() as con:
                con.execute(f"create table given ({', '.join(f'{identifier(name)} varchar' for name in names)})")
                for row in self.rows:
                    values = [*row, *[None] * width][:width]
                    con.execute(f"insert into given values ({', '.join('?' * width)})", values)
                there = [name for name in self.types if name in names]
                changed = [f"{self.types[name].format(identifier(name))} as {identifier(name)}" for name in there]
                replaced = f"replace ({', '.join(changed)})" if changed else ""
                con.execute(f"copy (select * {replaced} from given) to '{path}' (format parquet)")
            content = path.read_bytes()
        else:
            content = gzip.compress(self.content(), mtime=0) if self.kind.endswith("gz") else self.content()
        for change in self.on_bytes:
            content = change(content)
        path.write_bytes(content)
        return path


def places(draw: Any, case: Case) -> tuple[int, int]:
    """A row and a column that are there."""
    row = draw(st.integers(0, max(len(case.rows) - 1, 0)))
    return row, draw(st.integers(0, max(len(case.header) - 1, 0)))


def change_cells(draw: Any, case: Case) -> None:
    word = draw(st.one_of(st.sampled_from(WORDS), st.text(max_size=12)))
    _, column = places(draw, case)
    for row in case.rows[:: draw(st.sampled_from([1, 7, ROWS]))]:
        if column < len(row):
            row[column] = word


def change_names(draw: Any, case: Case) -> None:
    case.done.append("names")
    if not case.header:
        return
    (_, a), (_, b) = places(draw, case), places(draw, case)
    act = draw(st.sampled_from(["swap", "drop", "double", "rename", "case", "none", "blank", "again"]))
    if act == "swap":
        case.header[a], case.header[b] = case.header[b], case.header[a]
    elif act == "drop":
        for row in [case.header, *case.rows]:
            del row[a : a + 1]
    elif act == "double":
        for row in [case.header, *case.rows]:
            row.extend(row[a : a + 1])
    elif act == "rename":
        case.header[a] = draw(st.sampled_from([case.header[a] + "s", "x", 'a "b"', "c1", "", case.header[b].upper()]))
    elif act == "case":
        case.header = [name.title().replace("_", " ") for name in case.header]
    elif act == "none":
        case.header = []
    elif act == "blank":
        case.header = [f" {name}\t" for name in case.header]
    else:
        case.rows.insert(len(case.rows) // 2, list(case.header))


def change_rows(draw: Any, case: Case) -> None:
    act = draw(st.sampled_from(["none", "one", "twice", "alike", "longer", "shorter", "empty", "total", "many"]))
    place, column = places(draw, case)
    if act == "none":
        case.rows = []
    elif act == "one":
        case.rows = case.rows[:1]
    elif act == "twice":
        case.rows += [list(row) for row in case.rows]
    elif act == "alike" and case.rows:
        case.rows.append([*case.rows[0][:-1], "3"])
    elif act == "longer" and case.rows:
        case.rows[place].append(MARK)
    elif act == "shorter" and case.rows:
        del case.rows[place][column:]
    elif act == "empty":
        case.rows.insert(place, [])
    elif act == "total" and case.rows:
        case.rows.append(["Total", *(["7"] * (len(case.header) - 1))])
    else:
        case.rows *= 3


def change_form(draw: Any, case: Case) -> None:
    act = draw(st.sampled_from(["separator", "quote", "encoding", "ends"]))
    if act == "separator":
        case.separator = draw(st.sampled_from([";", "\t", "|", "~", ":", " ", "^", "\x01"]))
    elif act == "quote":
        case.done.append("quote")
        case.quote = draw(st.sampled_from(["'", "`"]))
    elif act == "encoding":
        codecs = ["utf-8-sig", "latin-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "cp850", "utf-32", "cp037"]
        case.encoding = draw(st.sampled_from(codecs))
        case.header = [name.replace("credit", "crédit") if draw(st.booleans()) else name for name in case.header]
        case.done.append("names")
    else:
        case.ends = draw(st.sampled_from(["\r\n", "\r", "\n\n", "\r\r\n", "\u2028"]))
        case.done.append("quote")


def change_bytes(draw: Any, case: Case) -> None:
    share = draw(st.floats(0, 1))
    junk = draw(st.binary(min_size=1, max_size=6))
    act = draw(st.sampled_from(["cut", "flip", "insert", "remove", "end", "zero", "empty", "quote", "mixed"]))

    def change(content: bytes) -> bytes:
        place = int(share * max(len(content) - 1, 0))
        flipped = bytes([content[place] ^ (junk[0] | 1)]) if content else b""
        acts: dict[str, bytes] = {
            "cut": content[:place],
            "flip": content[:place] + flipped + content[place + 1 :],
            "insert": content[:place] + junk + content[place:],
            "remove": content[:place] + content[place + len(junk) :],
            "end": content[:-1],
            "zero": content[:place] + b"\0" + content[place:],
            "empty": b"",
            "quote": content[:place] + b'"' + content[place:],
            "mixed": content[:place] + content[place:].replace(b"\n", b"\r\n"),
        }
        return acts[act]

    case.done.append(act)
    case.on_bytes.append(change)


SQL_TYPES = [
    "try_cast({0} as double)",
    "({0} is null)",
    "try_cast({0} as integer)",
    "date '2025-06-30'",
    "[{0}]",
    "cast({0} as blob)",
]
SQL_TYPES += [
    "cast(null as boolean)",
    "cast(null as double)",
    "timestamptz '2025-06-30 10:00:00+02'",
    "time '10:00'",
    "{{'a': {0}}}",
]
SQL_TYPES += [
    "uuid()",
    "try_cast({0} as decimal(18, 6))",
    "cast('nan' as float)",
    "interval 3 days",
    "try_cast({0} as hugeint)",
]


def change_types(draw: Any, case: Case) -> None:
    if case.kind == "parquet" and case.header:
        _, column = places(draw, case)
        case.types[case.header[column]] = draw(st.sampled_from(SQL_TYPES))


SAYS: dict[str, list[Any]] = {
    "decimal": [",", ".", ";", ",,", 5, None],
    "thousands": [".", ",", " ", "'", True],
    "separator": [";", "\t", ",", '"', "ab", 3],
    "encoding": ["latin-1", "utf-16", "klingon", "cp037", "base64", "utf-8", 5, "idna"],
    "skip": [0, 1, 3, 10_000, -1, "2", True],
    "ids": ["number", "text", "x"],
    "percent": ["share", "points", "half", {"nothing": "share"}],
    "negative": ["behind", ["behind", "parentheses"], "below"],
    "signs": ["€", ["CHF", "("], "\\", 3, "[", []],
    "missing": ["-", [0, "x"], {"age": "?"}, None, [[]], {"customer_id": ["x"]}],
    "dates": ["dd.mm.yyyy", "excel", ["yyyymmdd", "mm/dd/yyyy"], "soon", "%Q", "{}", "%", ["%d", 5], {"age": "yyyy"}],
    "zone": ["Europe/Zurich", "Mars/Base", 5],
    "values": [{"kind": {"a": "fee"}}, {"gender": {1: "male"}}, {"age": {"x": "y"}}, "x", {"gender": "f"}, {"age": {}}],
    "columns": [
        {"age": "Alter"},
        {"income": ["a", "b"]},
        {"nobody": "x"},
        {"customer_id": "customer_id"},
        [],
        {"age": {}},
    ],
    "constants": [{"kind": "purchase"}, {"age": "x'y"}, {"as_of_date": "2025-13-01"}, {"as_of_date": "2025-03-31"}],
    "expressions": [
        {"age": "2025 - cast(customer_id as integer)"},
        {"age": "nothing + 1"},
        {"income": "1 / 0"},
        {"age": "(select 1"},
        {"age": "error('x')"},
        {"customer_id": "cast(age as integer)"},
        {"region": "lower(nobody)"},
        {"age": "1; drop table x"},
        {"age": "max(age)"},
    ],
    "filter": ["age > 1", "cast(customer_id as int) > 1", "true", "1", "'x'", "age >", "--", "count(*) > 1", 5],
    "customer_id": ["row_number", "x"],
    "sheet": ["x", 1],
    "table": ["people", "a.b.c.d", "x'y"],
    "seperator": [";"],
    "path": ["nowhere.csv", "*.csv", "", 5, None],
}


def change_entry(draw: Any, case: Case) -> None:
    key = draw(st.sampled_from(sorted(SAYS)))
    case.entry[key] = draw(st.sampled_from(SAYS[key]))


CHANGES = [change_cells, change_cells, change_names, change_rows, change_form, change_bytes, change_types, change_entry]


def clean(extract: Extract, kind: str) -> Case:
    """An extract as the contract has it."""
    rows = [[cell(one, row) for one in extract.fields] for row in range(ROWS)]
    return Case(extract, kind, [one.name for one in extract.fields], rows)


def whole(extract: Extract, folder: Path) -> Path:
    """The same as a CSV, in a folder of its own."""
    place = folder / "whole"
    place.mkdir()
    return clean(extract, "csv").write(place)


@st.composite
def cases(draw: Any) -> Case:
    """An extract as the contract has it, and one to three changes."""
    extract = CONTRACT[draw(st.sampled_from(sorted(CONTRACT)))]
    case = clean(extract, draw(st.sampled_from(["csv", "csv", "csv", "csv.gz", "parquet"])))
    case.is_next = draw(st.integers(0, 7)) == 7
    for change in draw(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=3)):
        change(draw, case)
    return case


YAML = """studies: [card_usage]
as_of_date: 2025-06-30
currency: CHF
extracts:
  card_usage: {path: cards.csv, decimal: ",", columns: {balance: Saldo}}
  customer_demographics:
    path: people.csv
    values: {gender: {1: male, 2: female}}
    dates: [dd.mm.yyyy]
attach: {crm: core.duckdb}
"""


@st.composite
def bank_files(draw: Any) -> bytes:
    """The text of a bank's file, with lines and signs changed."""
    lines = YAML.splitlines()
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(lines) - 1))
        act = draw(st.sampled_from(["twice", "away", "indent", "word", "sign", "nest", "tag"]))
        line = lines[place]
        spot = draw(st.integers(0, len(line)))
        lines[place] = {
            "twice": f"{line}\n{line}",
            "away": "",
            "indent": " " + line,
            "word": re.sub(
                r"\w+", draw(st.sampled_from(["null", "5", "[]", "{}", "- a", "true", "2025-01-01"])), line, count=1
            ),
            "sign": line[:spot] + draw(st.text(min_size=1, max_size=2)) + line[spot:],
            "nest": line.replace(": ", ": {a: ", 1) + "}",
            "tag": line.replace(
                ": ", draw(st.sampled_from([": !!python/object:os.system ", ": &a ", ": *a ", ": | "])), 1
            ),
        }[act]
    return "\n".join(lines).encode("utf-8", "surrogatepass")
