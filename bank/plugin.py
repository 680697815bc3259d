"""What dbt's connection gets: the function bank_plan, and the databases and readers that the bank's file names."""

import json
import os
import re
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.flags import get_flags
from dbt_common.exceptions import DbtRuntimeError

from bank.doors import attach, extension_of, load_extension, passwords
from bank.examples import example
from bank.faults import Refused
from bank.plan import plan
from bank.private import create_for


class Plugin(BasePlugin):  # type: ignore[misc]
    """Named in profiles.yml."""

    def update_connection_config(self, creds: Any, config: dict[str, Any]) -> None:
        """Called before the warehouse is opened, and so created: for its owner alone, until var readable_by is read."""
        create_for("owner")
        if any(re.search(r"password\s*=|://[^/@]*:[^/@]*@", str(database.path)) for database in creds.attach or ()):
            raise DbtRuntimeError(
                "The profile attaches a database with a password, which dbt debug shows: name it under attach in the "
                "bank's file, {crm: {postgres: DBT_ENV_SECRET_CRM}}"
            )

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Called once, when the warehouse is opened."""
        given: dict[str, Any] = getattr(get_flags(), "VARS", None) or {}
        try:
            # dbt masks the whole of a variable, which is a connection string; a password in it is a secret by itself
            for alias, password in passwords(given.get("attach")).items():
                os.environ[f"DBT_ENV_SECRET_PASSWORD_OF_{alias.upper()}"] = password
            prepare(conn, given)
        except Refused as fault:
            raise DbtRuntimeError(str(fault)) from None


def prepare(con: duckdb.DuckDBPyConnection, given: dict[str, Any]) -> None:
    """The same for any connection. `given`: the vars. Raises Refused."""
    # An UDF that counts as having side effects is called once a row, and not while a query is planned.
    con.create_function("bank_plan", _answer, ["VARCHAR"], "VARCHAR", side_effects=True)
    for name in sorted(_extensions(given)):
        load_extension(con, name)
    if given.get("attach"):
        attach(con, given["attach"], Path(given.get("attach_folder", ".")))


def _answer(request: str) -> str:
    """A plan, an example, or what a hook asks, from and to JSON; what it refuses as {refused: sentence}."""
    try:
        asked = json.loads(request)
        if "files_in" in asked:
            return json.dumps({"files": any(file.is_file() for file in Path(asked["files_in"]).rglob("*"))})
        if "readable_by" in asked:
            database = Path(asked["database"])
            create_for(asked["readable_by"], database, database.with_name(f"{database.name}.wal"))
            return "{}"
        return json.dumps(example(asked) if "example" in asked else plan(asked) or {})
    except Refused as fault:
        return json.dumps({"refused": str(fault)})
    except OSError as error:
        return json.dumps({"refused": f"{error.filename} cannot be read: {error.strerror}"})


def _extensions(given: dict[str, Any]) -> set[str]:
    """The extras that the bank's files need."""
    files = given.get("bank_files") or {}
    paths = [Path(files)] if isinstance(files, str) else []
    for entry in [*(given.get("extracts") or {}).values(), *(files.values() if isinstance(files, dict) else [])]:
        path = entry.get("path") if isinstance(entry, dict) else entry
        paths += [Path(path)] if isinstance(path, str) else []
    sheets = [path for folder in paths if folder.is_dir() for path in folder.glob("*.xlsx")]
    return {name for path in [*paths, *sheets] if (name := extension_of(path))}
