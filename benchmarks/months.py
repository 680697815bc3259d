"""Twelve months, a file a month: what each build costs, and how the database grows. Writes MONTHS.md."""

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.measure import Measured
from benchmarks.results import table
from benchmarks.run import DATA, HERE, dbt, extract_of, fresh

STUDIES = ["card_usage", "demographic"]


@dataclass(frozen=True)
class Month:
    """A build, and the database after it."""

    date: str
    cost: Measured
    megabytes: float
    free_megabytes: float


WANDERING = {"card_usage": ["BALANCE", "PURCHASES", "CASH_ADVANCE", "PAYMENTS"], "customer_demographics": ["income"]}
"""Columns that are another figure each month, by up to a fifth."""


def deliver(bank: Path, customers: int, month: int) -> str:
    """Write the files of a month's end: the generator's customers, figures that wander, one in a hundred away."""
    with duckdb.connect() as con:
        ((date,),) = con.execute(f"select cast(last_day(date '2025-01-01' + to_months({month})) as varchar)").fetchall()
        place = bank / f"as_of_date={date}"
        place.mkdir(parents=True)
        for extract, columns in WANDERING.items():
            extracted = f"read_parquet('{extract_of(customers, extract)}')"
            names = [row[0] for row in con.execute(f"describe from {extracted}").fetchall()]
            customer, as_of_date = names[:2]
            factor = f"(0.8 + hash({customer}, {month}) % 1000 / 2500)"
            wandering = ", ".join(f"round({name} * {factor}, 2) as {name}" for name in columns)
            con.execute(
                f"copy (select * exclude ({as_of_date}) replace ({wandering}) from {extracted} "
                f"where hash({customer}, {month}, 'away') % 100 > 0) to '{place / extract}.parquet'"
            )
    return str(date)


def run(customers: int, months: int) -> list[Month]:
    """Build after each delivery."""
    work = DATA / "months"
    shutil.rmtree(work, ignore_errors=True)
    bank = work / "bank"
    fresh(work)
    found = []
    for month in range(months):
        date = deliver(bank, customers, month)
        cost = dbt(work, ["build"], {"studies": STUDIES, "bank_files": str(bank)})
        with duckdb.connect(str(work / "bank.duckdb")) as con:
            con.execute("checkpoint")
            query = "select block_size * total_blocks / 1e6, block_size * free_blocks / 1e6 from pragma_database_size()"
            ((size, free),) = con.execute(query).fetchall()
        found.append(Month(date, cost, size, free))
        print(f"{date} {cost.seconds:6.1f} s {cost.cpu_seconds:6.1f} CPU s, {size:.0f} MB, {free:.0f} free")
    shutil.rmtree(work)
    return found


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.months", description=__doc__)
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--date", default="")
    options = parser.parse_args(argv)
    months = run(options.customers, options.months)
    second, last = months[1].cost, months[-1].cost
    used = [month.megabytes - month.free_megabytes for month in months]
    costs = [month.cost for month in months]
    rows = [
        [month.date, f"{cost.seconds:.1f} ({cost.cpu_seconds:.1f})", f"{cost.gigabytes:.2f}", f"{size:.0f}"]
        for month, cost, size in zip(months, costs, used, strict=True)
    ]
    grown = (used[-1] - used[1]) / (len(used) - 2)
    when = f", {options.date}" if options.date else ""
    text = (
        f"# {options.months} months of {options.customers:,} customers, {' and '.join(STUDIES)}\n\n"
        f"By `python -m benchmarks.months`{when}; DuckDB {duckdb.__version__}. The first build fits; each later one is "
        "`dbt build` after the files of one more date have come.\n\n"
        + table(["date", "seconds (CPU s)", "GB", "MB of the database that are in use"], rows)
        + f"\n\nMonth {options.months} against month 2: {last.cpu_seconds / second.cpu_seconds:.2f} times the CPU "
        f"seconds, {last.seconds / second.seconds:.2f} times the seconds, "
        f"{last.gigabytes / second.gigabytes:.2f} times the memory (asked: 1.2 at most). A month adds {grown:.0f} MB; "
        f"the first holds {used[0]:.0f} MB with its fits.\n"
    )
    (HERE / "MONTHS.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
