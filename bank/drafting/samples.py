"""A bounded sample of a file or a table: how often which text comes in each column."""

import codecs
import csv
import gzip
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from bank.csv_files import CsvFile, codec_of, western
from bank.drafting.looks import Looks
from bank.sql import identifier

ROWS = 100_000
"""So many rows are looked at."""

PIECES = 40
"""From so many places of a long CSV file."""

csv.field_size_limit(1 << 24)


@dataclass
class Sample:
    """`rows`: how many were looked at. `extent`: how many there are, in words. `faulty`: lines of other widths."""

    columns: list[Looks]
    rows: int
    is_whole: bool
    extent: str
    faulty: int = 0
    other_encoding: str = ""
    """One that a part of a file is in which began as UTF-8."""


def of_relation(con: duckdb.DuckDBPyConnection, relation: str, rows: int = ROWS) -> Sample:
    """The first rows of anything that can stand after `from`."""
    described = con.execute(f"describe select * from {relation}").fetchall()
    names, types = [row[0] for row in described], [row[1] for row in described]
    chosen = ", ".join(f"cast({identifier(name)} as varchar)" for name in names)
    found = con.execute(f"select {chosen} from {relation} limit {rows}").fetchall()
    ((total,),) = con.execute(f"select count(*) from {relation}").fetchall()
    columns = _counted(len(names), found)
    looks = [Looks(name, type, counts) for name, type, counts in zip(names, types, columns, strict=True)]
    is_whole = total <= rows
    return Sample(looks, len(found), is_whole, _extent(total, len(found), is_whole, "the first"))


def of_csv(file: CsvFile, rows: int = ROWS) -> Sample:
    """Rows of a CSV file: all, or from places spread over it, or the first where one cannot begin anywhere."""
    size = Path(file.path).stat().st_size
    with open_text(file) as text:
        lines = [line for line, _ in zip(text, range(2000), strict=False)][file.skip + 1 :]
    bytes_a_row = sum(len(line.encode(codec_of(file.encoding), "replace")) for line in lines) / max(1, len(lines))
    is_packed = file.path.lower().endswith(".gz")
    can_begin_anywhere = not is_packed and file.encoding != "utf-16" and not any(line.count('"') % 2 for line in lines)
    n = int(size / bytes_a_row) if bytes_a_row else 0
    if can_begin_anywhere and n > 1.5 * rows:
        return _spread(file, size, n, int(bytes_a_row * rows / PIECES))
    with open_text(file) as text:
        for _ in range(file.skip):
            text.readline()
        reader = csv.reader(text, delimiter=file.separator)
        next(reader, None)
        taken = [row for row, _ in zip(_rows(reader), range(rows), strict=False)]
        is_whole = next(_rows(reader), None) is None
    good = [row for row in taken if len(row) == len(file.header)]
    total = len(taken) if is_whole else max(n, len(taken)) if not is_packed else 0
    extent = _extent(total, len(taken), is_whole, "the first", is_about=True)
    return Sample(_looks(file, good), len(taken), is_whole, extent, len(taken) - len(good))


def open_text(file: CsvFile) -> io.TextIOWrapper:
    """A CSV file as text, unpacked; a sign that is not of its encoding is no fault."""
    opened: Any = gzip.open if file.path.lower().endswith(".gz") else open
    text: io.TextIOWrapper = opened(file.path, "rt", encoding=codec_of(file.encoding), errors="replace", newline="")
    return text


def _spread(file: CsvFile, size: int, n: int, piece: int) -> Sample:
    """Pieces from all over a file, each cut to whole lines."""
    good: list[list[str]] = []
    taken, other = 0, ""
    with open(file.path, "rb") as data:
        for number in range(PIECES):
            data.seek(size * number // PIECES)
            block = data.read(piece)
            end = b"\n" if b"\n" in block else b"\r"
            # the first piece begins with what stands before the rows
            block = b"\n".join(block.split(end)[1 if number else file.skip + 1 : -1])
            try:
                text = codecs.decode(block, codec_of(file.encoding))
            except UnicodeDecodeError:
                other = western(block)
                text = codecs.decode(block, other)
            rows = list(_rows(csv.reader(io.StringIO(text, newline=""), delimiter=file.separator)))
            taken += len(rows)
            good += [row for row in rows if len(row) == len(file.header)]
    extent = _extent(n, taken, False, "", is_about=True) + " from all over it"
    return Sample(_looks(file, good), taken, False, extent, taken - len(good), other)


def _rows(reader: Iterable[list[str]]) -> Iterator[list[str]]:
    """Those that are not empty, as far as they can be read."""
    try:
        yield from (row for row in reader if row)
    except csv.Error:
        return


def _counted(width: int, rows: Iterable[Iterable[str | None]]) -> list[Counter[str]]:
    columns = list(zip(*rows, strict=True)) or [()] * width
    counted = []
    for column in columns:
        stripped: Counter[str] = Counter()
        for value, n in Counter(column).items():
            stripped[(value or "").strip()] += n
        counted.append(stripped)
    return counted


def _looks(file: CsvFile, rows: list[list[str]]) -> list[Looks]:
    columns = _counted(len(file.header), rows)
    return [Looks(name, "VARCHAR", counts) for name, counts in zip(file.header, columns, strict=True)]


def _extent(total: int, seen: int, is_whole: bool, which: str, is_about: bool = False) -> str:
    if is_whole:
        return f"{total:,} row{'' if total == 1 else 's'}, all looked at"
    # of an estimate the first two digits
    about = f"{round(total, 1 - len(str(total))):,}" if is_about else f"{total:,}"
    return (f"{'about ' if is_about else ''}{about} rows; " if total else "") + f"looked at {which} {seen:,}".replace(
        "  ", " "
    )
