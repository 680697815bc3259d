"""How an extract is read: its relation, and what in it is each column of the contract.

SQL asks through the function `bank_plan` (bank/plugin.py): first of all with where the extract is, then, for what is no
CSV file, again with the columns that the engine sees there.
"""

import difflib
import glob
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bank.csv_files import CsvFile, check_whole, column_key, examine, kind_of
from bank.doors import reader
from bank.faults import Refused
from bank.settings import READINGS, check_entry, check_known

DATA = re.compile(r"\.(csv|csv\.gz|parquet|xlsx)$", re.IGNORECASE)

PATTERN = re.compile(r"[*?\[]")

FORMS = {
    "yyyy": "%Y",
    "yy": "%y",
    "mon": "%b",
    "mm": "%m",
    "dd": "%d",
    "hh": "%H",
    "mi": "%M",
    "ss": "%S",
}
"""The parts of a form of dates, and what strptime calls them."""

DAY_OR_MONTH = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}")

Json = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """A column of the contract: its name, type (varchar, double, date, timestamp), and whether it must be there."""

    name: str
    type: str
    required: bool
    keys: frozenset[str]


def plan(request: Json) -> Json | None:
    """Where an extract is read from, and how; None where there are no files.

    request: extract, contract {key, columns}, entry (its keys in the bank's file). Returns {from, label, number_rows,
    entry, columns}, columns of a CSV only: those of others the engine must see first. At the second call, with found
    [[name, type]], sample {name: [text]} and label: {label, columns}. Of columns, by the contract's name: raw (SQL),
    type, readings. Raises Refused.
    """
    extract, entry = request["extract"], request["entry"]
    columns = [_column(given) for given in request["contract"]["columns"]]
    given = entry.get("origin") or f"extract {extract} of the bank's file"
    if "found" in request:
        return _described(request, columns, request["found"])
    if "folder" not in entry:
        check_entry(given, {key: value for key, value in entry.items() if key != "origin"})
        _check_names(given, entry, [column.name for column in columns])
    if entry.get("table"):
        return _place(entry, entry["table"], f"table {entry['table']}")
    files = files_of_folder(entry["folder"], extract) if "folder" in entry else files_at(entry["path"])
    if not files and "folder" in entry:
        return None
    if not files:
        raise Refused(
            f"Extract {extract}: there is no file at {entry['path']} ({given}; a relative path starts in its folder)"
        )
    if door := reader(Path(files[0]), entry) if len(files) == 1 else None:
        return _place(entry, door.relation, door.label)
    place = entry.get("path") or entry["folder"]
    label = files[0] if len(files) == 1 else f"{len(files)} files at {place}"
    kinds = {_kind(extract, file) for file in files}
    if len(kinds) > 1:
        raise Refused(
            f"Extract {extract}: {place} holds it as {' and as '.join(sorted(kinds))} ({', '.join(files)}); keep one."
        )
    if kinds == {"xlsx"}:
        raise Refused(f"Extract {extract}: {label} are several spreadsheets; name one of them")
    keys = folder_keys(files)
    if kinds == {"Parquet"}:
        for file in files:
            if Path(file).stat().st_size == 0:
                raise Refused(
                    f"Extract {extract}: the file {file} is empty (0 bytes, not even a header). Export it again, or take it away."
                )
        _check_each_parquet(request, columns, files)
        relation = _with_folders(
            f"read_parquet([{', '.join(map(text, files))}], union_by_name = true, hive_partitioning = false", keys
        )
        return _place(entry, relation, label)
    return _csv(request, columns, files, label, keys)


def files_at(path: str) -> list[str]:
    """The data files at a path: itself, those that a pattern names, or those of a folder, at most two folders deep."""
    place = Path(path)
    if place.is_file() or any((place / mark).is_dir() for mark in ("_delta_log", "metadata")):
        return [path]
    if place.is_dir():
        return [str(file) for file in _below(place) if DATA.search(file.name)]
    return sorted(glob.glob(path, recursive=True)) if PATTERN.search(path) else []


def files_of_folder(folder: str, extract: str) -> list[str]:
    """Those of an extract in a folder of many: E.csv, also below as_of_date=.../, or any below a folder E/."""
    is_its = re.compile(
        rf"((as_of_date=[^/]+/)?{extract}\.(csv|csv\.gz|parquet|xlsx)$|{extract}(\.csv|\.parquet)?/)", re.IGNORECASE
    )
    return [
        str(file)
        for file in _below(Path(folder))
        if DATA.search(file.name) and is_its.match(file.relative_to(folder).as_posix())
    ]


