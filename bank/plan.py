"""How an extract is read: its relation, and what in it is each column of the contract.

SQL asks through the function `bank_plan` (bank/plugin.py): first of all with where the extract is, then, for what is no
CSV file, again with the columns that the engine sees there.
"""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bank.csv_files import CsvFile, column_key, examine
from bank.deliveries import OF_DELIVERY, deliveries_of
from bank.doors import reader
from bank.faults import Refused
from bank.matching import Column, check_names, column_of, is_given, keys_of, match
from bank.parquet import check_parquet
from bank.places import files_at, files_of_folder, folder_keys, kind_of_file, of_folder
from bank.settings import check_entry
from bank.sql import identifier, literal, tried
from bank.text_files import is_packed

Json = dict[str, Any]


def plan(request: Json) -> Json | None:
    """Where an extract is read from, and how; None where there are no files.

    request: extract, contract {key, columns}, entry (its keys in the bank's file), known (deliveries that were read),
    again (of these, to be read again), reading (what else says how it is read). Returns {from, label, number_rows,
    entry, kept, columns, deliveries, tells_apart, open}: kept is SQL, the filter; columns of a CSV only, since those of
    others the engine must see first; no deliveries of a table; an empty from where no file is new; open are files whose
    last line has no end. At the second call, with found [[name, type]], sample {name: [text]} and label: {label,
    columns}. Of columns, by the contract's name: raw (SQL), type, readings, doubt (a sentence, where it is not empty).
    Raises Refused.
    """
    extract, entry = request["extract"], request["entry"]
    columns = [column_of(given) for given in request["contract"]["columns"]]
    given = entry.get("origin") or f"extract {extract} of the bank's file"
    if "found" in request:
        return _described(request, columns, request["found"])
    if "folder" not in entry:
        check_entry(given, {key: value for key, value in entry.items() if key != "origin"})
        check_names(given, entry, [column.name for column in columns])
    if entry.get("table"):
        return _place(request, entry["table"], f"table {entry['table']}")
    files = files_of_folder(entry["folder"], extract) if "folder" in entry else files_at(entry["path"])
    if not files and "folder" in entry:
        return None
    if not files:
        raise Refused(
            f"Extract {extract}: there is no file at {entry['path']} ({given}; a relative path starts in its folder)"
        )
    if door := reader(Path(files[0]), entry) if len(files) == 1 else None:
        seen = {"numbers": door.numbers, "mixed": door.mixed}
        return (
            _place(request, door.relation, door.label)
            | seen
            | ({} if Path(files[0]).is_dir() else _new(request, files))
        )
    place = entry.get("path") or entry["folder"]
    label = files[0] if len(files) == 1 else f"{len(files)} files at {place}"
    kinds = {kind_of_file(extract, file) for file in files}
    if len(kinds) > 1:
        raise Refused(
            f"Extract {extract}: {place} holds it as {' and as '.join(sorted(kinds))} ({', '.join(files)}); keep one."
        )
    if kinds == {"xlsx"}:
        raise Refused(f"Extract {extract}: {label} are several spreadsheets; name one of them")
    keys, delivered = folder_keys(files), _new(request, files)
    files = list(delivered["deliveries"]["new"])
    if not files:
        return _place(request, "", label) | delivered
    if len(files) == 1:
        label = files[0]
    if kinds == {"Parquet"}:
        for file in files:
            check_parquet(request["extract"], file)
        _check_each_parquet(request, columns, files)
        relation = _with_folders(
            f"read_parquet([{', '.join(map(literal, files))}], union_by_name = true, hive_partitioning = false",
            keys,
            len(files) > 1,
        )
        return _place(request, relation, label) | delivered
    return _csv(request, columns, files, label, keys) | delivered


def _place(request: Json, relation: str, label: str) -> Json:
    entry, extract = request["entry"], request["extract"]
    place = {"from": relation, "extract": extract, "label": label, "entry": entry}
    # a row for which the filter fails is none that it keeps
    kept = f"coalesce({tried('(' + entry['filter'] + ')')}, false)" if entry.get("filter") else "true"
    return place | {"number_rows": bool(entry.get("customer_id")), "kept": kept}


