"""The bank's file: where extracts are and how they are meant. docs/bank-file.md describes every key."""

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import yaml

from bank.faults import Refused

PLACES = ("path", "table")
SHAPE = ("sheet", "skip", "separator", "encoding")
MEANING = ("columns", "constants", "expressions", "filter", "ids", "customer_id")
READINGS = ("decimal", "thousands", "signs", "percent", "negative", "dates", "zone", "missing", "values")
"""How values are read: one for the whole extract, or one by column of the contract."""

EXTRACT_KEYS = PLACES + SHAPE + MEANING + READINGS
CHOICES = {
    "ids": ("text", "number"),
    "customer_id": ("row_number",),
    "percent": ("share", "points"),
    "negative": ("behind", "parentheses"),
}


class _Loader(yaml.SafeLoader):
    """YAML as banks mean it: 007, 12:30, 2025-06-30 and no are text, and a key that comes twice is a fault."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 (as the base class declares it)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            name = self.construct_object(key, deep=True)
            if isinstance(name, str | int | float) and name in seen:
                raise Refused(f"line {key.start_mark.line + 1}: the key {name} comes twice; keep one")
            if isinstance(name, str | int | float):
                seen.add(name)
        return super().construct_mapping(node, deep)


for _tag, _pattern, _first in (
    ("bool", r"(true|false|True|False)", "tTfF"),
    ("int", r"-?(0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(0|[1-9][0-9]*)\.[0-9]+", "-0123456789"),
    ("null", r"(~|null|Null|NULL|)", "~nN\0"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^{_pattern}$"), list(_first))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^$"), [""])


def load(path: str) -> dict[str, Any]:
    """The vars that a bank's file gives, its paths absolute. Raises Refused where it cannot be meant so."""
    file = Path(path).expanduser()
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Refused(f"var bank names {path}, which cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise Refused(f"the bank's file {path} is not UTF-8; save it as such") from error
    try:
        found = yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read as such"
        raise Refused(f"the bank's file {path}{where} is no YAML: {reason}") from error
    except Refused as error:
        raise Refused(f"the bank's file {path}, {error}") from error
    if not isinstance(found, Mapping):
        raise Refused(f"the bank's file {path} holds no keys; give `extracts: {{card_usage: cards.csv}}`, for example")
    given = dict(found)
    if "bank" in given:
        raise Refused(f"the bank's file {path} has a key bank: a bank's file cannot name another")
    folder = file.resolve().parent
    extracts = given.get("extracts")
    if extracts is not None:
        given["extracts"] = entries(f"the bank's file {path}", extracts, folder)
    files = given.get("bank_files")
    if isinstance(files, str):
        given["bank_files"] = absolute(folder, files)
    elif isinstance(files, Mapping):
        given["bank_files"] = {
            name: absolute(folder, entry)
            if isinstance(entry, str)
            else {**entry, "path": absolute(folder, entry["path"])}
            if isinstance(entry, Mapping) and "path" in entry
            else entry
            for name, entry in files.items()
        }
    if given.get("attach") is not None:
        given["attach_folder"] = str(folder)
    return given


def check_entry(where: str, entry: Mapping[str, Any]) -> None:
    """Raise Refused where the keys of an extract are unknown, or say what cannot be."""
    check_known(where, entry, EXTRACT_KEYS)
    places = [key for key in PLACES if entry.get(key)]
    if len(places) != 1:
        raise Refused(f"{where}: give a path or a table" + (", not both" if places else ", such as `path: cards.csv`"))
    for key in ("path", "table", "sheet", "separator", "encoding", "filter"):
        if entry.get(key) is not None and not isinstance(entry[key], str):
            raise Refused(f"{where}: `{key}: {entry[key]}` is no text; put it into quotes")
    skip = entry.get("skip")
    if skip is not None and (isinstance(skip, bool) or not isinstance(skip, int) or skip < 0):
        raise Refused(f"{where}: `skip: {skip}` is no number of lines; give 0 or more")
    for key in ("columns", "constants", "expressions", "values"):
        if entry.get(key) is not None and not isinstance(entry[key], Mapping):
            raise Refused(f"{where}: `{key}` is a mapping by column of the contract, such as {{income: ...}}")
    for key in ("signs", "dates", "zone"):
        for value in _values(entry.get(key)):
            if not isinstance(value, str) or not value.strip():
                raise Refused(f"{where}: `{key}: {value}` is no text; put it into quotes")
    for zone in _values(entry.get("zone")):
        zones = available_timezones()
        if zones and zone not in zones:
            near = did_you_mean(zone, sorted(zones))
            raise Refused(f"{where}: `zone: {zone}` is no time zone, such as Europe/Zurich{near}")
    for key, choices in CHOICES.items():
        for value in _values(entry.get(key)):
            if value not in choices:
                raise Refused(f"{where}: `{key}: {value}` is none of {', '.join(choices)}")
    for column, pairs in (entry.get("values") or {}).items():
        if not isinstance(pairs, Mapping):
            raise Refused(f"{where}: `values` of {column} is a mapping, such as {{{column}: {{theirs: ours}}}}")
    if entry.get("table") and (wrong := [key for key in SHAPE if entry.get(key) is not None]):
        raise Refused(f"{where}: a table has no `{wrong[0]}`")
    if entry.get("decimal") is not None and entry.get("decimal") == entry.get("thousands"):
        raise Refused(f"{where}: `decimal` and `thousands` are the same sign")
    for key in ("decimal", "thousands"):
        for sign in _values(entry.get(key)):
            if not isinstance(sign, str) or len(sign) != 1 or sign.isalnum():
                raise Refused(f'{where}: `{key}: {sign}` is no single sign, such as ","')


def check_known(where: str, given: Iterable[Any], known: Iterable[str]) -> None:
    """Raise Refused at a name that is not known, with the nearest one and all that are."""
    names = sorted(known)
    for name in given:
        if name not in names:
            raise Refused(f"{where}: unknown key '{name}'{did_you_mean(str(name), names)}. Known: {', '.join(names)}")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question with the most similar name, or nothing."""
    by_name = {one.lower(): one for one in known}
    nearest = [by_name[one] for one in difflib.get_close_matches(name.lower(), list(by_name), 1, 0.6)]
    return f"; did you mean {nearest[0]}?" if nearest else ""


def absolute(folder: Path, path: str) -> str:
    """A path as seen from a folder; of another machine (s3://...) as it is."""
    return path if "://" in path else os.path.normpath(folder / Path(path).expanduser())


def entries(where: str, extracts: object, folder: Path = Path()) -> dict[str, dict[str, Any]]:
    """The keys of each extract, paths as seen from a folder. Raises Refused where they cannot be meant so."""
    if not isinstance(extracts, Mapping):
        raise Refused(f"{where}: `extracts` is a mapping, such as {{card_usage: cards.csv}}")
    found = {}
    for name, entry in extracts.items():
        keys = {"path": entry} if isinstance(entry, str) else entry
        if not isinstance(keys, Mapping):
            raise Refused(f'{where}, extract {name}: give a path, or keys such as {{path: cards.csv, separator: ";"}}')
        check_entry(f"{where}, extract {name}", keys)
        found[name] = _dates_as_text(
            {**keys, "path": absolute(folder, keys["path"])} if keys.get("path") else dict(keys)
        )
    return found


def _dates_as_text(given: Any) -> Any:
    """As they stood in the YAML."""
    if isinstance(given, Mapping):
        return {_dates_as_text(key): _dates_as_text(value) for key, value in given.items()}
    if isinstance(given, list):
        return [_dates_as_text(value) for value in given]
    return given.isoformat() if isinstance(given, date) else given


def _values(given: object) -> list[Any]:
    """The values of a reading: of all columns, or by column; one, or several."""
    each = list(given.values()) if isinstance(given, Mapping) else [] if given is None else [given]
    return [value for one in each for value in (one if isinstance(one, list) else [one])]
