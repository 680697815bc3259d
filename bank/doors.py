"""Spreadsheets, tables of a lake, and other databases: each read by an extension of DuckDB, installed as an extra.

Nothing is downloaded at run time. Credentials come from the environment, and stand in no message: what the engine says
of a connection may repeat the connection string, so that its errors are replaced, not passed on.
"""

import importlib.util
import os
import re
from collections.abc import Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import duckdb

from bank.faults import Refused
from bank.sql import identifiers, literal
from bank.xlsx import Sheet, read_sheet

PACKAGES = {
    "excel": ["excel"],
    "postgres": ["postgres_scanner"],
    "delta": ["delta"],
    "iceberg": ["avro", "iceberg"],  # without avro loaded before, iceberg would look for it in the network
}
"""The extensions of each extra, in the order in which they are loaded."""

RESERVED = ["bank", "main", "memory", "system", "temp"]
"""Names that an attached database cannot have: the warehouse's own, and DuckDB's."""

OTHER_SPREADSHEETS = {".xls", ".xlsb", ".ods", ".numbers"}


@dataclass(frozen=True)
class Door:
    """How something is read that is neither CSV nor Parquet."""

    extension: str
    """What `load_extension` has to load before."""
    relation: str
    """SQL that can stand after `from`."""
    label: str
    """Its name in messages."""
    numbers: tuple[str, ...] = ()
    """Columns of a sheet whose cells are numbers: their decimals stand behind a point, whatever the country."""
    mixed: tuple[str, ...] = ()
    """Columns of a sheet in which some cells are numbers and others are text, which may be written otherwise."""


