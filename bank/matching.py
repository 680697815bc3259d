"""Which column of an extract is which of the contract, and how its values are read."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from bank.csv_files import column_key, kind_of, shape_of
from bank.faults import Refused
from bank.places import of_folder
from bank.settings import READINGS, check_known
from bank.sql import identifier, literal, tried

FORMS = {
    "yyyy": "%Y",
    "yy": "%y",
    "mon": "%b",
    "mm": "%m",
    "dd": "%d",
    "hh": "%H",
    "mi": "%M",
    "ss": "%S",
    "d": "%d",
    "m": "%m",
}
"""The parts of a form of dates, and what strptime calls them."""

DECIMALS = re.compile(r"[-+]?(0?\.\d+|\d+\.(\d{1,2}|\d{4,}))")
"""A number whose point can only be the sign of its decimals."""

DAY_OR_MONTH = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}")

Json = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """A column of the contract.

    `type`: varchar, double, date or timestamp; `keys`: by which it is found; `is_id`: text that names something.
    """

    name: str
    type: str
    unit: str
    required: bool
    is_id: bool
    keys: frozenset[str]


def column_of(given: Json) -> Column:
    """A column as the macro extract_contract gives it."""
    keys = frozenset(column_key(name) for name in [given["name"], *(given.get("aliases") or [])])
    is_id = given["type"] == "varchar" and not given.get("categories")
    return Column(given["name"], given["type"], given.get("unit") or "", bool(given.get("required")), is_id, keys)


def check_names(where: str, entry: Json, names: Sequence[str]) -> None:
    """That what is said by column names columns of the contract, and each of them once."""
    origins = [(key, name) for key in ("columns", "constants", "expressions") for name in entry.get(key) or {}]
    for key in ("columns", "constants", "expressions", "values"):
        check_known(f"{where}, `{key}`", entry.get(key) or {}, names)
    for key in READINGS:
        if isinstance(entry.get(key), Mapping):
            check_known(f"{where}, `{key}`", entry[key], names)
    for key, name in origins:
        if others := [other for other, same in origins if same == name and other != key]:
            raise Refused(f"{where}: {name} stands in `{key}` and in `{others[0]}`; keep one")


def is_given(entry: Json, name: str) -> bool:
    """Whether a column needs none of theirs."""
    return (
        name in (entry.get("constants") or {})
        or name in (entry.get("expressions") or {})
        or (name == "customer_id" and bool(entry.get("customer_id")))
    )


def keys_of(theirs: Mapping[str, Any], column: Column) -> frozenset[str]:
    """By which a column is found: those that the bank's file says, else its own."""
    if column.name not in theirs:
        return column.keys
    names = theirs[column.name]
    return frozenset(column_key(str(name)) for name in (names if isinstance(names, list) else [names]))


