"""Reading and checking card_usage against DuckDB's own reader of the same file with the same casts: writes READING.md.

Both make a table, in a process of their own, in turns: ours by the SQL that dbt compiles for checked_card_usage.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb

from benchmarks.measure import ROOT, Measured, measure
from benchmarks.run import DATA, DBT, HERE, databases, extract_of

MADE = (
    "import sys, duckdb; con = duckdb.connect(sys.argv[2]); con.execute('set write_buffer_row_group_count = 1'); "
    "con.execute('create or replace table made as ' + open(sys.argv[1]).read())"
)


def csv_of(customers: int) -> Path:
    """The extract as CSV."""
    parquet = extract_of(customers)
    path = parquet.with_suffix(".csv")
    if not path.exists():
        with duckdb.connect() as con:
            con.execute(f"copy (from '{parquet}') to '{path}' (header)")
    return path


def ours(extract: Path, work: Path) -> Path:
    """The SQL that checks an extract, as dbt compiles it."""
    given = {"studies": ["card_usage"], "extracts": {"card_usage": str(extract)}}
    paths = ["--target-path", str(work / "target"), "--log-path", str(work / "logs"), "--vars", json.dumps(given)]
    environment = os.environ | databases(work)
    command = [str(DBT), "--quiet", "compile", "--select", "checked_card_usage", *paths]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    (compiled,) = (work / "target" / "compiled").rglob("checked_card_usage.sql")
    return compiled


def bare(extract: Path, work: Path) -> Path:
    """All columns as text, and the casts."""
    reader = f"read_csv('{extract}', all_varchar = true)" if extract.suffix == ".csv" else f"read_parquet('{extract}')"
    with duckdb.connect() as con:
        described = con.execute(f"describe from read_parquet('{extract.with_suffix('.parquet')}')").fetchall()
    names = [row[0] for row in described]
    texts = [f'"{name}"' for name in names if name in ("CUST_ID", "AS_OF_DATE")]
    numbers = [f'try_cast("{name}" as double) as "{name}"' for name in names if name not in ("CUST_ID", "AS_OF_DATE")]
    path = work / f"bare{extract.suffix}.sql"
    path.write_text(f"select {', '.join(texts + numbers)} from {reader}", encoding="utf-8")
    return path


def median_of(runs: Sequence[Measured]) -> Measured:
    """The middle of each figure."""
    return Measured(
        statistics.median(run.seconds for run in runs),
        statistics.median(run.cpu_seconds for run in runs),
        statistics.median(run.gigabytes for run in runs),
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Measure both formats and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__)
    parser.add_argument("--customers", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--date", default="")
    options = parser.parse_args(argv)
    lines = []
    for extract in (csv_of(options.customers), extract_of(options.customers)):
        work = DATA / f"reading{extract.suffix}"
        work.mkdir(exist_ok=True)
        queries = {"ours": ours(extract, work), "bare": bare(extract, work)}
        costs: dict[str, list[Measured]] = {name: [] for name in queries}
        for _ in range(options.runs):
            for name, query in queries.items():
                database = work / "made.duckdb"
                database.unlink(missing_ok=True)
                costs[name].append(measure([sys.executable, "-c", MADE, str(query), str(database)], work / "log"))
                database.unlink(missing_ok=True)
        checked, read = (median_of(costs[name]) for name in queries)
        cells = [
            f"{extract.suffix[1:]}, {extract.stat().st_size / 1e9:.1f} GB",
            *(f"{cost.seconds:.1f} ({cost.cpu_seconds:.1f})" for cost in (read, checked)),
            f"{checked.seconds / read.seconds:.2f}",
            f"{checked.gigabytes:.1f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    when = f", {options.date}" if options.date else ""
    text = (
        f"# Reading and checking {options.customers:,} rows of card_usage\n\nBy `python -m benchmarks.reading`{when}; "
        f"DuckDB {duckdb.__version__}, {os.cpu_count()} cores, median of {options.runs}, each a process of its own. "
        "Checked: every rule of the contract, repeated keys, numbers that could be read in two ways, lost values.\n\n"
        "| file | DuckDB's reader and the casts, s (CPU s) | read and checked, s (CPU s) | times as long | GB |\n"
        "|---|---|---|---|---|\n" + "\n".join(lines) + "\n"
    )
    (HERE / "READING.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
