"""Stages everything that a bank's file names, fits nothing, and says what was read: `python -m bank.check bank.yml`."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from bank.csv_files import shape_of
from bank.examples import broken
from bank.plan import plan
from bank.plugin import prepare
from bank.settings import entries, load

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "target" / "check"
"""Apart from the build's: another database would make dbt parse anew."""

WIDTH = 100
EXACT = 1_000_000
"""Rows up to which different ids are counted; of more their number is estimated."""


def main(argv: Sequence[str] | None = None) -> int:
    """Print a table by extract and column, and what would stop a build; 1 where something would."""
    parser = argparse.ArgumentParser(prog="python -m bank.check", description=__doc__)
    parser.add_argument("bank", help="the bank's file")
    parser.add_argument("--values", action="store_true", help="show values, not their shapes alone")
    options = parser.parse_args(argv)
    warehouse = TARGET / "bank.duckdb"
    warehouse.unlink(missing_ok=True)
    try:
        stops, contracts = stage(options.bank, warehouse)
        if warehouse.exists():
            with duckdb.connect(str(warehouse)) as con:
                for line in report(con, options.bank, contracts, options.values):
                    print(line)
    finally:
        warehouse.unlink(missing_ok=True)  # it holds customers
    print("Nothing would stop a build." if not stops else "Would stop a build:")
    for stop in stops:
        print(f"- {stop}")
    return 1 if stops else 0


def stage(bank: str, warehouse: Path) -> tuple[list[str], dict[str, Any]]:
    """The sentences of what stops, and the contracts of the extracts; dbt stages them into a warehouse."""
    # seconds, and of no use to those who ask for help
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    TARGET.mkdir(parents=True, exist_ok=True)
    os.environ |= {"SEGMENTATION_WORK": str(warehouse), "SEGMENTATION_DB": str(TARGET / "published" / "bank.duckdb")}
    given = [
        "--project-dir",
        str(ROOT),
        "--profiles-dir",
        str(ROOT),
        "--target-path",
        str(TARGET),
        "--log-path",
        str(TARGET),
    ]
    given += ["--vars", json.dumps({"bank": str(Path(bank).resolve())}), "--quiet"]
    parsed = dbtRunner().invoke(["parse", *given])
    if not parsed.success:
        return [sentence_of(str(parsed.exception))], {}
    contracts = {
        source.name: {
            "key": source.config.meta["key"],
            "columns": [dict(c.config.meta, name=c.name, type=c.data_type) for c in source.columns.values()],
        }
        for source in parsed.result.sources.values()
    }
    only = ["--select", "checked_*", "--exclude-resource-type", "test", "unit_test"]
    with open(os.devnull, "w") as nowhere:
        shown, sys.stdout = sys.stdout, nowhere
        try:
            built = dbtRunner(manifest=parsed.result).invoke(["build", *only, *given])
        finally:
            sys.stdout = shown
    DuckDBConnectionManager.close_all_connections()
    results = getattr(built.result, "results", None) or []
    stops = [sentence_of(str(result.message)) for result in results if result.status in ("error", "fail")]
    return stops or ([sentence_of(str(built.exception))] if built.exception else []), contracts


def sentence_of(message: str) -> str:
    """Of what dbt says of a failure the sentence, without where in the code it was said."""
    lines = [line.strip() for line in message.splitlines()]
    kept = [line for line in lines if line and not line.startswith(("> ", "Compilation Error", "Runtime Error"))]
    return " ".join(kept)


def report(con: duckdb.DuckDBPyConnection, bank: str, contracts: dict[str, Any], values: bool) -> Iterator[str]:
    """The lines of the table, extract by extract, as far as they were staged."""
    given = load(bank)
    prepare(con, given)
    tables = {name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()}
    for extract, entry in entries(bank, given.get("extracts") or {}).items():
        refused = f"incoming_{extract}"
        table = refused if refused in tables else f"checked_{extract}"
        if table in tables and extract in contracts:
            request = {"extract": extract, "contract": contracts[extract], "entry": entry}
            yield from of_extract(con, table, request, values)