def match(
    request: Json,
    columns: Sequence[Column],
    label: str,
    found: Sequence[Sequence[str]],
    sample: Mapping[str, Sequence[str]],
) -> Json:
    """The contract's columns as found; Refused at a missing required one, and where two could be the same one."""
    extract, entry = request["extract"], request["entry"]
    read = f"Extract {extract}, read from {label}"
    types: dict[str, str] = {name: type for name, type in found}  # noqa: C416 (pairs that are lists)
    found_names = _shown(request, columns, types, sample)
    named = {
        column: _named(read, column, names, list(types), found_names)
        for column, names in (entry.get("columns") or {}).items()
    }
    free = [name for name in types if name not in {name for names in named.values() for name in names}]
    matched: Json = {}
    missing: list[Column] = []
    for column in columns:
        place: Json | None = None
        if column.name in (entry.get("constants") or {}):
            place = {"raw": literal(entry["constants"][column.name]), "type": "VARCHAR"}
        elif column.name in (entry.get("expressions") or {}):
            place = {"raw": _computed(entry["expressions"][column.name], column), "type": "VARCHAR", "is_typed": True}
        elif column.name in named:
            names = named[column.name]  # several, where files call it differently
            raw = identifier(names[0]) if len(names) == 1 else f"coalesce({', '.join(map(identifier, names))})"
            place = {"raw": raw, "type": types[names[0]], "name": names[0]}
        else:
            hits = [name for name in free if column_key(name) in column.keys]
            if len(hits) > 1:
                raise Refused(
                    f"{read}: the columns {' and '.join(hits)} could both be {column.name}; keep one, or say which in "
                    "`columns` of the bank's file."
                )
            folders = [
                name
                for name in types
                if name.endswith(of_folder("")) and column_key(name.removesuffix(of_folder(""))) in column.keys
            ]
            if hits or folders:
                found_in = (hits or folders)[0]
                place = {"raw": identifier(found_in), "type": types[found_in], "name": found_in}
                if hits and folders:  # two sources of one fact
                    place["folder"] = identifier(folders[0])
            elif column.required and not is_given(entry, column.name):
                missing.append(column)
        if place is not None:
            place["readings"] = {} if place.get("is_typed") else _readings(read, entry, column)
            _check_cells(request, read, place)
            place["doubt"] = doubt_of(read, column, place) if "name" in place else ""
            seen = sample.get(place.get("name", "")) or []
            place["is_clear"] = any(DECIMALS.fullmatch(value.strip()) for value in seen)
            place["day_or_month"] = column.type in ("date", "timestamp") and any(
                DAY_OR_MONTH.match(v.strip()) for v in seen
            )
        matched[column.name] = place
    taken = {place["name"] for place in matched.values() if place and "name" in place}
    _check_customer_id(request, read, matched)
    _check_sql(request, types, found_names)
    if missing:
        free = [name for name in types if name not in taken] if found_names.startswith(FOUND) else []
        _refuse_missing(request, read, missing, free, found_names, types, sample)
    return matched


FOUND = "Found: "


def _shown(
    request: Json, columns: Sequence[Column], types: Mapping[str, str], sample: Mapping[str, Sequence[str]]
) -> str:
    """The names that were found, for a sentence; of a first row that may be a customer's the shapes of its values.

    It is a header where one of its names is the contract's or the bank's, or where what stands in it is of another kind
    than all that stands below: text above numbers or dates.
    """
    theirs = request["entry"].get("columns") or {}
    keys = {key for column in columns for key in keys_of(theirs, column) | column.keys}
    kinds = {name: kind_of(sample.get(name) or []) for name, type in types.items() if type == "VARCHAR"}
    figures = [name for name, kind in kinds.items() if kind in ("number", "date")]
    is_header = (
        any(column_key(name) in keys for name in types)
        or len(kinds) < len(types)
        or (bool(figures) and all(kind_of([name]) == "text" for name in figures))
    )
    if is_header:
        return f"{FOUND}{', '.join(types)}."
    return (
        "None of its names is known, and its first row may be a customer, since it is like those below: "
        f"{', '.join(map(shape_of, types))}. Add a line with the columns' names, if that is so."
    )


def _computed(sql: str, column: Column) -> str:
    """An expression of the bank's as text; a row for which it fails has no id, or what is no value of its column."""
    if column.type == "varchar":
        return tried(f"cast(({sql}) as varchar)")
    text = tried(f"coalesce(cast(({sql}) as varchar), '')")
    return f"coalesce({text}, 'its expression fails')"


def _named(read: str, column: str, wanted: object, names: Sequence[str], found_names: str) -> list[str]:
    """The names in an extract that the bank's file means: one, or a list of which one must be there.

    As they stand, or but for case, blanks and underscores.
    """
    found = []
    for one in map(str, wanted if isinstance(wanted, list) else [wanted]):
        alike = [name for name in names if name == one] or [
            name for name in names if column_key(name) == column_key(one)
        ]
        if len(alike) > 1:
            raise Refused(
                f"{read}: `columns` of the bank's file takes {column} from {one}, which could be {' or '.join(alike)}."
            )
        found += alike
    if found:
        return found
    one = str(wanted[0] if isinstance(wanted, list) else wanted)
    raise Refused(
        f"{read}: `columns` of the bank's file takes {column} from {one}, which is not there"
        f"{_nearest(one, names) if found_names.startswith(FOUND) else ''}. {found_names}"
    )