def folder_keys(files: Sequence[str]) -> list[str]:
    """The names of folders such as as_of_date=2025-06-30."""
    return list(dict.fromkeys(key for file in files for key in re.findall(r"([^/\\=]+)=[^/\\]*[/\\]", file)))


def text(value: object) -> str:
    """A literal of SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def name_of(column: str) -> str:
    """A name of SQL."""
    return '"' + column.replace('"', '""') + '"'


def of_folder(key: str) -> str:
    """What the folder of a file says, beside a column of the same name."""
    return f"{key} of the folder"


def _column(given: Json) -> Column:
    keys = frozenset(column_key(name) for name in [given["name"], *(given.get("aliases") or [])])
    return Column(given["name"], given["type"], bool(given.get("required")), keys)


def _below(folder: Path) -> list[Path]:
    return sorted(file for depth in ("*", "*/*", "*/*/*") for file in folder.glob(depth) if file.is_file())


def _kind(extract: str, file: str) -> str:
    if not (found := DATA.search(file)):
        raise Refused(f"Extract {extract}: cannot read {file}; give .csv, .csv.gz, .parquet or .xlsx")
    return {"parquet": "Parquet", "xlsx": "xlsx"}.get(found[1].lower(), "CSV")


def _check_names(where: str, entry: Json, names: Sequence[str]) -> None:
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


def _place(entry: Json, relation: str, label: str) -> Json:
    return {"from": relation, "label": label, "number_rows": bool(entry.get("customer_id")), "entry": entry}


def _described(request: Json, columns: Sequence[Column], found: Sequence[Sequence[str]]) -> Json:
    label = request["label"]
    return {"label": label, "columns": _match(request, columns, label, found, request["sample"])}


def _csv(request: Json, columns: Sequence[Column], files: Sequence[str], label: str, keys: Sequence[str]) -> Json:
    """Every file is looked at by itself: what holds for their union need not hold for each."""
    examined = _examined(request, columns, files)
    for one in examined:
        _check_header(request, columns, one)
        if len(examined) > 1:
            _match(
                request,
                columns,
                one.path,
                [(name, "VARCHAR") for name in [*one.header, *map(of_folder, keys)]],
                _sample(one),
            )
    groups: dict[tuple[object, ...], list[CsvFile]] = {}
    for one in examined:
        groups.setdefault((one.encoding, one.separator, one.skip, one.header), []).append(one)
    relation = (
        "(" + " union all by name ".join(_reader(request["extract"], group, keys) for group in groups.values()) + ")"
    )
    names = list({column_key(name): name for one in examined for name in [*one.header, *map(of_folder, keys)]}.values())
    matched = _match(request, columns, label, [(name, "VARCHAR") for name in names], _sample(examined[0]))
    return _place(request["entry"], relation, label) | {"columns": matched, "is_csv": True}


def csv_files_of(request: Json) -> Json:
    """{files, columns}: the CSV files of an extract as they were looked at, and what in them is each column of the contract."""
    entry = request["entry"]
    files = files_of_folder(entry["folder"], request["extract"]) if "folder" in entry else files_at(entry["path"])
    columns = [_column(given) for given in request["contract"]["columns"]]
    return {"files": _examined(request, columns, files), "columns": (plan(request) or {}).get("columns", {})}


def _examined(request: Json, columns: Sequence[Column], files: Sequence[str]) -> list[CsvFile]:
    entry = request["entry"]
    wanted = [column for column in columns if column.required and not _is_given(entry, column.name)]
    examined = []
    for file in files:
        try:
            if file.lower().endswith(".gz"):
                check_whole(file)
            examined.append(examine(file, entry, _fits(entry, wanted), len(wanted)))
        except Refused as fault:
            raise Refused(f"Extract {request['extract']}: {fault}") from None
    return examined


def _sample(one: CsvFile) -> dict[str, list[str]]:
    return {name: [row[place] for row in one.sample if place < len(row)] for place, name in enumerate(one.header)}


def _is_given(entry: Json, name: str) -> bool:
    return (
        name in (entry.get("constants") or {})
        or name in (entry.get("expressions") or {})
        or (name == "customer_id" and bool(entry.get("customer_id")))
    )


def _fits(entry: Json, wanted: Sequence[Column]) -> Callable[[Sequence[str]], int]:
    """How many of the wanted columns a header has."""
    theirs = entry.get("columns") or {}

    def fits(header: Sequence[str]) -> int:
        keys = {column_key(name) for name in header}
        return sum(bool(_keys_of(theirs, column) & keys) for column in wanted)

    return fits


def _keys_of(theirs: Mapping[str, Any], column: Column) -> frozenset[str]:
    """By which a column is found: those that the bank's file says, else its own."""
    if column.name not in theirs:
        return column.keys
    names = theirs[column.name]
    return frozenset(column_key(str(name)) for name in (names if isinstance(names, list) else [names]))