def of_extract(con: duckdb.DuckDBPyConnection, table: str, request: dict[str, Any], values: bool) -> Iterator[str]:
    """One extract: its rows, its columns, and what of it is faulty."""
    found = plan(request) or {}
    if "columns" not in found:
        seen = [[row[0], row[1]] for row in con.execute(f"describe select * from {found['from']}").fetchall()]
        found |= plan(request | {"found": seen, "sample": {}, "label": found["label"]}) or {}
    ((rows, rejected),) = con.execute(f"select count(*), count(rejection_reason) from {table}").fetchall()
    yield f"{request['extract']}: {rows:,} rows, {rejected:,} rejected, from {found['label']}"
    columns = request["contract"]["columns"]
    names = [column["name"] for column in columns]
    lines = [("column", "read from", "missing", "values")]
    for name, figures in zip(names, figures_of(con, table, columns, values), strict=True):
        place = found["columns"].get(name) or {}
        origin = place.get("name") or ("the bank's file" if place else "not there")
        if not place and name == "as_of_date":
            origin = "var as_of_date"
        lines.append((name, origin, *figures))
    widths = [min(max(len(line[i]) for line in lines), 32) for i in range(3)]
    for line in lines:
        start = "  ".join(text[:width].ljust(width) for text, width in zip(line, widths, strict=False))
        yield f"  {start}  {line[3]}"[:WIDTH].rstrip()
    for what, column in (("rejected", "rejection_reason"), ("lost", "lost_values")):
        reasons = con.execute(
            f"select reason, count(*) from (select unnest(string_split({column}, '; ')) as reason from {table}) "
            "group by reason order by 2 desc, 1"
        ).fetchall()
        for reason, times in reasons:
            yield f"  {what}: {reason} ({times:,}){examples_of(request, reason, values)}"
    yield ""


def figures_of(
    con: duckdb.DuckDBPyConnection, table: str, columns: list[dict[str, Any]], values: bool
) -> list[tuple[str, str]]:
    """Of each column the share that is missing, and its range or its most frequent values; in one look at the rows.

    Without `values` what is a customer's is a shape: all but dates of extracts and categories that the contract names.
    """
    ((rows,),) = con.execute(f"select count(*) from {table}").fetchall()
    count, about = ("count(distinct", "") if rows <= EXACT else ("approx_count_distinct(", "about ")
    asked = []
    for column in columns:
        name = f'"{column["name"]}"'
        shown = f"[cast(min({name}) as varchar), cast(max({name}) as varchar)]"
        if column["type"] == "varchar":
            shown = (
                f"coalesce(approx_top_k({name}, 6), [])"
                if has_words(column, values)
                else f"[cast({count} {name}) as varchar)]"
            )
        asked.append(f"[cast(count(*) - count({name}) as varchar)] || {shown}")
    (found,) = con.execute(
        f"select count(*), {', '.join(asked)} from {table} where rejection_reason is null"
    ).fetchall()
    figures = []
    for column, (missing, *seen) in zip(columns, found[1:], strict=True):
        share = int(missing) / found[0] if found[0] else 0
        known = [value for value in seen if value is not None]
        if column["type"] != "varchar" and column["name"] != "as_of_date" and not values:
            known = [shape_of(value) for value in known]
        text = f"{known[0]} to {known[1]}" if len(known) == 2 and column["type"] != "varchar" else ", ".join(known)
        if column["type"] == "varchar" and not has_words(column, values):
            text = f"{about}{int(known[0]):,} different"
        figures.append((f"{share:.1%}" if share else "", text))
    return figures


def has_words(column: dict[str, Any], values: bool) -> bool:
    """Whether the most frequent values of a column of text are shown."""
    return bool(column.get("categories")) and (values or column["categories"] != "any")


def examples_of(request: dict[str, Any], reason: str, values: bool) -> str:
    """Up to three of a CSV, with their lines."""
    entry = request["entry"]
    if not str(entry.get("path", "")) or ": " not in reason:
        return ""
    asked = request | {"example": reason.split(": ")[0], "reason": reason}
    shown = []
    try:
        for _, path, line, value in islice(broken(asked), 3):
            shown.append(f"{value.strip() if values else shape_of(value.strip())} (line {line}{path})")
    except (OSError, UnicodeError):
        return ""
    return ": " + ", ".join(shown) if shown else ""


if __name__ == "__main__":
    sys.exit(main())
