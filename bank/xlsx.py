"""What DuckDB's reader of .xlsx does not say of a sheet: where its table lies, and which of its columns are dates.

`read_xlsx` takes the types of all columns from the first row, and fails at the first cell of another type. Read as
text, every cell arrives as the file stores it: 007 as 007, but 30 June 2025 as 45838 and TRUE as 1. What is a date is
said by the cells' formats alone; so the sheet is looked through once before, in half of the time that the reader takes.
"""

import posixpath
import re
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.etree import ElementTree
from xml.parsers import expat

from bank.faults import Refused
from bank.sql import identifiers, literal

DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(50, 59)}
"""The numbers of Excel's own formats that are dates or times of day."""

LAST_DAY = 2958466
"""The day after 31 December 9999, the last that Excel knows; larger numbers are none."""

CELL = re.compile(rb'<(?:\w+:)?c\b([^>]*?)\sr="([A-Z]+)\d+"([^>]*)>')
PIECE = 1 << 24
"""How many bytes of a sheet are looked at together."""

UNCALCULATED = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)"
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)


@dataclass(frozen=True)
class Sheet:
    """A sheet as a table of text."""

    name: str
    relation: str
    """SQL that can stand after `from`: dates as 2025-06-30, truths as true and false, empty cells as NULL."""
    numbers: tuple[str, ...]
    """Columns whose filled cells are all numbers."""
    mixed: tuple[str, ...]
    """Columns in which some cells are numbers or dates, and others are something else."""


@dataclass
class Header:
    """The row with the names of the columns."""

    row: int
    cells: dict[int, tuple[str, str]]
    """Type and content, by column."""
    rest: bytes
    """What was read of the sheet beyond the header."""


def read_sheet(path: Path, sheet: object, skip: object) -> Sheet:
    """The table of a sheet: its header is the first row with content after `skip` rows; empty rows are none."""
    if not isinstance(sheet, str | int | None) or isinstance(sheet, bool):
        raise Refused(f"{path}: sheet is the name of a sheet, not {sheet!r}")
    if not isinstance(skip, int) or isinstance(skip, bool) or skip < 0:
        raise Refused(f"{path}: skip is the number of rows before the header, not {skip!r}")
    with opened(path) as book:
        try:
            name, part = find_sheet(path, book, None if sheet is None else str(sheet))
            styles, is_1904 = date_styles(book), counts_from_1904(book)
            with book.open(part) as stream:
                header = read_header(path, name, stream, skip)
                names = names_of(header, shared_strings(book, header))
                last_row, kinds = scan(path, name, stream, header, styles)
        except (
            LookupError,
            ValueError,
            ElementTree.ParseError,
            expat.ExpatError,
            zipfile.BadZipFile,
            zlib.error,
        ) as error:
            raise Refused(f"{path} is damaged, or no Excel file: {error}") from None
    if not names:
        raise Refused(
            f"{path}, sheet {name}: row {header.row} has no names of columns; skip says how many rows are before"
        )
    columns = range(min(header.cells), max(header.cells) + 1)
    numbers = tuple(names[i] for i in names if set(kinds[i]) == {"number"})
    mixed = tuple(names[i] for i in names if len(kinds[i]) > 1 and set(kinds[i]) & {"number", "date"})
    chosen = [f"{shown(f'c{i}', kinds[i], is_1904)} as {identifiers([names[i]])}" for i in names]
    area = f"{letters(columns[0])}{header.row + 1}:{letters(columns[-1])}{max(last_row, header.row + 1)}"
    options = f"sheet = {literal(name)}, range = '{area}', header = false, all_varchar = true, stop_at_empty = false"
    relation = (
        f"(select {', '.join(chosen)} from read_xlsx({literal(str(path))}, {options}) "
        f"as cells({', '.join(f'c{i}' for i in columns)}) "
        f"where coalesce({', '.join(filled(f'c{i}') for i in names)}) is not null)"
    )
    return Sheet(name, relation, numbers, mixed)


def opened(path: Path) -> zipfile.ZipFile:
    """The file as the zip that it is, or a sentence."""
    if not path.is_file():
        raise Refused(f"There is no file {path}")
    with path.open("rb") as file:
        if file.read(4) == b"\xd0\xcf\x11\xe0":
            raise Refused(f"{path} is protected by a password, or an old .xls: save it as .xlsx without a password")
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        raise Refused(f"{path} is no Excel file, whatever its name says: open it, and save it as .xlsx") from None


def local(tag: str) -> str:
    """A name without its namespace."""
    return tag.rpartition("}")[2]


def elements(book: zipfile.ZipFile, part: str, name: str) -> Iterator[ElementTree.Element]:
    """The elements of this name of a small part."""
    return (element for element in ElementTree.fromstring(book.read(part)).iter() if local(element.tag) == name)