def _check_header(request: Json, columns: Sequence[Column], one: CsvFile) -> None:
    """That no column that is read stands there twice: which of them counts?"""
    seen: dict[str, str] = {}
    used = {key for column in columns for key in _keys_of(request["entry"].get("columns") or {}, column)}
    for name in one.header:
        key = column_key(name)
        if key in seen and key in used:
            raise Refused(
                f"Extract {request['extract']}: {one.path} has the column {name} twice"
                + (f" (also as {seen[key]})" if seen[key] != name else "")
                + "; keep one."
            )
        seen[key] = name


def _reader(extract: str, group: Sequence[CsvFile], keys: Sequence[str]) -> str:
    """Files with the same header, by position: so that no name can confuse the engine."""
    first = group[0]
    places = ", ".join(f"'c{place}': 'VARCHAR'" for place, _ in enumerate(first.header, 1))
    options = (
        f"columns = {{{places}}}, auto_detect = false, header = true, skip = {first.skip}, delim = {text(first.separator)}, "
        f"quote = '\"', escape = '\"', comment = '', encoding = {text(first.encoding)}, nullstr = '', max_line_size = 16777216, "
        f"hive_partitioning = false, store_rejects = true, rejects_table = 'faults_{extract}', rejects_scan = 'scans_{extract}'"
    )
    files = ", ".join(text(one.path) for one in group)
    seen: set[str] = set()
    chosen = []
    for place, name in enumerate(first.header, 1):
        unique = name if name.lower() not in seen else f"{name} ({place})"
        seen.add(unique.lower())
        chosen.append(f"c{place} as {name_of(unique)}")
    folders = [f"{_folder(key)} as {name_of(of_folder(key))}" for key in keys]
    named = ", filename = 'path_of_file'" if keys else ""
    return f"select {', '.join(chosen + folders)} from read_csv([{files}], {options}{named})"


def _folder(key: str) -> str:
    pattern = "[/\\\\]" + re.escape(key) + "=([^/\\\\]*)[/\\\\]"
    return f"nullif(nullif(url_decode(regexp_extract(path_of_file, {text(pattern)}, 1)), ''), '__HIVE_DEFAULT_PARTITION__')"


def _with_folders(opened: str, keys: Sequence[str]) -> str:
    """A reader of Parquet, with what its folders say as columns."""
    if not keys:
        return opened + ")"
    folders = ", ".join(f"{_folder(key)} as {name_of(of_folder(key))}" for key in keys)
    return f"(select * exclude (path_of_file), {folders} from {opened}, filename = 'path_of_file'))"


def _check_each_parquet(request: Json, columns: Sequence[Column], files: Sequence[str]) -> None:
    """That every file has what is required, each column of one kind."""
    if len(files) == 1:
        return
    from pyarrow import parquet, types  # noqa: PLC0415: half a second, for Parquet alone

    keys, kinds = folder_keys(files), {}
    for file in files:
        try:
            schema = parquet.read_schema(file)
        except (OSError, ValueError) as error:
            raise Refused(
                f"Extract {request['extract']}: {file} is damaged or no Parquet file. Copy or export it again."
            ) from error
        _match(request, columns, file, [(name, "") for name in [*schema.names, *map(of_folder, keys)]], {})
        for field in schema:
            is_number = types.is_integer(field.type) or types.is_floating(field.type) or types.is_decimal(field.type)
            kind = "numbers" if is_number else str(field.type)
            if types.is_null(field.type):
                continue
            other, where = kinds.setdefault(column_key(field.name), (kind, file))
            if other != kind:
                raise Refused(
                    f"Extract {request['extract']}: the column {field.name} holds {other} in {where} and {kind} in {file}; export it alike."
                )


