"""Transactions to features against DuckDB's bare `group by customer` over the same columns: writes TRANSACTIONS.md.

Both run in one process on one database, in turns; the whole `dbt build` up to the features is measured as a process of
its own, for its memory.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb

from benchmarks.measure import ROOT, Measured, measure
from benchmarks.run import databases

HERE = Path(__file__).resolve().parent
DATA = HERE / "data"
DBT = Path(sys.executable).parent / "dbt"
# A customer of the sample bank makes about 28.5 transactions in the year that ends at its one date.
TRANSACTIONS_EACH = 28.5

BARE = """
    select customer_id, count(*), sum(amount), max(transaction_id), max(transacted_at), max(booked_on), max(category),
        max(kind), max(reverses)
    from stg_card_transactions
    group by customer_id
"""


def extracts_of(customers: int) -> Path:
    """The folder with the extracts of so many customers; generated the first time, then kept."""
    folder = DATA / f"transactions-{customers}"
    if not folder.exists():
        options = (
            f"--format parquet --customers {customers} --dates 1 --extracts customer_demographics,card_transactions"
        )
        generator = [sys.executable, "-m", "sample_bank.generate", *options.split(), "--out", f"{folder}.unfinished"]
        subprocess.run(generator, cwd=ROOT, check=True)
        by_time(Path(f"{folder}.unfinished") / "card_transactions.parquet")
        Path(f"{folder}.unfinished").rename(folder)
    return folder


def by_time(extract: Path) -> None:
    """The generator sorts by customer; a bank's extract comes as it was booked."""
    with duckdb.connect() as con:
        con.execute("set memory_limit = '4GB'; set enable_progress_bar = false")
        sorted_rows = f"select * from read_parquet('{extract}') order by transacted_at, transaction_id"
        con.execute(f"copy ({sorted_rows}) to '{extract}.sorted' (format parquet)")
    Path(f"{extract}.sorted").rename(extract)


def run_dbt(folder: Path, work: Path, settings: dict[str, str]) -> Measured:
    """`dbt build` (models and seeds) from the extracts to the features, on a fresh database."""
    given = {"studies": ["behavioral"], "bank_files": str(folder)}
    paths = ["--target-path", str(work / "target"), "--log-path", str(work / "logs")]
    command = [
        str(DBT),
        "build",
        "--resource-type",
        "model",
        "--resource-type",
        "seed",
        "--select",
        "+features_behavioral",
        "--vars",
        json.dumps(given),
        *paths,
    ]
    return measure(command, work / "dbt.log", databases(work) | settings)


def seconds(con: duckdb.DuckDBPyConnection, statements: Sequence[str]) -> float:
    """How long the statements take, one after the other."""
    start = time.perf_counter()
    for statement in statements:
        con.execute(statement)
    return time.perf_counter() - start


def compare(work: Path, runs: int) -> tuple[list[float], list[float], int]:
    """Seconds of the bare aggregation and of the features, and the number of transactions."""
    compiled = work / "target" / "compiled" / "customer_segmentation" / "models" / "features"
    activity = (compiled / "customer_activity.sql").read_text(encoding="utf-8")
    features = (compiled / "features_behavioral.sql").read_text(encoding="utf-8")
    ours = [
        f"create or replace table new_activity as {activity}",
        # a view: it costs when it is read
        f"select max(columns(*)) from ({features.replace('customer_activity', 'new_activity')})",
    ]
    with duckdb.connect(str(work / "bank.duckdb")) as con:
        con.execute("set threads = 2; set memory_limit = '4GB'; set enable_progress_bar = false")
        ((transactions,),) = con.execute("select count(*) from stg_card_transactions").fetchall()
        sides: list[tuple[Sequence[str], list[float]]] = [([f"create or replace table bare as {BARE}"], []), (ours, [])]
        for _ in range(runs):
            for statements, found in sides:
                found.append(seconds(con, statements))
    return sides[0][1], sides[1][1], transactions


def render(transactions: int, bare: list[float], ours: list[float], builds: dict[str, Measured]) -> str:
    """The results as Markdown."""
    median: Callable[[list[float]], float] = statistics.median
    ratio = median(bare) / median(ours)
    lines = [
        "# Transactions to features",
        "",
        f"{transactions:,} card transactions, 2 threads of {os.cpu_count()} cores, DuckDB {duckdb.__version__}; "
        f"medians of {len(bare)} runs in turns. Written by `python -m benchmarks.transactions`.",
        "",
        "| | seconds |",
        "|---|---|",
        "| bare `group by customer_id` over the same columns; the transactions lie in the order of time "
        f"| {median(bare):.2f} |",
        "| all features of behaviour (the table customer_activity, and the view features_behavioral read once) "
        f"| {median(ours):.2f} |",
        f"| **speed of the features against the bare aggregation** | **{ratio:.2f}** "
        f"(target .5: {'reached' if ratio >= 0.5 else 'missed'}) |",
        "",
        "The whole `dbt build` (models and seeds) from the extracts to the features, with the checks of every row, "
        "in a process of its own; the limit is the environment variable SEGMENTATION_MEMORY:",
        "",
        "| memory limit of DuckDB | seconds | peak memory |",
        "|---|---|---|",
        *(
            f"| {limit or 'none set'} | {cost.seconds:.1f} | {cost.gigabytes:.2f} GB |"
            for limit, cost in builds.items()
        ),
        "",
    ]
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transactions", description=__doc__)
    parser.add_argument("--transactions", type=float, default=20e6)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=HERE / "TRANSACTIONS.md")
    options = parser.parse_args(argv)
    DATA.mkdir(exist_ok=True)
    folder = extracts_of(round(options.transactions / TRANSACTIONS_EACH))
    builds = {}
    for limit in ("3GB", ""):
        with tempfile.TemporaryDirectory(dir=DATA, prefix="work-") as name:
            builds[limit] = run_dbt(folder, Path(name), {"SEGMENTATION_MEMORY": limit})
            bare, ours, transactions = compare(Path(name), options.runs)
    options.out.write_text(render(transactions, bare, ours, builds), encoding="utf-8")
    print(options.out.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
