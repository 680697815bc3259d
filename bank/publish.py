"""Puts a complete build in place of the last one: readers open the published file, dbt builds in the work database.

What is published goes into a draft beside the published file, which then takes its place by one rename: who has the
last build open reads it to its end. The draft of a large file begins as a copy of it, in which the dates that have been
written since are replaced, so that a month costs what the month holds; else from nothing, and so where more than a
quarter of the copy would be free blocks.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb

from bank.faults import Refused
from bank.sql import identifier, literal

LARGE = 64_000_000
"""Bytes from which a file is sooner copied and changed than written anew."""
MOST_FREE = 0.25
"""The share of free blocks from which a draft is written from nothing after all."""


def begin(work: Path) -> None:
    """Remember that a build with fits has begun; until it is complete, no build without them is published."""
    _begun(work).touch()


def publish(con: duckdb.DuckDBPyConnection, work: Path, published: Path, wanted: dict[str, Any]) -> dict[str, Any]:
    """Publish what `wanted` lists of the work database that `con` has open.

    wanted: tables, each with its name and, where it keeps dates, the model in built_dates that says what was written
    (written_by) with its columns (date; part, or the study); views, in the order in which they can be made; with_fits.
    Returns the bytes of the published file, or {begun: true} where an earlier build with fits has not ended.
    Raises Refused where it cannot be put in place; what was published before is then as it was.
    """
    if not wanted["with_fits"] and _begun(work).exists():
        return {"begun": True}
    draft = published.with_name(f"{published.name}.draft")
    note = work.with_name("published.json")
    try:
        published.parent.mkdir(parents=True, exist_ok=True)
        is_ours = note.exists() and published.exists() and json.loads(note.read_text("utf-8")) == _seen(published)
        is_large = is_ours and published.stat().st_size >= LARGE
        if not (is_large and _write(con, draft, published, wanted)):
            _write(con, draft, None, wanted)
        _put_in_place(draft, published)
        note.write_text(json.dumps(_seen(published)), encoding="utf-8")
    except (OSError, duckdb.Error) as error:
        raise Refused(
            f"The build is complete in {work}, but could not be published: {str(error).splitlines()[0]}. "
            f"{published} is as it was; the next dbt build publishes."
        ) from None
    finally:
        _remove(draft)
    _begun(work).unlink(missing_ok=True)
    return {"bytes": published.stat().st_size}


def take_over(con: duckdb.DuckDBPyConnection, published: Path) -> None:
    """Fill a new work database from a warehouse of before 0.9.0, in which dbt built where readers read."""
    with _attached(con, published, "before", "(read_only)"):
        names = con.execute("select table_name from duckdb_tables() where database_name = 'before'").fetchall()
        if ("training_sample",) in names:
            for (name,) in names:
                con.execute(f"create table {identifier(name)} as from before.{identifier(name)}")


def _write(con: duckdb.DuckDBPyConnection, draft: Path, base: Path | None, wanted: dict[str, Any]) -> bool:
    """Write the draft, from a copy of `base` where one is given; false where too much of it is free."""
    _remove(draft)
    if base:
        shutil.copyfile(base, draft)
    with _attached(con, draft, "draft"):
        con.execute("begin")  # one wait for the disk, not one a statement
        _fill(con, wanted)
        _describe(con, wanted)
        con.execute("commit")
        con.execute("checkpoint draft")
        size = "select free_blocks, total_blocks from pragma_database_size() where database_name = 'draft'"
        ((free, total),) = con.execute(size).fetchall()
    return bool(not base or free <= MOST_FREE * total)


def _fill(con: duckdb.DuckDBPyConnection, wanted: dict[str, Any]) -> None:
    """Take what has changed over into the tables of the draft; what is no longer published goes."""
    of_draft = "database_name = 'draft' and not internal"
    for (name,) in con.execute(f"select view_name from duckdb_views() where {of_draft}").fetchall():
        con.execute(f"drop view draft.main.{identifier(name)}")
    known = {name for (name,) in con.execute(f"select table_name from duckdb_tables() where {of_draft}").fetchall()}
    tables = [*wanted["tables"], {"name": "built_dates"}]
    for name in known - {table["name"] for table in tables}:
        con.execute(f"drop table draft.main.{identifier(name)}")
    for table in tables:
        name = table["name"]
        is_dated = "written_by" in table and name in known
        if is_dated and _columns(con, "draft", name) == _columns(con, "work", name):
            _renew(con, table)
        else:
            con.execute(f"create or replace table draft.main.{identifier(name)} as from {identifier(name)}")


def _renew(con: duckdb.DuckDBPyConnection, table: dict[str, Any]) -> None:
    """Replace the dates of a table that have been written since the last build was published, or are gone."""
    name, date = identifier(table["name"]), identifier(table["date"])
    own = f"part = {literal(table['study'])}" if "study" in table else "true"
    chosen = f"model = {literal(table['written_by'])} and as_of_date is not null and {own}"
    now = f"(select part, as_of_date, stamp, build from built_dates where {chosen})"
    then = now.replace("from built_dates", "from draft.main.built_dates")
    differ = f"({now} except {then}) union all ({then} except {now})"
    found = con.execute(f"select distinct part, cast(as_of_date as varchar) from ({differ})").fetchall()
    if found:
        # the dates alone as well: they tell the engine which parts of a table to skip
        renewed = f"{date} in ({', '.join(f'date {literal(day)}' for _, day in found)})"
        if table.get("part"):
            pairs = ", ".join(f"({literal(part)}, date {literal(day)})" for part, day in found)
            renewed += f" and ({identifier(table['part'])}, {date}) in ({pairs})"
        con.execute(f"delete from draft.main.{name} where {renewed}")
        con.execute(f"insert into draft.main.{name} by name from {name} where {renewed}")


def _describe(con: duckdb.DuckDBPyConnection, wanted: dict[str, Any]) -> None:
    """Make the views, which name the tables of the file that they stand in, and write the descriptions as comments."""
    views = "select view_name, sql from duckdb_views() where database_name = current_database()"
    made = dict(con.execute(views).fetchall())
    ((work,),) = con.execute("select current_database()").fetchall()
    con.execute("use draft")
    for name in wanted["views"]:
        con.execute(made[name])
    con.execute(f"use {identifier(work)}")
    marts = con.execute("select distinct table_name, table_description from data_dictionary").fetchall()
    columns = con.execute("select table_name, column_name, description from data_dictionary").fetchall()
    said = [
        (f"{'view' if name in wanted['views'] else 'table'} draft.main.{identifier(name)}", text)
        for name, text in marts
    ]
    said += [(f"column draft.main.{identifier(name)}.{identifier(column)}", text) for name, column, text in columns]
    con.execute("".join(f"comment on {what} is {literal(text)};" for what, text in sorted(said)))


def _columns(con: duckdb.DuckDBPyConnection, where: str, name: str) -> list[tuple[str, str]]:
    """The columns of a table and their types, by name."""
    database = "'draft'" if where == "draft" else "current_database()"
    found: list[tuple[str, str]] = con.execute(
        "select column_name, data_type from duckdb_columns() "
        f"where database_name = {database} and table_name = {literal(name)} order by all"
    ).fetchall()
    return found


@contextmanager
def _attached(con: duckdb.DuckDBPyConnection, path: Path, name: str, options: str = "") -> Iterator[None]:
    con.execute(f"attach {literal(path)} as {name} {options}")
    try:
        yield
    finally:
        con.execute(f"detach {name}")


def _put_in_place(draft: Path, published: Path) -> None:
    """Rename, and see to it that the name is on the disk as well."""
    # what somebody else wrote into the last build belongs to that file
    published.with_name(f"{published.name}.wal").unlink(missing_ok=True)
    os.replace(draft, published)
    with suppress(OSError):  # not every system lets a folder be opened
        folder = os.open(published.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _seen(published: Path) -> dict[str, int]:
    """What tells whether the file is the one that was published."""
    found = published.stat()
    return {"bytes": found.st_size, "modified": found.st_mtime_ns}


def _begun(work: Path) -> Path:
    return work.with_name("fits_begun")


def _remove(draft: Path) -> None:
    for path in (draft, draft.with_name(f"{draft.name}.wal")):
        path.unlink(missing_ok=True)