def _match(
    request: Json,
    columns: Sequence[Column],
    label: str,
    found: Sequence[Sequence[str]],
    sample: Mapping[str, Sequence[str]],
) -> Json:
    """The contract's columns as found; Refused at a missing required one, and where two could be the same one."""
    extract, entry = request["extract"], request["entry"]
    read = f"Extract {extract}, read from {label}"
    types = {name: type for name, type in found}
    named = {column: _named(read, column, names, list(types)) for column, names in (entry.get("columns") or {}).items()}
    free = [name for name in types if name not in {name for names in named.values() for name in names}]
    matched: Json = {}
    missing: list[Column] = []
    for column in columns:
        place: Json | None = None
        if column.name in (entry.get("constants") or {}):
            place = {"raw": text(entry["constants"][column.name]), "type": "VARCHAR"}
        elif column.name in (entry.get("expressions") or {}):
            place = {
                "raw": f"cast(({entry['expressions'][column.name]}) as varchar)",
                "type": "VARCHAR",
                "is_typed": True,
            }
        elif column.name in named:
            names = named[column.name]  # several, where files call it differently
            raw = name_of(names[0]) if len(names) == 1 else f"coalesce({', '.join(map(name_of, names))})"
            place = {"raw": raw, "type": types[names[0]], "name": names[0]}
        else:
            hits = [name for name in free if column_key(name) in column.keys]
            if len(hits) > 1:
                raise Refused(
                    f"{read}: the columns {' and '.join(hits)} could both be {column.name}; keep one, or say which in `columns` of the bank's file."
                )
            folders = [
                name
                for name in types
                if name.endswith(of_folder("")) and column_key(name.removesuffix(of_folder(""))) in column.keys
            ]
            if hits or folders:
                found_in = (hits or folders)[0]
                place = {"raw": name_of(found_in), "type": types[found_in], "name": found_in}
                if hits and folders:  # two sources of one fact
                    place["folder"] = name_of(folders[0])
            elif column.required and not _is_given(entry, column.name):
                missing.append(column)
        if place is not None:
            place["readings"] = {} if place.get("is_typed") else _readings(entry, column.name)
            seen = sample.get(place.get("name", ""), [])
            place["day_or_month"] = column.type in ("date", "timestamp") and any(
                DAY_OR_MONTH.match(v.strip()) for v in seen
            )
        matched[column.name] = place
    taken = {place["name"] for place in matched.values() if place and "name" in place}
    _check_customer_id(request, read, matched)
    if missing:
        _refuse_missing(
            request, read, missing, [name for name in types if name not in taken], list(types), types, sample
        )
    return matched


def _named(read: str, column: str, wanted: object, names: Sequence[str]) -> list[str]:
    """The names in an extract that the bank's file means, one or a list of which one must be there: as they stand, or but
    for case, blanks and underscores."""
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
        f"{read}: `columns` of the bank's file takes {column} from {one}, which is not there{_nearest(one, names)}. "
        f"Found: {', '.join(names)}."
    )


def _readings(entry: Json, column: str) -> Json:
    """The keys that say how this column's values are read."""
    found: Json = {"ids": entry.get("ids") or "text"}
    for key in READINGS:
        value = entry.get(key)
        if isinstance(value, Mapping):
            value = value.get(column)
        if value is not None:
            found[key] = value
    if "dates" in found:
        forms = [found["dates"]] if not isinstance(found["dates"], list) else found["dates"]
        found["is_excel"] = "excel" in forms
        found["forms"] = [strptime(str(form)) for form in forms if form != "excel"]
    return found


def strptime(form: str) -> str:
    """A form such as dd.mm.yyyy as the engine's strptime has it. Raises Refused at what is none."""
    if "%" in form:
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


def _is_row_a_customer(request: Json) -> bool:
    return set(request["contract"]["key"]) <= {"customer_id", "as_of_date"}


def _refuse_missing(
    request: Json,
    read: str,
    missing: Sequence[Column],
    unmatched: Sequence[str],
    names: Sequence[str],
    types: Mapping[str, str],
    sample: Mapping[str, Sequence[str]],
) -> None:
    hints = []
    for column in missing:
        candidates = [name for name in unmatched if _can_be(column, types[name], sample.get(name, []))]
        if nearest := _nearest(column.name, candidates).removeprefix("; "):
            hints.append(f"{column.name}: {nearest}")
    hints.append(
        f"What is called otherwise is said by `columns` of the bank's file (docs/bank-file.md), such as {{{missing[0].name}: ...}}."
    )
    if (
        any(column.name == "customer_id" for column in missing)
        and request["entry"].get("path")
        and _is_row_a_customer(request)
    ):
        hints.append(
            f"A file without a key can have its rows numbered: {{{request['extract']}: {{path: ..., customer_id: row_number}}}}."
        )
    raise Refused(
        f"{read}, lacks the required column{'s' if len(missing) > 1 else ''} {', '.join(column.name for column in missing)}. "
        f"Found: {', '.join(names)}. {' '.join(hints)}".rstrip()
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
    return f"; did you mean {by_key[nearest[0]]}?" if nearest else ""