def find_sheet(path: Path, book: zipfile.ZipFile, wanted: str | None) -> tuple[str, str]:
    """Name and part of a sheet; without a name the first that is not hidden."""
    related = {
        relation.attrib["Id"]: relation.attrib["Target"]
        for relation in elements(book, "xl/_rels/workbook.xml.rels", "Relationship")
        if relation.attrib["Type"].endswith("/worksheet")  # there are sheets of charts as well
    }
    sheets, visible = {}, []
    for sheet in elements(book, "xl/workbook.xml", "sheet"):
        relation = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), "")
        if relation in related:
            name = sheet.attrib["name"]
            sheets[name] = posixpath.normpath(posixpath.join("/xl", related[relation])).lstrip("/")
            visible += [name] if sheet.get("state", "visible") == "visible" else []
    if wanted is not None and wanted not in sheets:
        raise Refused(f"{path} has no sheet {wanted}; there are: {', '.join(sheets)}")
    chosen = wanted if wanted is not None else [*visible, *sheets][0]
    return chosen, sheets[chosen]


def counts_from_1904(book: zipfile.ZipFile) -> bool:
    """Whether dates are days since 1904, as Excel on the Macintosh had them."""
    return any(found.get("date1904") in ("1", "true") for found in elements(book, "xl/workbook.xml", "workbookPr"))


def date_styles(book: zipfile.ZipFile) -> set[bytes]:
    """The styles whose numbers are shown as dates or times of day."""
    if "xl/styles.xml" not in book.namelist():
        return set()
    own = {found.attrib["numFmtId"]: found.attrib["formatCode"] for found in elements(book, "xl/styles.xml", "numFmt")}
    used = [found.get("numFmtId", "0") for formats in elements(book, "xl/styles.xml", "cellXfs") for found in formats]
    return {b"%d" % i for i, number in enumerate(used) if is_date(own[number] if number in own else int(number))}


