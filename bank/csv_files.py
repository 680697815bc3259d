"""How one CSV file is written, by its head: encoding, lines before the header, separator, header."""

import codecs
import csv
import gzip
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from bank.encodings import known, readable
from bank.faults import Refused
from bank.text_files import blocks_of, is_packed

HEAD = 1 << 20
"""Bytes of a file that are looked at."""

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
"""What a header may be separated by without being declared."""

OTHERS = {" ": "blanks", ":": "colons", "^": "carets", "~": "tildes", "\x01": "control signs"}
"""What is only looked for, so that a sentence can name it."""

PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip"}
"""What files begin with that are packed."""

BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

OTHER_ENDS = set("\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
"""What other programs take for the end of a line."""

NUMBER = re.compile(r"\s*[-+(]?[^\w\s]{0,3}\s*\d[\d\s.,'\u2019]*([eE][-+]?\d+)?\s*[^\w\s]{0,3}[-)]?\s*")
DATE = re.compile(r"\s*(\d{4}[-/.]?\d{2}[-/.]?\d{2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2}))([ T].*)?")


@dataclass(frozen=True)
class CsvFile:
    """One file, and how to read it.

    `skip`: lines before the header. `has_mixed_ends`: some lines end as on Windows, others do not. `is_open`: the last
    line has no end. `copy`: what the engine reads, and in which encoding. `sample`: the first rows, as text.
    """

    path: str
    encoding: str
    separator: str
    skip: int
    header: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...] = field(repr=False)
    copy: tuple[str, str] = ("", "")
    has_mixed_ends: bool = False
    is_open: bool = False


def column_key(name: str) -> str:
    """By which names are compared: AvgAccountBalance, AVG_ACCOUNT_BALANCE and "avg account balance" are the same."""
    return re.sub(r"[_\s-]", "", name.lower())