def _new(request: Json, files: Sequence[str]) -> Json:
    """Which of the files have to be read, and by which column of the relation rows tell them apart."""
    how = {key: value for key, value in request["entry"].items() if key not in ("path", "folder", "origin")}
    reading = json.dumps([how, request["contract"], request.get("reading", "")], sort_keys=True)
    date = str((request["entry"].get("constants") or {}).get("as_of_date") or request.get("as_of_date") or "")
    known, again = request.get("known", []), request.get("again", [])
    found = deliveries_of(files, request["entry"], known, again, date, reading)
    return {"deliveries": found, "tells_apart": OF_DELIVERY if len(found["new"]) > 1 else ""}


def _described(request: Json, columns: Sequence[Column], found: Sequence[Sequence[str]]) -> Json:
    label = request["label"]
    found = [column for column in found if column[0] != OF_DELIVERY]
    return {"label": label, "columns": match(request, columns, label, found, request["sample"])}


def _csv(request: Json, columns: Sequence[Column], files: Sequence[str], label: str, keys: Sequence[str]) -> Json:
    """Every file is looked at by itself: what holds for their union need not hold for each."""
    examined = _examined(request, columns, files)
    for one in examined:
        _check_header(request, columns, one)
        if len(examined) > 1:
            match(
                request,
                columns,
                one.path,
                [(name, "VARCHAR") for name in [*one.header, *map(of_folder, keys)]],
                _sample(one),
            )
    groups: dict[tuple[object, ...], list[CsvFile]] = {}
    for one in examined:
        how = (one.copy[1], is_packed(one.copy[0]), one.separator, one.skip, one.header, one.has_mixed_ends)
        groups.setdefault(how, []).append(one)
    readers = [_reader(request["extract"], group, keys, len(files) > 1) for group in groups.values()]
    relation = f"({' union all by name '.join(readers)})"
    names = list({column_key(name): name for one in examined for name in [*one.header, *map(of_folder, keys)]}.values())
    matched = match(request, columns, label, [(name, "VARCHAR") for name in names], _sample(examined[0]))
    copies = {one.copy[0]: one.path for one in examined if one.copy[0] != one.path}
    known = {"columns": matched, "is_csv": True, "copies": copies}
    return _place(request, relation, label) | known | {"open": [one.path for one in examined if one.is_open]}


def csv_files_of(request: Json) -> Json:
    """{files, columns}: the CSV files of an extract as they were looked at, and its columns as a plan has them."""
    entry = request["entry"]
    files = files_of_folder(entry["folder"], request["extract"]) if "folder" in entry else files_at(entry["path"])
    columns = [column_of(given) for given in request["contract"]["columns"]]
    files = list(_new(request, files)["deliveries"]["new"])
    return {"files": _examined(request, columns, files), "columns": (plan(request) or {}).get("columns", {})}


def _examined(request: Json, columns: Sequence[Column], files: Sequence[str]) -> list[CsvFile]:
    entry = request["entry"]
    wanted = [column for column in columns if column.required and not is_given(entry, column.name)]
    examined = []
    for file in files:
        try:
            examined.append(examine(file, entry, _fits(entry, wanted), len(wanted)))
        except Refused as fault:
            raise Refused(f"Extract {request['extract']}: {fault}") from None
    return examined


def _sample(one: CsvFile) -> dict[str, list[str]]:
    return {name: [row[place] for row in one.sample if place < len(row)] for place, name in enumerate(one.header)}


def _fits(entry: Json, wanted: Sequence[Column]) -> Callable[[Sequence[str]], int]:
    """How many of the wanted columns a header has."""
    theirs = entry.get("columns") or {}

    def fits(header: Sequence[str]) -> int:
        keys = {column_key(name) for name in header}
        return sum(bool(keys_of(theirs, column) & keys) for column in wanted)

    return fits