def load_extension(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Loads the extensions of an extra from their installed packages; again costs nothing."""
    con.execute("set autoinstall_known_extensions = false")
    install = f"make doors DOORS='{' '.join(extension.replace('_', '-') for extension in PACKAGES[name])}'"
    ((version,),) = con.execute("select library_version from pragma_version()").fetchall()
    for extension in PACKAGES[name]:
        package = importlib.util.find_spec(f"duckdb_extension_{extension}")
        folders = [Path(folder) / "extensions" for folder in (package and package.submodule_search_locations) or []]
        if not folders:
            raise Refused(f"This needs DuckDB's extension {extension}, which is not installed: {install}")
        path = folders[0] / version / f"{extension}.duckdb_extension"
        if not path.exists():
            there = ", ".join(sorted(folder.name for folder in folders[0].glob("v*"))) or "no version"
            raise Refused(
                f"DuckDB's extension {extension} is installed for {there}, and this is DuckDB {version}: an extension "
                f"loads into its own version only. {install} brings the two together"
            )
        try:
            con.execute(f"load {literal(str(path))}")
        except duckdb.Error as error:
            raise Refused(f"DuckDB's extension {extension} does not load: {first_line(error)}") from None


def attach(con: duckdb.DuckDBPyConnection, databases: Mapping[str, object], folder: Path) -> None:
    """Attaches the databases of key `attach`, read-only; what is attached already stays.

    `crm: postgres`, `crm: {postgres: DBT_ENV_SECRET_...}`, or the path of a DuckDB file, relative to `folder`.
    """
    if not isinstance(databases, Mapping):
        raise Refused("attach is a mapping of names to databases, such as {crm: postgres, core: core.duckdb}")
    for alias, database in databases.items():
        check_alias(alias)
        if database == "postgres":
            attach_postgres(con, alias, {})
        elif isinstance(database, Mapping):
            attach_postgres(con, alias, connection_of(alias, database))
        elif isinstance(database, str):
            attach_file(con, alias, database, folder)
        else:
            raise Refused(
                f"attach: {alias} is postgres, {{postgres: DBT_ENV_SECRET_...}}, or the path of a DuckDB file"
            )


def reader(path: Path, entry: Mapping[str, object]) -> Door | None:
    """How this path is read: a sheet (keys `sheet` and `skip`), a Delta or Iceberg table; None where it is neither."""
    suffix = path.suffix.lower()
    if suffix in OTHER_SPREADSHEETS:
        raise Refused(f"{path} cannot be read: save it as .xlsx (or as CSV)")
    if suffix in (".xlsx", ".xlsm"):
        asked, skip = entry.get("sheet"), 0 if entry.get("skip") is None else entry["skip"]
        if not isinstance(asked, Hashable) or not isinstance(skip, Hashable) or not path.exists():
            read_sheet(path, asked, skip)  # which says what is wrong
        state = path.stat()
        sheet = sheet_of(path, asked, skip, state.st_size, state.st_mtime_ns)
        return Door("excel", sheet.relation, f"{path}, sheet {sheet.name}", sheet.numbers, sheet.mixed)
    if (path / "_delta_log").is_dir():
        if re.search("%[0-9A-Fa-f]{2}", str(path)):
            raise Refused(
                f"{path} cannot be read: the reader of Delta tables does not find a folder with % in its name"
            )
        return Door("delta", f"delta_scan({literal(str(path))})", f"Delta table {path}")
    if metadata := newest_metadata(path):
        # the version is said, since the engine calls it unsafe to look for it; the folder may come from elsewhere
        options = f"version = {literal(metadata.name.split('.')[0])}, version_name_format = '%s%s.metadata.json'"
        options += ", metadata_compression_codec = 'gzip'" if ".gz." in metadata.name else ""
        relation = f"iceberg_scan({literal(str(path))}, allow_moved_paths = true, {options})"
        return Door("iceberg", relation, f"Iceberg table {path}")
    return None


@cache
def sheet_of(path: Path, sheet: object, skip: object, size: int, written: int) -> Sheet:
    """A sheet is looked at once for each state of its file, however often a build asks."""
    return read_sheet(path, sheet, skip)


def extension_of(path: Path) -> str | None:
    """The extra that `reader` would want for this path, without reading it."""
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        return "excel"
    if (path / "_delta_log").is_dir():
        return "delta"
    return "iceberg" if newest_metadata(path) else None


def newest_metadata(path: Path) -> Path | None:
    """The metadata of an Iceberg table that count: those that version-hint.text names, or else of the last number."""
    folder = path / "metadata"
    found = {file.name: file for file in folder.glob("*.metadata.json")}
    if not found:
        return None
    hint = folder / "version-hint.text"
    if hint.exists():
        said = hint.read_text(encoding="utf-8").strip()
        for name in (f"v{said}.metadata.json", f"{said}.metadata.json", f"v{said}.gz.metadata.json"):
            if name in found:
                return found[name]

    def number(file: Path) -> tuple[int, float]:
        digits = re.match(r"v?(\d+)", file.name)
        return int(digits[1]) if digits else -1, file.stat().st_mtime

    return max(found.values(), key=number)


def check_alias(alias: object) -> None:
    """What an attached database may be called."""
    if not isinstance(alias, str) or not re.fullmatch(r"[A-Za-z_]\w*", alias, flags=re.ASCII):
        raise Refused(f"attach: {alias!r} cannot be the name of a database: take letters, digits and _")
    if alias.lower() in RESERVED:
        raise Refused(f"attach: {alias} is taken, as are {', '.join(RESERVED)}; give the database another name")


def attached(con: duckdb.DuckDBPyConnection, alias: str) -> tuple[str, str | None] | None:
    """Kind and path of what is attached under this name."""
    found = con.execute(
        "select type, path from duckdb_databases() where lower(database_name) = lower($1)", [alias]
    ).fetchall()
    return found[0] if found else None


def attach_file(con: duckdb.DuckDBPyConnection, alias: str, given: str, folder: Path) -> None:
    """A DuckDB file."""
    path = folder / Path(given).expanduser()
    if not path.is_file():
        if re.search("://|=|@", given):  # a connection string, which may hold a password
            raise Refused(
                f"attach: {alias} looks like a connection string, which does not belong in this file. Put it into an "
                f"environment variable, and name that: {{{alias}: {{postgres: DBT_ENV_SECRET_{alias.upper()}}}}}"
            )
        raise Refused(f"attach: {alias} is neither postgres nor a DuckDB file: there is no file {path}")
    if there := attached(con, alias):
        if there[0] != "duckdb" or not there[1] or not Path(there[1]).exists() or not path.samefile(there[1]):
            raise Refused(f"attach: there is another database {alias} already; give {path} another name")
        return
    try:
        con.execute(f"attach if not exists {literal(str(path))} as {identifiers([alias])} (type duckdb, read_only)")
    except duckdb.Error as error:
        said = str(error)
        if "lock" in said:
            reason = "another program has it open; close it there"
        elif "not a valid DuckDB" in said or "storage version" in said or "serialization" in said:
            reason = "it is no DuckDB file, or one of a newer version of DuckDB"
        else:
            reason = first_line(error)
        raise Refused(f"attach: {alias} ({path}) cannot be opened: {reason}") from None


SAID_OF_A_CONNECTION = {
    "password authentication failed|role .* does not exist|user name": "the server does not accept user or password",
    "no password supplied": "the server asks for a password, and there is none",
    "could not translate host name|Name or service not known": "its host is not known here",
    "timeout|timed out": "the server does not answer in time",
    "refused|No route|unreachable|No such file or directory": "no server answers there",
    "database .* does not exist": "the server has no such database",
    "pg_hba.conf": "the server lets nobody in from here with this user (its pg_hba.conf)",
    "SSL|certificate": "server and client do not agree on encryption (sslmode, certificates)",
    "permission denied": "the user may not connect to this database",
    "too many|remaining connection slots": "the server has no connection left",
    "invalid connection option|connection info string|invalid .* value|URI": "its connection string is not understood",
}
"""What is said of an error of the connection, by the words in it: its own text may repeat the password."""


def attach_postgres(con: duckdb.DuckDBPyConnection, alias: str, given: Mapping[str, str]) -> None:
    """A PostgreSQL database: the parts of its connection string, over what libpq takes from the environment."""
    load_extension(con, "postgres")
    if there := attached(con, alias):
        if there[0] != "postgres":
            raise Refused(f"attach: there is another database {alias} already; give this one another name")
        return
    if not given.get("password") and os.environ.get("PGPASSWORD"):
        raise Refused(
            f"attach: {alias} would take its password from PGPASSWORD, which dbt masks nowhere: put host=... user=... "
            f"password=... into DBT_ENV_SECRET_{alias.upper()} and name that, {{{alias}: {{postgres: "
            f"DBT_ENV_SECRET_{alias.upper()}}}}}, or name a file of passwords in PGPASSFILE"
        )
    # as a secret, since the engine repeats the path of a database in messages and in duckdb_databases()
    of_secret = {"host": "host", "port": "port", "user": "user", "password": "password", "dbname": "database"}
    options = {name: value for name, value in given.items() if name not in of_secret}
    if "PGCONNECT_TIMEOUT" not in os.environ:
        options.setdefault("connect_timeout", "10")
    path = " ".join(f"{name}='{backslashed(value)}'" for name, value in options.items())
    parts = [f", {of_secret[name]} {literal(value)}" for name, value in given.items() if name in of_secret]
    name, secret, failed = identifiers([alias]), identifiers([f"attach_{alias}"]), ""
    try:
        con.execute(f"create or replace temporary secret {secret} (type postgres{''.join(parts)})")
        con.execute(f"attach if not exists {literal(path)} as {name} (type postgres, read_only, secret {secret})")
    except duckdb.Error as error:
        failed = str(error).replace(path, "")
    if failed:  # not in the block above: there the engine's error would hang on this one as its context
        reasons = [reason for words, reason in SAID_OF_A_CONNECTION.items() if re.search(words, failed)]
        raise Refused(f"attach: {alias}{where(given)} cannot be opened: {(reasons or ['it cannot be reached'])[0]}")


def passwords(databases: object) -> dict[str, str]:
    """By database, the passwords in the variables that key `attach` names, as far as they can be read."""
    found = {}
    for alias, database in databases.items() if isinstance(databases, Mapping) else ():
        if isinstance(database, Mapping):
            with suppress(Refused):  # `attach` says so
                found[str(alias)] = connection_of(alias, database).get("password", "")
    return {alias: password for alias, password in found.items() if password}


def backslashed(value: str) -> str:
    """A value between the quotes of a connection string."""
    return re.sub(r"(['\\])", r"\\\1", value)


def where(given: Mapping[str, str]) -> str:
    """Host and database, where they are names and nothing else."""
    named = {
        "host": given.get("host") or os.environ.get("PGHOST", ""),
        "database": given.get("dbname") or os.environ.get("PGDATABASE", ""),
    }
    shown = [f"{word} {name}" for word, name in named.items() if re.fullmatch(r"[\w.-]+", name)]
    return f" ({', '.join(shown)})" if shown else ""


def connection_of(alias: str, database: Mapping[object, object]) -> dict[str, str]:
    """The connection string in the environment variable that `{postgres: NAME}` names, in parts."""
    variable = database.get("postgres")
    example = f"{{{alias}: {{postgres: DBT_ENV_SECRET_{alias.upper()}}}}}"
    if (
        list(database) != ["postgres"]
        or not isinstance(variable, str)
        or not re.fullmatch("DBT_ENV_SECRET_[A-Z0-9_]+", variable)
    ):
        # what stands there is not repeated: it may be a password
        raise Refused(
            f"attach: {alias} names an environment variable, in capitals: {example}. dbt masks the values of those "
            "that begin with DBT_ENV_SECRET_, and of no others"
        )
    text = os.environ.get(variable, "").strip()
    if not text:
        raise Refused(f"attach: {alias} needs the environment variable {variable}, which is not set")
    parts = parts_of_uri(text) if re.match("postgres(ql)?://", text) else parts_of_pairs(text)
    if parts is None:
        raise Refused(
            f"attach: {alias}: what {variable} holds is no connection string. It is host=... dbname=... user=... "
            "password=... (a value with blanks in quotes), or postgresql://user:password@host/dbname (there / is %2F, "
            "@ is %40, : is %3A, % is %25 within a password)"
        )
    if "sslpassword" in parts:
        raise Refused(f"attach: {alias}: sslpassword cannot be kept out of messages; use a key without a password")
    return parts


def parts_of_pairs(text: str) -> dict[str, str] | None:
    """`host=... dbname='...'` in parts, by libpq's rules; None where it is something else."""
    pair = r"\s*(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)(?:[^\s\\]|\\.)*|(?=\s|$))(?=\s|$)"
    if not re.fullmatch(f"(?:{pair})+\\s*", text, flags=re.S):
        return None
    found = re.findall(pair, text, flags=re.S)
    values = {name: value[1:-1] if value.startswith("'") else value for name, value in found}
    return {name: re.sub(r"\\(.)", r"\1", value, flags=re.S) for name, value in values.items() if value}


def parts_of_uri(text: str) -> dict[str, str] | None:
    """`postgresql://user:password@host:port/dbname?name=value` in parts; None where signs are left unescaped."""
    address, _, query = text.split("://", 1)[1].partition("?")
    server, _, dbname = address.partition("/")
    login, _, hosts = server.rpartition("@")
    user, _, password = login.partition(":")
    found = [re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^:@\[\]]*)(?::(\d*))?", host) for host in hosts.split(",")]
    options = [option.partition("=") for option in query.split("&") if query]
    if None in found or re.search("[@/:]", dbname) or not all(name and equals for name, equals, _ in options):
        return None
    matches = [match for match in found if match]
    parts = {"user": user, "password": password, "dbname": dbname}
    parts["host"] = ",".join(match[1].strip("[]") for match in matches)
    parts["port"] = ",".join(match[2] or "" for match in matches)
    parts |= {name: value for name, _, value in options}
    return {name: unquote(value) for name, value in parts.items() if value.strip(",")}


def first_line(error: Exception) -> str:
    """What the engine says, without the query and its advice."""
    return str(error).strip().splitlines()[0]