def _readings(read: str, entry: Json, column: Column) -> Json:
    """The keys that say how this column's values are read."""
    found: Json = {"ids": entry.get("ids") or "text"}
    for key in READINGS:
        value = entry.get(key)
        if isinstance(value, Mapping):
            value = value.get(column.name)
        elif key == "dates" and column.type == "double":
            continue
        if value is not None:
            found[key] = value
    if "dates" in found:
        if column.type == "double" and column.unit not in ("years", "months"):
            raise Refused(f"{read}: `dates` of {column.name}, which is neither a date nor a time in years or months")
        forms = [found["dates"]] if not isinstance(found["dates"], list) else found["dates"]
        found["is_excel"] = "excel" in forms
        try:
            found["forms"] = [strptime(str(form)) for form in forms if form != "excel"]
        except Refused as fault:
            raise Refused(f"{read}: {fault}") from None
    return found


KINDS = {
    r"U?(TINY|SMALL|BIG|HUGE)?INT|U?INTEGER": "whole numbers",
    r"FLOAT|DOUBLE": "floating-point numbers",
    r"DECIMAL\(.*\)": "decimal numbers",
    r"BOOLEAN": "true and false",
    r"DATE|TIMESTAMP.*": "dates",
    r"VARCHAR|JSON|ENUM\(.*\)|UUID": "text",
}
"""By the engine's name of a type what a column of it holds."""


def doubt_of(read: str, column: Column, place: Json) -> str:
    """Of a column of Parquet or of a table the sentence that stops, unless it is empty, where its type is another one.

    A cast would find something in nearly all of them: 1 in true, and one id in two customers whose floats are equal.
    """
    kind = next((kind for type, kind in KINDS.items() if re.fullmatch(type, place["type"], re.DOTALL)), "other things")
    readings, allowed = place["readings"], {"text"}
    if column.type == "double":
        wanted = "numbers"
        allowed |= {"whole numbers", "floating-point numbers", "decimal numbers"}
        allowed |= {"dates"} if column.unit in ("years", "months") else set()
    elif column.type in ("date", "timestamp"):
        wanted = "dates" if column.type == "date" else "times"
        allowed |= {"dates"} | ({"whole numbers"} if "dates" in readings else set())
    elif column.is_id:
        wanted = "ids"
        allowed |= {"whole numbers", "decimal numbers"}
    else:
        wanted = "categories"
        allowed |= {"whole numbers", "true and false"}
    if kind in allowed or not place["type"] or (kind == "true and false" and "values" in readings):
        return ""
    advice = "text or whole numbers" if column.is_id else wanted
    also = " `dates` of the bank's file reads numbers such as 20250630 (yyyymmdd)." if "number" in kind else ""
    return (
        f"{read}: the column {place['name']} holds {kind}, and {column.name} is one of {wanted}: export it as {advice}."
        + (also if wanted in ("dates", "times") else "")
    )


def _check_cells(request: Json, read: str, place: Json) -> None:
    """Cells of a sheet that are numbers have a point before their decimals, whatever the bank writes elsewhere."""
    name, readings = place.get("name"), place["readings"]
    said = [key for key in ("decimal", "thousands", "percent") if key in readings]
    if name in request.get("numbers", []):
        for key in said:
            del readings[key]
    elif said and name in request.get("mixed", []):
        raise Refused(
            f"{read}: the column {name} has cells that are numbers and cells that are text, and `{said[0]}` speaks of "
            "text alone: which is which cannot be told. Make them one kind in the sheet."
        )


def strptime(form: str) -> str:
    """A form such as dd.mm.yyyy as the engine's strptime has it. Raises Refused at what is none."""
    if "%" in form:
        if not re.fullmatch(r"([^%]|%[aAbBdfgHIjmMpSyYzZ%]|%-[dHIjmMSy])*", form):
            raise Refused(
                f"`dates: {form}` is no form of dates; behind a % stands a letter of strptime, as in %d.%m.%Y"
            )
        return form
    written, found = form.lower(), ""
    while written:
        part = next((part for part in FORMS if written.startswith(part)), None)
        if part is None and written[0].isalpha() and written[0] != "t":
            raise Refused(
                f"`dates: {form}` is no form of dates; give one of {' '.join(FORMS)}, such as dd.mm.yyyy, or excel"
            )
        found += FORMS[part] if part else written[0].upper()
        written = written[len(part or " ") :]
    return found


