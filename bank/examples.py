"""The first value that broke a rule, for a sentence: its shape, its line, and the key that would say what it means."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from bank.csv_files import shape_of, values_where
from bank.plan import csv_files_of

MISSING = {"", "NA", "N/A", "#N/A", "<NA>", "NAN", "-NAN", "NAT", "NULL", "(NULL)", "NONE", "NIL", "\\N"}
"""As the macro is_missing has them."""

PLAIN = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?|[-+]?inf(inity)?", re.IGNORECASE)
ISO = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T].*)?")

FORMS = (
    "dates are read as 2025-06-30, with or without a time such as 2025-06-30T14:05:00+02:00; other forms are said by "
    "`dates`"
)


def example(request: dict[str, Any]) -> dict[str, str]:
    """{sentence: ...}, empty where no CSV has such a value. `request`: a plan's, with example (a column) and reason."""
    reason = request["reason"].partition(": ")[2]
    for name, path, line, value in islice(broken(request), 1):
        hint = _hint(reason, value)
        shape = shape_of(value.strip())
        return {"sentence": f"The first is {shape} in {name} (line {line}{path}){'; ' + hint if hint else ''}. "}
    return {}


def broken(request: dict[str, Any]) -> Iterator[tuple[str, str, int, str]]:
    """The values of a CSV that break the rule of a reason.

    Of each: its column there, " of PATH" where the file is one of several, its line, and itself.
    """
    found = csv_files_of(request)
    place = found["columns"].get(request["example"])
    if not place or "name" not in place:
        return
    (column,) = [c for c in request["contract"]["columns"] if c["name"] == request["example"]]
    rule = _rule(request["reason"].partition(": ")[2], place.get("readings", {}).get("forms"), column.get("categories"))
    for file in found["files"]:
        if rule and place["name"] in file.header:
            path = f" of {file.path}" if len(found["files"]) > 1 else ""
            for line, value in values_where(file, file.header.index(place["name"]), rule):
                yield place["name"], path, line, value


def _rule(reason: str, forms: Sequence[str] | None, categories: object) -> Callable[[str], bool] | None:
    """What makes a value break the rule of a reason."""

    def is_there(value: str) -> bool:
        return value.strip().upper() not in MISSING

    if reason == "not a number":
        return lambda value: is_there(value) and not PLAIN.fullmatch(value.strip())
    if reason == "not a date":
        return lambda value: is_there(value) and not (_is_of(value, forms) if forms else ISO.fullmatch(value.strip()))
    if reason == "unclear":
        return lambda value: bool(re.fullmatch(r"[^\d.]*\d*[1-9]\d*\.\d{3}[^\d.]*", value.strip()))
    if bound := re.fullmatch(r"(above|below) (-?[\d.]+)", reason):
        limit, sign = float(bound[2]), 1 if bound[1] == "above" else -1
        return lambda value: bool(PLAIN.fullmatch(value.strip())) and sign * float(value) > sign * limit
    if reason == "unknown category" and isinstance(categories, Mapping):
        known = {category_key(word) for name, words in categories.items() for word in [name, *words]}
        return lambda value: is_there(value) and category_key(value) not in known
    if reason == "missing":
        return lambda value: not is_there(value)
    return None


def category_key(word: object) -> str:
    """A category as staging compares it."""
    return re.sub("[ -]", "_", str(word).strip().lower())


def _is_of(value: str, forms: Sequence[str]) -> bool:
    """Whether a value is a date in one of some forms of strptime, with or without a time behind it."""
    for form in forms:
        for time in ("", " %H:%M:%S", " %H:%M"):
            try:
                datetime.strptime(value.strip(), form + time)
            except ValueError:
                continue
            return True
    return False


def _hint(reason: str, value: str) -> str:
    """The key to set, by what the value looks like."""
    if reason == "not a date":
        return FORMS
    if reason == "unknown category":
        return "their values are said by `values`, such as {f: female}, and words for nothing by `missing`"
    if reason != "not a number":
        return ""
    text = value.strip()
    if "%" in text:
        return "`percent: share` reads 12 % as 0.12, `percent: points` as 12"
    if re.search(r"\d\s*-$", text) or re.fullmatch(r"\(.*\)", text):
        return "a minus written so is said by `negative: [behind, parentheses]`"
    if re.search(r"[^\W\d_]|[€$£¥]", text) and re.search(r"\d", text):
        return "signs that stand beside numbers are said by `signs`, such as `signs: [€, CHF]`"
    if re.search(r"\d", text):
        decimal = re.search(r"([.,])\d*$", text)
        grouping = re.search(r"\d([.,'\u2019\s])\d{3}", text)
        said = []
        if decimal and decimal[1] == ",":
            said.append('`decimal: ","`')
        if grouping and (not decimal or grouping[1] != decimal[1]):
            said.append(f'`thousands: "{grouping[1]}"`')
        return "say " + " and ".join(said) if said else ""
    return "a word that means that nothing is known is said by `missing`"
