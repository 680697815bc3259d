"""How a CSV file that nobody has described is laid out: its encoding, its separator, the line of its header."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from bank.csv_files import DATE, NUMBER, OTHERS, SEPARATORS, lines_of, read_head, seen_encoding
from bank.faults import Refused

LINES = 300
"""So many lines of a file are looked at, and a third of them for the header."""


def layout_of(path: str, known: Callable[[Sequence[str]], int]) -> dict[str, Any]:
    """The keys encoding, separator and skip as written out. `known`: how many names of a header are known.

    Raises Refused where the file is empty, or no text.
    """
    head, is_whole = read_head(path)
    encoding = seen_encoding(path, head, is_whole)
    if encoding == "utf-16" and not head.startswith(codecs.BOM_UTF16_LE):
        raise Refused(f"{path} is UTF-16 in an order of bytes that the build cannot read. Save it as UTF-8.")
    lines = lines_of(path, head, encoding, is_whole)[:LINES]
    if sign := re.fullmatch(r"sep=(.)", lines[0].strip()):
        return {"encoding": encoding, "separator": sign[1], "skip": 1}
    found = [_with(sign, lines, known) for sign in (*SEPARATORS, *OTHERS)]
    best = max(found, key=lambda one: one[0])
    return {"encoding": encoding, "separator": best[1], "skip": best[2]}


def looks_like_data(names: Sequence[str]) -> bool:
    """Whether what stands where names should be are mostly numbers or dates."""
    return sum(bool(NUMBER.fullmatch(name) or DATE.fullmatch(name)) for name in names) > len(names) / 2


def _with(sign: str, lines: Sequence[str], known: Callable[[Sequence[str]], int]) -> tuple[tuple[Any, ...], str, int]:
    """How well a separator does, and the line of its header."""
    rows = [_split(line, sign) for line in lines]
    widths = Counter(len(row) for row in rows if row != [""])
    width, n = max(widths.items(), key=lambda item: (item[1], item[0])) if widths else (1, 0)
    places = [place for place, row in enumerate(rows[: LINES // 3]) if len(row) == width] or [0]
    place = max(places, key=lambda place: (known(rows[place]), -place))
    header = rows[place]
    n_known = known(header)
    is_regular = width > 1 and n >= 0.8 * widths.total()
    return (
        (n_known, is_regular and sign in SEPARATORS, is_regular, not looks_like_data(header), width, n),
        sign,
        place,
    )


def _split(line: str, sign: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=sign), [""])]
    except csv.Error:
        return [""]
