"""What lies in a folder that nobody has described: files that belong together, sheets, tables."""

import glob
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb

from bank.csv_files import SEPARATORS, CsvFile, column_key, examine, kind_of
from bank.doors import load_extension, reader
from bank.drafting.layout import layout_of
from bank.drafting.looks import Looks
from bank.drafting.samples import ROWS, Sample, of_csv, of_relation, open_text
from bank.faults import Refused
from bank.sql import identifier, literal

CSV, PARQUET, SHEETS, DATABASE = "csv", "parquet", "xlsx", "duckdb"
KINDS = {
    r"\.(csv|csv\.gz|txt|tsv)$": CSV,
    r"\.parquet$": PARQUET,
    r"\.(xlsx|xlsm|xls|xlsb|ods)$": SHEETS,
    r"\.(duckdb|ddb|db)$": DATABASE,
}
FOLDER_DATE = re.compile(r"(?<=/)as_of_date=[^/]+(?=/)")
FILE_DATE = re.compile(r"(19|20)\d\d(?:[-_.]?(?:[01]\d))?(?:[-_.]?(?:[0-3]\d))?(?!\d)|(?<!\d)\d{6}(?!\d)")
MOST_FILES = 16
"""So many files that belong together are looked into; of the others only the header."""

Known = Callable[[Sequence[str]], int]


@dataclass
class Source:
    """What could be an extract. `entry`: how the bank's file names it; its path is absolute. `explicit`: separator and
    skip, where the build would find others by itself."""

    label: str
    name: str
    entry: dict[str, Any]
    sample: Sample
    explicit: dict[str, Any] = field(default_factory=dict)
    attach: dict[str, str] = field(default_factory=dict)
    files_with: dict[str, set[str]] = field(default_factory=dict)
    """Of each column the files that have it, where there are several."""
    repeated: list[str] = field(default_factory=list)
    has_folder_date: bool = False
    remarks: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

    @property
    def files(self) -> set[str]:
        """Where there are several."""
        return set().union(*self.files_with.values())

    @property
    def columns(self) -> list[Looks]:
        """As the sample has them."""
        return self.sample.columns

    @property
    def is_csv(self) -> bool:
        """Whether the build reads it as CSV."""
        return bool(self.explicit)


@dataclass
class Unread:
    """What cannot be an extract as it is, and why."""

    label: str
    why: str
    columns: list[Looks] = field(default_factory=list)


@dataclass(frozen=True)
class Group:
    """Files that belong together; the folder in which they were found."""

    kind: str
    files: tuple[Path, ...]
    root: Path


def groups_in(places: Sequence[Path]) -> list[Group]:
    """The groups of files in some folders, at most two folders deep, and single files. Raises Refused at nothing."""
    found: dict[tuple[Path, str, str], list[Path]] = defaultdict(list)
    for place in places:
        if not place.exists():
            raise Refused(f"There is no file or folder {place}")
        lake = [] if place.is_file() else [folder for folder in _folders(place) if _is_lake(folder)]
        for folder in lake:
            found[place, "lake", str(folder)].append(folder)
        for file in [place] if place.is_file() else _files(place):
            kind = next((kind for ending, kind in KINDS.items() if re.search(ending, file.name, re.IGNORECASE)), "")
            if place.is_file() and not kind:
                raise Refused(f"{place} cannot be read; give .csv, .csv.gz, .parquet, .xlsx or .duckdb")
            if kind and not any(folder in file.parents for folder in lake):
                root = place.parent if place.is_file() else place
                name = file.relative_to(root).as_posix()
                pattern = re.sub(r"\d+", "#", FOLDER_DATE.sub("as_of_date=*", "/" + name))
                found[root, kind, pattern if kind in (CSV, PARQUET) else name].append(file)
    if not found:
        raise Refused(
            f"{', '.join(map(str, places))}: no file there that could be an extract (CSV, Parquet, .xlsx, .duckdb)"
        )
    return [Group(kind, tuple(sorted(files)), root) for (root, kind, _), files in found.items()]