def _check_customer_id(request: Json, read: str, matched: Json) -> None:
    """Rows can be numbered where a row is a customer and has no id."""
    if not request["entry"].get("customer_id"):
        return
    if not _is_row_a_customer(request):
        raise Refused(
            f"Extract {request['extract']}: a row is no customer there, so its rows cannot be numbered as such; "
            "take customer_id: row_number away, and give the column."
        )
    if matched.get("customer_id"):
        raise Refused(
            f"{read}, has a customer id ({matched['customer_id'].get('name')}), so its rows are not numbered; "
            "take customer_id: row_number away."
        )


def _check_sql(request: Json, types: Mapping[str, str], found_names: str) -> None:
    """That the filter and the expressions are SQL over the columns that are there."""
    entry = request["entry"]
    asked = {"`filter`": entry.get("filter")}
    asked |= {f"`expressions` of {name}": sql for name, sql in (entry.get("expressions") or {}).items()}
    columns = ", ".join(f"cast(null as {type or 'VARCHAR'}) as {identifier(name)}" for name, type in types.items())
    for what, sql in asked.items():
        if not sql:
            continue
        try:
            with duckdb.connect() as con:
                con.execute(f"select {tried(f'({sql})')} from (select {columns}) as given where false")
        except duckdb.Error as error:
            reason = re.split(r"\n|LINE 1", str(error).partition("Error: ")[2] or str(error))[0].strip()
            raise Refused(
                f"Extract {request['extract']}: {what} of the bank's file, {sql}, is no SQL over its columns: {reason} "
                f"{found_names}"
            ) from None


def _is_row_a_customer(request: Json) -> bool:
    return set(request["contract"]["key"]) <= {"customer_id", "as_of_date"}


def _refuse_missing(
    request: Json,
    read: str,
    missing: Sequence[Column],
    unmatched: Sequence[str],
    found_names: str,
    types: Mapping[str, str],
    sample: Mapping[str, Sequence[str]],
) -> None:
    hints = []
    for column in missing:
        candidates = [name for name in unmatched if _can_be(column, types[name], sample.get(name, []))]
        if nearest := _nearest(column.name, candidates).removeprefix("; "):
            hints.append(f"{column.name}: {nearest}")
    hints.append(
        "What is called otherwise is said by `columns` of the bank's file (docs/bank-file.md), such as "
        f"{{{missing[0].name}: ...}}."
    )
    if (
        any(column.name == "customer_id" for column in missing)
        and request["entry"].get("path")
        and _is_row_a_customer(request)
    ):
        hints.append(
            "A file without a key can have its rows numbered: "
            f"{{{request['extract']}: {{path: ..., customer_id: row_number}}}}."
        )
    raise Refused(
        f"{read}, lacks the required column{'s' if len(missing) > 1 else ''} "
        f"{', '.join(column.name for column in missing)}. "
        f"{found_names} {' '.join(hints)}".rstrip()
    )


def _can_be(column: Column, type: str, sample: Sequence[str]) -> bool:
    """Whether what stands in a column is of the kind that the contract wants."""
    kind = kind_of(sample) if type in ("VARCHAR", "") else _kind_of_type(type)
    wanted = {"double": "number", "date": "date", "timestamp": "date"}.get(column.type)
    return kind == "unknown" or (kind == wanted if wanted else kind != "date")


def _kind_of_type(type: str) -> str:
    if type.startswith(("DATE", "TIMESTAMP")):
        return "date"
    return "number" if re.match(r"U?(TINY|SMALL|BIG|HUGE)?INT|FLOAT|DOUBLE|DECIMAL", type) else "text"


def _nearest(name: str, names: Sequence[str]) -> str:
    by_key = {column_key(other): other for other in names}
    nearest = difflib.get_close_matches(column_key(name), list(by_key), 1, 0.6)
    words = set(re.findall("[a-z0-9]+", name.lower().replace("_", " ")))
    nearest += [
        key for key, other in by_key.items() if words & set(re.findall("[a-z0-9]+", other.lower().replace("_", " ")))
    ]
    return f"; did you mean {by_key[nearest[0]]}?" if nearest else ""
