"""What dbt's connection gets: the functions bank_plan and bank_shape, and what the bank's file names.

That is databases, and the readers of files.
"""

import atexit
import json
import os
import re
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.flags import get_flags
from dbt_common.exceptions import DbtRuntimeError

from bank.csv_files import shape_of
from bank.doors import attach, extension_of, load_extension, passwords
from bank.examples import example
from bank.faults import Refused
from bank.plan import plan
from bank.private import create_for
from bank.publish import begin, publish, take_over


class Plugin(BasePlugin):  # type: ignore[misc]
    """Named in profiles.yml, which says in its config where complete builds are published."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Called before the work database is opened, whose folder has to be there."""
        if "publish" not in plugin_config:
            raise DbtRuntimeError(
                "The plugin bank.plugin of the profile does not say where complete builds are published: add "
                "`config: {publish: warehouse/bank.duckdb}`, as the project's profiles.yml has it."
            )
        self.published = Path(plugin_config["publish"])
        self.work = Path(self.creds.path)
        create_for("owner")
        self.work.parent.mkdir(parents=True, exist_ok=True)

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Called before the work database is opened, and so created: for its owner alone, until readable_by is read."""
        create_for("owner")
        if any(re.search(r"password\s*=|://[^/@]*:[^/@]*@", str(database.path)) for database in creds.attach or ()):
            raise DbtRuntimeError(
                "The profile attaches a database with a password, which dbt debug shows: name it under attach in the "
                "bank's file, {crm: {postgres: DBT_ENV_SECRET_CRM}}"
            )
        # dbt would pass on what the engine says of a wrong limit
        limit = str((creds.settings or {}).get("memory_limit", ""))
        if limit and not re.fullmatch(r"\s*\d+(\.\d+)?\s*[KMGT]i?B\s*", limit, re.IGNORECASE):
            raise DbtRuntimeError(f"The environment variable SEGMENTATION_MEMORY is '{limit}'; give a size such as 3GB")

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Called once, when the work database is opened."""
        given: dict[str, Any] = getattr(get_flags(), "VARS", None) or {}
        try:
            # dbt masks the whole of a variable, which is a connection string; a password in it is a secret by itself
            for alias, password in passwords(given.get("attach")).items():
                os.environ[f"DBT_ENV_SECRET_PASSWORD_OF_{alias.upper()}"] = password
            prepare(conn, given)
            if self.published.exists() and not conn.execute("from duckdb_tables() limit 1").fetchall():
                take_over(conn, self.published)
        except Refused as fault:
            raise DbtRuntimeError(str(fault)) from None
        answer = partial(self._published, conn)
        conn.create_function("bank_publish", answer, ["VARCHAR"], "VARCHAR", side_effects=True)

    def _published(self, conn: duckdb.DuckDBPyConnection, request: str) -> str:
        """What publish returns, from and to JSON, and where; what it refuses as {refused: sentence}."""
        wanted = json.loads(request)
        answer: dict[str, Any] = {"place": str(self.published), "exists": self.published.exists()}
        try:
            if "begin" in wanted:
                begin(self.work)
            elif wanted.get("failed"):
                # when dbt has said what failed: it does so after its last hook
                atexit.register(print, _nothing_published(wanted["failed"], answer))
            elif "tables" in wanted:
                with conn.cursor() as con:
                    answer |= publish(con, self.work, self.published, wanted)
        except Refused as fault:
            answer["refused"] = str(fault)
        return json.dumps(answer)


def _nothing_published(failed: list[str], answer: dict[str, Any]) -> str:
    """Why, and what readers go on reading. `failed`: the ids of nodes."""
    steps = "1 step" if len(failed) == 1 else f"{len(failed)} steps"
    before = "is the build of before" if answer["exists"] else "is not there yet"
    return f"Nothing is published, since {steps} failed ({failed[0].split('.')[2]}): {answer['place']} {before}."


def prepare(con: duckdb.DuckDBPyConnection, given: dict[str, Any]) -> None:
    """The same for any connection. `given`: the vars. Raises Refused."""
    # An UDF that counts as having side effects is called once a row, and not while a query is planned.
    con.create_function("bank_plan", _answer, ["VARCHAR"], "VARCHAR", side_effects=True)
    con.create_function("bank_shape", shape_of, ["VARCHAR"], "VARCHAR")
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