def sources_of(con: duckdb.DuckDBPyConnection, group: Group, known: Known) -> Iterator[Source | Unread]:
    """What a group of files could be read as."""
    label = _label(group)
    try:
        if group.kind == CSV:
            yield _csv(group, known)
        elif group.kind == PARQUET:
            yield _parquet(con, group)
        elif group.kind == DATABASE:
            yield from _tables(con, group.files[0])
        elif group.kind == SHEETS:
            yield from _sheets(con, group.files[0], known)
        else:
            yield _door(con, group.files[0], {"path": str(group.files[0])}, label)
    except Refused as fault:
        yield Unread(label, str(fault))
    except (duckdb.Error, OSError) as error:
        yield Unread(label, f"cannot be read: {str(error).splitlines()[0]}")


def _csv(group: Group, known: Known) -> Source | Unread:
    layouts = {str(file): layout_of(str(file), known) for file in group.files}
    files: list[CsvFile] = []
    for path, layout in layouts.items():
        try:
            file = examine(path, layout, known, 0)
        except Refused as fault:
            if "has no header" not in str(fault):
                raise
            return _without_header(path, layout, _label(group))
        if not known(file.header) and _is_a_row(file):
            return _without_header(path, layout, _label(group))
        files.append(file)
    chosen = files[:: max(1, len(files) // MOST_FILES)][:MOST_FILES]
    samples = [of_csv(file, ROWS // len(chosen)) for file in chosen]
    sample = samples[0] if len(files) == 1 else _joined(samples, len(files))
    first = layouts[files[0].path]
    source = _source(group, sample, {file.path: list(file.header) for file in files})
    encoding = next((one.other_encoding for one in samples if one.other_encoding), first["encoding"])
    if encoding != first["encoding"]:
        source.remarks.append(f"it begins as {first['encoding']}, and further down there is what is none")
    odd = sorted(
        {
            f"{Path(path).name} is {layout['encoding']}"
            for path, layout in layouts.items()
            if layout["encoding"] != first["encoding"]
        }
    )
    if odd:
        source.questions.append(
            f"the files are of different encodings: {', '.join(odd)}, the others {first['encoding']}"
        )
    is_declared_by_file = first["skip"] == 1 and files[0].skip == 1 and _begins_with_sep(files[0])
    if encoding != "utf-8":
        source.entry["encoding"] = encoding
    if first["separator"] not in SEPARATORS and not is_declared_by_file:
        source.entry["separator"] = first["separator"]
    if first["skip"] and not is_declared_by_file:
        source.entry["skip"] = first["skip"]
    source.explicit = {"separator": first["separator"], "skip": first["skip"]}
    source.repeated = _repeated(files[0].header)
    if sample.faulty:
        source.remarks.append(f"{sample.faulty:,} lines have more or fewer fields than the header: they are rejected")
    return source


def _is_a_row(file: CsvFile) -> bool:
    """Whether a number or a date stands where a name should be, above others: the names may be a customer then."""
    columns = zip(*(row for row in file.sample if len(row) == len(file.header)), strict=True)
    return any(
        kind_of([name]) in ("number", "date") and kind_of([name]) == kind_of(values)
        for name, values in zip(file.header, columns, strict=False)
    )


def _begins_with_sep(file: CsvFile) -> bool:
    with open(file.path, encoding=file.encoding, errors="replace") as text:
        return text.read(4).lstrip("\ufeff").startswith("sep")


def _without_header(path: str, layout: dict[str, Any], label: str) -> Unread:
    """The columns by their place, so that somebody can write the header."""
    keys = layout | {"skip": max(0, layout["skip"] - 1)}
    with_it = CsvFile(path, keys["encoding"], keys["separator"], keys["skip"], (), ())
    first = _first_row(with_it, layout["skip"])
    names = tuple(f"column {place}" for place, _ in enumerate(first, 1))
    sample = of_csv(replace(with_it, header=names, skip=layout["skip"]), 1000)
    return Unread(
        label,
        f"it has no header: line {layout['skip'] + 1} holds numbers or dates where names should be. Add a line with "
        "the columns' names",
        sample.columns,
    )


def _first_row(file: CsvFile, skip: int) -> list[str]:
    with open_text(file) as text:
        for _ in range(skip):
            text.readline()
        return text.readline().rstrip("\r\n").split(file.separator)


def _parquet(con: duckdb.DuckDBPyConnection, group: Group) -> Source:
    headers = {}
    for file in map(str, group.files):
        if Path(file).stat().st_size == 0:
            raise Refused(f"{file} is empty (0 bytes)")
        described = con.execute(f"describe select * from read_parquet({literal(file)}, hive_partitioning = false)")
        headers[file] = [row[0] for row in described.fetchall()]
    files = ", ".join(map(literal, headers))
    relation = f"read_parquet([{files}], union_by_name = true, hive_partitioning = false)"
    return _source(group, of_relation(con, relation), headers)


def _tables(con: duckdb.DuckDBPyConnection, file: Path) -> Iterator[Source | Unread]:
    with open(file, "rb") as data:
        if data.read(12)[8:] != b"DUCK":
            yield Unread(file.name, "is no DuckDB file")
            return
    alias = re.sub(r"\W", "_", file.stem, flags=re.ASCII)
    alias = alias if re.match("[A-Za-z_]", alias) else f"db_{alias}"
    alias = f"{alias}_file" if alias.lower() in ("bank", "main", "memory", "system", "temp") else alias
    con.execute(f"attach if not exists {literal(file)} as {identifier(alias)} (read_only)")
    tables = con.execute(
        "select table_schema, table_name from information_schema.tables where table_catalog = ? order by all", [alias]
    ).fetchall()
    for schema, table in tables:
        label = f"{file.name}, table {table}"
        if not re.fullmatch(r"\w+", f"{schema}{table}"):
            yield Unread(label, "a table with such a name cannot be named in the bank's file; make a view of it")
            continue
        relation = f"{identifier(alias)}.{identifier(schema)}.{identifier(table)}"
        entry = {"table": f"{alias}.{schema}.{table}"}
        yield Source(label, table, entry, of_relation(con, relation), attach={alias: str(file)})


def _sheets(con: duckdb.DuckDBPyConnection, file: Path, known: Known) -> Iterator[Source | Unread]:
    names = _sheet_names(file)
    for number, name in enumerate(names):
        label = f"{file.name}, sheet {name}" if len(names) > 1 else file.name
        entry: dict[str, Any] = {"path": str(file)} | ({"sheet": name} if number else {})
        try:
            source = _door(con, file, entry, label)
            for skip in range(1, 10):
                header = [looks.name for looks in source.columns]
                if known(header) >= 2 or not source.columns:
                    break
                try:
                    other = _door(con, file, entry | {"skip": skip}, label)
                except Refused:
                    break
                if known([looks.name for looks in other.columns]) > known(header):
                    source = other
        except Refused as fault:
            yield Unread(label, str(fault))
            continue
        source.name = name if len(names) > 1 else file.stem
        yield source


def _sheet_names(file: Path) -> list[str]:
    try:
        with zipfile.ZipFile(file) as book:
            root = ElementTree.fromstring(book.read("xl/workbook.xml"))
    except (KeyError, ElementTree.ParseError, zipfile.BadZipFile):
        return [""]  # whoever opens it says what it is
    return [found.attrib["name"] for found in root.iter() if found.tag.rpartition("}")[2] == "sheet"] or [""]


def _door(con: duckdb.DuckDBPyConnection, path: Path, entry: dict[str, Any], label: str) -> Source:
    """A sheet, or a table of a lake."""
    door = reader(path, {key: value for key, value in entry.items() if key != "path"})
    if door is None:
        raise Refused("cannot be read here")
    load_extension(con, door.extension)
    sample = of_relation(con, door.relation)
    # the decimals of a cell that is a number stand behind a point, whatever the country
    sample.columns = [
        replace(looks, type="DOUBLE") if looks.name in door.numbers else looks for looks in sample.columns
    ]
    return Source(label, path.stem, entry, sample)


def _source(group: Group, sample: Sample, headers: dict[str, list[str]]) -> Source:
    """A source of files, of which some may lack columns that others have."""
    files_with: dict[str, set[str]] = defaultdict(set)
    for file, header in headers.items():
        for name in header:
            files_with[column_key(name)].add(file)
    path, questions = _path(group, sample)
    has_folder_date = all(FOLDER_DATE.search(file.as_posix()) for file in group.files)
    names = [part for part in group.files[0].relative_to(group.root).parts if "=" not in part]
    return Source(
        _label(group),
        " ".join(names).rsplit(".", 1)[0],
        {"path": path},
        sample,
        files_with=files_with,
        has_folder_date=has_folder_date,
        questions=questions,
    )


def _path(group: Group, sample: Sample) -> tuple[str, list[str]]:
    """How the bank's file names the files of a group, and what there is to ask."""
    files = [str(file) for file in group.files]
    if len(files) == 1 and not FOLDER_DATE.search(group.files[0].as_posix()):
        return files[0], []
    folders = [folder for folder in group.files[0].parents if all(folder in file.parents for file in group.files)]
    for folder in reversed([folder for folder in folders if group.root in folder.parents]):
        if "=" not in folder.name and {str(file) for file in _files(folder)} == set(files):
            return str(folder), []
    escaped = [re.sub(r"([*?[])", r"[\1]", file) for file in files]
    starred = {re.sub(r"\d+(?=[^/]*$)", "*", FOLDER_DATE.sub("as_of_date=*", file)) for file in escaped}
    pattern = starred.pop()
    dated = [file for file in files if FILE_DATE.search(Path(file).name) and not FOLDER_DATE.search(file)]
    has_date = any(column_key(looks.name) == "asofdate" for looks in sample.columns)
    if len(dated) == len(files) > 1 and not has_date:
        return files[-1], [
            f"{len(files)} files look the same, and their names hold dates: {_some(files)}. Put each into a folder "
            "as_of_date=2025-06-30 (its own date), and name the folder above; here is the last alone"
        ]
    if starred or sorted(glob.glob(pattern)) != files:
        return files[-1], [
            f"{len(files)} files look the same, and no pattern names them alone: {_some(files)}. Put them into a "
            "folder of their own, and name that; here is the last alone"
        ]
    return pattern, []


def _some(files: Sequence[str]) -> str:
    names = [Path(file).name for file in files]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _joined(samples: Sequence[Sample], n_files: int) -> Sample:
    """One sample of those of several files."""
    columns: dict[str, Looks] = {}
    for sample in samples:
        for looks in sample.columns:
            key = column_key(looks.name)
            counts: Counter[str] = columns[key].counts + looks.counts if key in columns else looks.counts
            columns[key] = Looks(columns[key].name if key in columns else looks.name, looks.type, counts)
    rows = sum(sample.rows for sample in samples)
    is_whole = len(samples) == n_files and all(sample.is_whole for sample in samples)
    extent = f"{n_files} files; " + (
        f"{rows:,} rows, all looked at" if is_whole else f"looked at {rows:,} rows of {len(samples)} of them"
    )
    return Sample(list(columns.values()), rows, is_whole, extent, sum(sample.faulty for sample in samples))


def _repeated(header: Sequence[str]) -> list[str]:
    """The names that come more than once, but for case, blanks and underscores."""
    keys = Counter(map(column_key, header))
    return [name for name in header if keys[column_key(name)] > 1]


def _label(group: Group) -> str:
    names = [file.relative_to(group.root).as_posix() for file in group.files]
    if len(names) == 1:
        return names[0]
    return FOLDER_DATE.sub("as_of_date=...", "/" + names[0])[1:] + f" and {len(names) - 1} more"


def _files(folder: Path) -> list[Path]:
    """As deep as the build looks."""
    return sorted(file for depth in ("*", "*/*", "*/*/*") for file in folder.glob(depth) if file.is_file())


def _folders(folder: Path) -> list[Path]:
    return [folder, *sorted(one for depth in ("*", "*/*") for one in folder.glob(depth) if one.is_dir())]


def _is_lake(folder: Path) -> bool:
    return (folder / "_delta_log").is_dir() or any((folder / "metadata").glob("*.metadata.json"))