def _check_header(request: Json, columns: Sequence[Column], one: CsvFile) -> None:
    """That no column that is read stands there twice: which of them counts?"""
    seen: dict[str, str] = {}
    used = {key for column in columns for key in keys_of(request["entry"].get("columns") or {}, column)}
    for name in one.header:
        key = column_key(name)
        if key in seen and key in used:
            raise Refused(
                f"Extract {request['extract']}: {one.path} has the column {name} twice"
                + (f" (also as {seen[key]})" if seen[key] != name else "")
                + "; keep one."
            )
        seen[key] = name


def _reader(extract: str, group: Sequence[CsvFile], keys: Sequence[str], is_one_of_several: bool) -> str:
    """Files with the same header, by position: so that no name can confuse the engine."""
    first = group[0]
    places = ", ".join(f"'c{place}': 'VARCHAR'" for place, _ in enumerate(first.header, 1))
    options = (
        f"columns = {{{places}}}, auto_detect = false, header = true, skip = {first.skip}, "
        f"delim = {literal(first.separator)}, quote = '\"', escape = '\"', comment = '', nullstr = '', "
        f"encoding = {literal(first.copy[1])}, max_line_size = 16777216, "
        f"compression = {literal('gzip' if is_packed(first.copy[0]) else 'none')}, "
        f"strict_mode = {'false' if first.has_mixed_ends else 'true'}, hive_partitioning = false, "
        f"store_rejects = true, rejects_table = 'faults_{extract}', rejects_scan = 'scans_{extract}'"
    )
    files = ", ".join(literal(one.copy[0]) for one in group)
    seen: set[str] = set()
    chosen = []
    for place, name in enumerate(first.header, 1):
        unique = name if name.lower() not in seen else f"{name} ({place})"
        seen.add(unique.lower())
        chosen.append(f"c{place} as {identifier(unique)}")
    folders = [f"{_folder(key)} as {identifier(of_folder(key))}" for key in keys]
    folders += [f"path_of_file as {identifier(OF_DELIVERY)}"] if is_one_of_several else []
    named = ", filename = 'path_of_file'" if folders else ""
    return f"select {', '.join(chosen + folders)} from read_csv([{files}], {options}{named})"


def _folder(key: str) -> str:
    pattern = "[/\\\\]" + re.escape(key) + "=([^/\\\\]*)[/\\\\]"
    value = f"url_decode(regexp_extract(path_of_file, {literal(pattern)}, 1))"
    return f"nullif(nullif({value}, ''), '__HIVE_DEFAULT_PARTITION__')"


def _with_folders(opened: str, keys: Sequence[str], is_one_of_several: bool) -> str:
    """A reader of Parquet, with what its folders say as columns."""
    folders = [f"{_folder(key)} as {identifier(of_folder(key))}" for key in keys]
    folders += [f"path_of_file as {identifier(OF_DELIVERY)}"] if is_one_of_several else []
    if not folders:
        return opened + ")"
    return f"(select * exclude (path_of_file), {', '.join(folders)} from {opened}, filename = 'path_of_file'))"


def _check_each_parquet(request: Json, columns: Sequence[Column], files: Sequence[str]) -> None:
    """That every file has what is required, each column of one kind."""
    if len(files) == 1:
        return
    from pyarrow import parquet, types  # half a second, for several files alone

    keys = folder_keys(files)
    kinds: dict[str, tuple[str, str]] = {}
    for file in files:
        schema = parquet.read_schema(file)
        match(request, columns, file, [(name, "") for name in [*schema.names, *map(of_folder, keys)]], {})
        for field in schema:
            is_number = types.is_integer(field.type) or types.is_floating(field.type) or types.is_decimal(field.type)
            kind = "numbers" if is_number else str(field.type)
            if types.is_null(field.type):
                continue
            other, where = kinds.setdefault(column_key(field.name), (kind, file))
            if other != kind:
                raise Refused(
                    f"Extract {request['extract']}: the column {field.name} holds {other} in {where} and {kind} in "
                    f"{file}; export it alike."
                )