def is_date(shape: str | int) -> bool:
    """Whether a format shows a date or a time of day: a number of Excel's own, or a code such as dd/mm/yyyy."""
    if isinstance(shape, int):
        return shape in DATE_FORMATS
    first = shape.lower().split(";")[0]
    if re.search(r"\[[hms]+\]", first):  # hours that passed: a number
        return False
    return bool(re.search("[dmyhs]", re.sub(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]', "", first)))


def read_header(path: Path, name: str, stream: IO[bytes], skip: int) -> Header:
    """Reads a sheet as far as the first row with content after `skip` rows."""
    parser = expat.ParserCreate(namespace_separator="}")
    row, column, kind, offset = 0, 0, "", 0
    cells: dict[int, tuple[str, str]] = {}
    text: list[str] = []
    within: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, kind, cells
        within.append(local(tag))
        if offset:
            return
        if within[-1] == "row":
            row, cells = int(attributes.get("r", row + 1)), {}
        elif within[-1] == "c":
            if "r" not in attributes:
                raise Refused(f"{path}, sheet {name}: its cells carry no addresses; open it in Excel once, and save it")
            column, kind = column_of(attributes["r"]), attributes.get("t", "n")
            text.clear()

    def characters(data: str) -> None:
        if within[-1] == "v" or (within[-1] == "t" and "rPh" not in within):  # rPh: how a word is spoken
            text.append(data)

    def end(tag: str) -> None:
        nonlocal offset
        within.pop()
        if offset:
            return
        if local(tag) == "c" and (content := " ".join("".join(text).split())):
            cells[column] = (kind, content)
        elif local(tag) == "row" and row > skip and cells:
            offset = parser.CurrentByteIndex

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, characters
    read = bytearray()
    while chunk := stream.read(1 << 16):
        read += chunk
        parser.Parse(chunk, False)
        if offset:
            return Header(row, cells, bytes(read[offset:]))
    raise Refused(f"{path}, sheet {name}: there is no row with content{f' after the first {skip}' if skip else ''}")


def shared_strings(book: zipfile.ZipFile, header: Header) -> dict[str, str]:
    """The texts that the header's cells name by their numbers; no further than they stand."""
    wanted = {int(content) for kind, content in header.cells.values() if kind == "s"}
    found: dict[str, str] = {}
    if wanted:
        number = 0
        with book.open("xl/sharedStrings.xml") as stream:
            for _, element in ElementTree.iterparse(stream):
                if local(element.tag) == "si":
                    runs = [element, *(child for child in element if local(child.tag) == "r")]
                    if number in wanted:
                        parts = [part.text or "" for run in runs for part in run if local(part.tag) == "t"]
                        found[str(number)] = "".join(parts)
                    number += 1
                    element.clear()
                    if number > max(wanted):
                        break
    return found


def names_of(header: Header, strings: dict[str, str]) -> dict[int, str]:
    """The names of the columns that have one; a second column of a name is called `name_1`, as DuckDB has it."""
    names: dict[int, str] = {}
    for column, (kind, content) in sorted(header.cells.items()):
        name = " ".join((strings[content] if kind == "s" else content).split())
        taken = {other.casefold() for other in names.values()}
        free = (candidate for candidate in [name, *(f"{name}_{i}" for i in range(1, 1 << 14))])
        if name:
            names[column] = next(candidate for candidate in free if candidate.casefold() not in taken)
    return names


def scan(
    path: Path, name: str, stream: IO[bytes], header: Header, styles: set[bytes]
) -> tuple[int, defaultdict[int, Counter[str]]]:
    """The last row below the header, and how many cells of each column are text, number, date, boolean."""
    rest, last_row, has_formulas = header.rest, header.row, False
    found: Counter[tuple[bytes, bytes, bytes]] = Counter()
    while True:
        chunk = stream.read(PIECE)
        rest += chunk
        cut = rest.rfind(b"row>") + 4  # after a whole row; one that closes itself has no cells
        if cut >= 4:
            rows, rest = rest[:cut], rest[cut:]
            found.update(CELL.findall(rows))
            if address := re.match(rb' r="[A-Z]*(\d+)"', rows[max(rows.rfind(b' r="'), 0) :]):
                last_row = int(address[1])
            has_formulas = has_formulas or b"</f>" in rows or b":f>" in rows
            if has_formulas:
                refuse_uncalculated(path, name, rows)
        if not chunk:
            break
    kinds: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for (before, column, after), times in found.items():
        if not after.endswith(b"/") and (kind := kind_of(before + after, styles)):
            kinds[column_of(column.decode())][kind] += times
    return last_row, kinds


def kind_of(attributes: bytes, styles: set[bytes]) -> str:
    """What a cell holds, by its type and style; nothing for a fault such as #N/A."""
    kind = re.search(rb'\bt="(\w+)"', attributes)
    style = re.search(rb'\bs="(\d+)"', attributes)
    if kind and kind[1] != b"n":
        return {b"b": "boolean", b"e": ""}.get(kind[1], "text")
    return "date" if style and style[1] in styles else "number"


def refuse_uncalculated(path: Path, name: str, rows: bytes) -> None:
    """Stops at a formula without its result, which would be read as an empty cell."""
    for cell in UNCALCULATED.finditer(rows):
        address = re.search(rb'\br="([A-Z]+\d+)"', cell[1])
        if b't="str"' not in cell[1] and address:  # a text that is empty is a result
            raise Refused(
                f"{path}, sheet {name}: the formula in cell {address[1].decode()} has no result, since the program "
                "that wrote the file does not calculate. Open it in Excel once, and save it"
            )


def shown(cell: str, kinds: Counter[str], is_1904: bool) -> str:
    """SQL for what a cell shows, from what the file stores."""
    text, number = filled(cell), f"try_cast({cell} as double)"
    if kinds["date"] > kinds["number"]:
        return f"case when {number} >= 0 and {number} < {LAST_DAY} then {moment(number, is_1904)} else {text} end"
    if set(kinds) == {"boolean"}:
        return f"case {cell} when '1' then 'true' when '0' then 'false' else {text} end"
    if set(kinds) == {"number"}:
        # of one number there are many spellings: 5.1 is 5.0999999999999996 in Excel's files, 8 is 8.0 in those of Java
        exact = f"abs({number}) < {1 << 53}"
        whole = f"when {number} = trunc({number}) then cast(cast({number} as bigint) as varchar)"
        return f"case when {exact} then case {whole} else cast({number} as varchar) end else {text} end"
    return text


def filled(cell: str) -> str:
    """SQL for a cell, or NULL where it is empty."""
    return f"nullif({cell}, '')"


def moment(days: str, is_1904: bool) -> str:
    """SQL for a date, a time, or both, from days. Excel takes 1900 for a leap year: day 60 is its 29 February."""

    def since(day: str) -> str:
        return f"cast(timestamp '{day}' + to_milliseconds(cast(round({days} * 86400000) as bigint)) as varchar)"

    def date(day: str) -> str:
        return f"regexp_replace({since(day)}, ' 00:00:00$', '')"

    cases = [(1, f"substr({since('1900-01-01')}, 12)")]
    cases += [] if is_1904 else [(60, date("1899-12-31")), (61, "'1900-02-29'")]
    whens = " ".join(f"when {days} < {limit} then {value}" for limit, value in cases)
    return f"case {whens} else {date('1904-01-01' if is_1904 else '1899-12-30')} end"


def letters(column: int) -> str:
    """The letters of a column: 1 is A, 27 is AA."""
    return letters((column - 1) // 26) + chr(ord("A") + (column - 1) % 26) if column else ""


def column_of(address: str) -> int:
    """The number of the column of an address: AA7 is in column 27."""
    number = 0
    for letter in address.rstrip("0123456789"):
        number = 26 * number + ord(letter) - ord("A") + 1
    return number