def examine(path: str, given: dict[str, object], fits: Callable[[Sequence[str]], int], needed: int) -> CsvFile:
    """How a file is to be read.

    `given`: encoding, separator and skip, where the bank's file says them. `fits`: how many of the `needed` columns a
    header has. Raises Refused where the file cannot be read, or could be read in two ways.
    """
    head, is_whole = read_head(path)
    encoding = str(given.get("encoding") or _encoding(path, head, is_whole))
    lines = lines_of(path, head, encoding, is_whole)
    declared = given.get("separator")
    skip = given.get("skip")
    if skip is None and (line := re.fullmatch(r"sep=(.)", lines[0].strip())):
        # Excel's own way of saying the separator, on a line of its own
        return _read(path, encoding, str(declared or line[1]), 1, lines)
    first = int(str(skip or 0))
    if first >= len(lines):
        raise Refused(f"{path} has {len(lines)} lines, and `skip: {first}` leaves none for the header")
    if declared is not None:
        return _read(path, encoding, str(declared), first, lines)
    by_separator = {sign: fits(_fields(lines[first:], sign)) for sign in SEPARATORS}
    best = max(by_separator, key=lambda sign: (by_separator[sign], len(_fields(lines[first:], sign))))
    if by_separator[best] >= needed:
        return _read(path, encoding, best, first, lines)
    _refuse_other_shape(path, lines, first, fits, max(by_separator[best], needed // 2))
    return _read(path, encoding, best, first, lines)


def kind_of(values: Collection[str]) -> str:
    """What some texts look like: number, date, text, or unknown where nothing is there."""
    seen = [value for value in values if value.strip()]
    if not seen:
        return "unknown"
    if all(DATE.fullmatch(value) for value in seen):
        return "date"
    return "number" if sum(bool(NUMBER.fullmatch(value)) for value in seen) > len(seen) / 2 else "text"


@dataclass(frozen=True)
class Signs:
    """What was counted of a file: line feeds, those behind a carriage return, these, quotes; and its last sign."""

    ends: int
    windows: int
    returns: int
    quotes: int
    last: bytes


def signs_of(path: str, copy: str) -> Signs:
    """Looks through a whole file, once for each state of it. `copy`: what the engine reads of it.

    Raises Refused where it is cut off or damaged, and where it has a zero byte, which is of no text.
    """
    state = Path(copy).stat()
    return _counted(path, copy, state.st_size, state.st_mtime_ns)


@cache
def _counted(path: str, copy: str, size: int, written: int) -> Signs:
    ends = windows = returns = quotes = 0
    last = b""
    for block in blocks_of(copy):
        if (zero := block.find(b"\0")) >= 0:
            line = ends + block.count(b"\n", 0, zero) + 1
            raise Refused(f"{path}, line {line}, holds a zero byte, which no text has. Copy or export it again.")
        ends += block.count(b"\n")
        returns += block.count(b"\r")
        if returns:
            windows += block.count(b"\r\n") + (last == b"\r" and block[:1] == b"\n")
        quotes += block.count(b'"')
        last = block[-1:] or last
    return Signs(ends, windows, returns, quotes, last)


def has_mixed_ends(path: str, signs: Signs) -> bool:
    """Whether some lines end in CR LF and others in LF.

    Raises Refused where values stand in quotes beside: only the engine's lenient way reads such files, and it forgives
    quotes. And where there are carriage returns that end no line, which it does not read at all.
    """
    if signs.ends and signs.returns > signs.windows and not signs.quotes:
        raise Refused(
            f"{path} has {signs.returns - signs.windows} carriage returns that stand before no line feed: save it "
            "with one kind of line ends"
        )
    if not 0 < signs.windows < signs.ends:
        return False
    if signs.quotes:
        raise Refused(
            f"in {path} {signs.windows} lines end in CR LF and {signs.ends - signs.windows} in LF alone, and values "
            "stand in quotes: save it with one kind of line ends"
        )
    return True


def values_where(file: CsvFile, column: int, is_it: Callable[[str], bool]) -> Iterator[tuple[int, str]]:
    """The lines (from 1) and values of the rows whose column (from 0) is what is sought. Slow: for messages."""
    copy, encoding = file.copy
    opened = gzip.open if is_packed(copy) else open
    with opened(copy, "rt", encoding=codec_of(encoding), errors="replace", newline="") as text:
        for _ in range(file.skip):
            text.readline()
        reader = csv.reader(text, delimiter=file.separator)
        next(reader, None)
        for fields in reader:
            if column < len(fields) and is_it(fields[column]):
                yield reader.line_num + file.skip, fields[column]


def shape_of(value: str) -> str:
    """A value without what it says: 9 for a digit, A and a for letters. Of more than 30 signs, the first."""
    text = re.sub(r"[^\W\d_]", lambda sign: "A" if sign[0].isupper() else "a", re.sub(r"\d", "9", value))
    return text if len(text) <= 30 else text[:30] + "..."


def read_head(path: str) -> tuple[bytes, bool]:
    """The first bytes, unpacked, and whether they are all."""
    if Path(path).stat().st_size == 0:
        raise Refused(f"the file {path} is empty (0 bytes, not even a header). Export it again, or take it away.")
    head = b""
    for block in blocks_of(path):
        head += block
        for sign, name in PACKED.items():
            if head.startswith(sign):
                raise Refused(
                    f"{path} is packed by {name}, which its name does not say. Unpack it, or pack it as .csv.gz."
                )
        if len(head) > HEAD:
            return head[:HEAD], False
    return head, True


def _encoding(path: str, head: bytes, is_whole: bool) -> str:
    found = seen_encoding(path, head, is_whole)
    if found == "utf-16" and not head.startswith(tuple(BOMS)):
        raise Refused(f"{path} is not UTF-8: it looks like UTF-16 without its mark. Say `encoding: utf-16`.")
    if found not in BOMS.values():
        line = head.count(b"\n", 0, _broken_at(head, is_whole) or 0) + 1
        raise Refused(f"{path}, line {line}, is not UTF-8: it looks like {found}. Say `encoding: {found}`.")
    return found


def seen_encoding(path: str, head: bytes, is_whole: bool) -> str:
    """The encoding that a file seems to be in, by its first bytes. Raises Refused where it is no text."""
    for bom, name in BOMS.items():
        if head.startswith(bom):
            return name
    zeros = head[:4096].count(0)
    if zeros > len(head[:4096]) / 4:
        return "utf-16"
    if zeros:
        raise Refused(f"{path} holds zero bytes, so it is no text. Give a CSV or Parquet file.")
    return "utf-8" if _broken_at(head, is_whole) is None else western(head)


def _broken_at(head: bytes, is_whole: bool) -> int | None:
    """The first byte that is not UTF-8."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=is_whole)
    except UnicodeDecodeError as error:
        return error.start
    return None


def western(data: bytes) -> str:
    """Of the two encodings that Western files are mostly in, the one that has all bytes of some text."""
    return "windows-1252" if re.search(rb"[\x80-\x9f]", data) else "latin-1"


def codec_of(encoding: str) -> str:
    """What Python calls an encoding, without the mark that UTF-8 may begin with."""
    return {"utf-8": "utf-8-sig"}.get(encoding.lower(), encoding)


def lines_of(path: str, head: bytes, encoding: str, is_whole: bool) -> list[str]:
    """The lines of the head, the last only where it is whole."""
    decoder = codecs.getincrementaldecoder(codec_of(known(encoding)))
    try:
        text = decoder(errors="replace").decode(head, final=is_whole)
    except UnicodeError:
        raise Refused(f"{path} cannot be read as {encoding}: what is its encoding?") from None
    lines = re.split("\r\n|\n|\r", text)
    lines = lines[: -1 if not is_whole or not lines[-1] else None]
    if not any(line.strip() for line in lines):
        raise Refused(f"the file {path} holds no text, not even a header. Export it again, or take it away.")
    return lines


def _fields(lines: Sequence[str], separator: str) -> list[str]:
    """Of the first of some lines (or of more, where its quotes go on); stripped."""
    try:
        return [name.strip() for name in next(csv.reader((line + "\n" for line in lines), delimiter=separator), [])]
    except csv.Error:
        return []


def _read(path: str, encoding: str, separator: str, skip: int, lines: Sequence[str]) -> CsvFile:
    if len(separator) != 1 or separator in '"\r\n':
        raise Refused(f'{path}: `separator: {separator!r}` is no single sign; tab is written "\\t"')
    rows = csv.reader((line + "\n" for line in lines[skip:]), delimiter=separator)
    try:
        header, *sample = [row for row, _ in zip(rows, range(200), strict=False)]
    except (csv.Error, ValueError):
        header, sample = _fields(lines[skip:], separator), []
    names = tuple(name.strip() or f"column {place}" for place, name in enumerate(header, 1))
    if odd := set("".join(names)) & OTHER_ENDS:
        raise Refused(
            f"{path}, line {skip + 1}: the header holds the sign U+{ord(min(odd)):04X}, which ends lines elsewhere. "
            "Save the file with line feeds."
        )
    if names and sum(bool(NUMBER.fullmatch(n) or DATE.fullmatch(n)) for n in names) > len(names) / 2:
        raise Refused(
            f"{path} has no header: line {skip + 1} holds numbers or dates where names should be. Add a line with the "
            "columns' names."
        )
    copy = readable(path, encoding)
    signs = signs_of(path, copy[0])
    rows_seen = tuple(tuple(row) for row in sample if row)
    is_open = signs.last not in (b"\n", b"\r")
    return CsvFile(path, encoding, separator, skip, names, rows_seen, copy, has_mixed_ends(path, signs), is_open)


def _refuse_other_shape(
    path: str, lines: Sequence[str], first: int, fits: Callable[[Sequence[str]], int], enough: int
) -> None:
    """Stop where another separator, or a later line, makes a better header."""
    for sign, name in OTHERS.items():
        if fits(_fields(lines[first:], sign)) > enough:
            raise Refused(
                f"{path}, line {first + 1}: the header seems to be separated by {name}. Say `separator: {sign!r}`."
            )
    for place in range(first + 1, min(len(lines), 100)):
        for sign in SEPARATORS:
            if fits(_fields(lines[place:], sign)) > enough:
                before = place - first
                raise Refused(
                    f"{path}: line {place + 1} looks like the header, and {before} "
                    f"{'line stands' if before == 1 else 'lines stand'} before it. Say `skip: {place}`."
                )
