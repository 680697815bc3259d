"""The whole `dbt build` of study card_usage against a notebook that does the same: writes RESULTS.md.

Both run as fresh processes, in turns, on the same synthetic extract.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import ROOT, Measured, measure
from benchmarks.results import Size, render
from benchmarks.stages import stage_seconds

HERE = Path(__file__).resolve().parent
DATA = HERE / "data"
DBT = Path(sys.executable).parent / "dbt"
LARGE = 1_000_000

COMMANDS = {
    "build": ["build"],
    "second build": ["build"],
    "score": ["build", "--selector", "score"],
}


def extract_of(customers: int) -> Path:
    """The extract of that many customers; generated the first time, then kept in benchmarks/data."""
    folder = DATA / str(customers)
    if not folder.exists():
        draft = DATA / f"{customers}.unfinished"
        shutil.rmtree(draft, ignore_errors=True)
        options = f"--format parquet --customers {customers} --extracts card_usage --dates 1 --out".split()
        generator = [sys.executable, "-m", "sample_bank.generate"]
        subprocess.run([*generator, *options, str(draft)], cwd=ROOT, check=True)
        draft.rename(folder)
    return folder / "card_usage.parquet"


def run_dbt(size: Size, extract: Path, work: Path) -> None:
    """The three dbt commands on a fresh database, each with a cold parse."""
    database = work / "bank.duckdb"
    database.unlink(missing_ok=True)
    given = json.dumps({"studies": ["card_usage"], "bank_files": {"card_usage": str(extract)}})
    for name, words in COMMANDS.items():
        target = work / "target"
        shutil.rmtree(target, ignore_errors=True)
        paths = ["--target-path", str(target), "--log-path", str(work / "logs")]
        command = [str(DBT), *words, "--vars", given, *paths]
        cost = measure(command, work / "dbt.log", {"SEGMENTATION_DB": str(database)})
        size.dbt[name].append(cost)
        size.stages[name].append(stage_seconds(target, cost.seconds))
        progress(size, f"dbt {name}", cost)


def run_notebook(size: Size, extract: Path, work: Path, limit: float) -> None:
    """The notebook, at most `limit` seconds; a size at which it was stopped is not tried again."""
    if any(run.stopped for run in size.notebook):
        return
    out = work / "notebook"
    command = [sys.executable, str(HERE / "notebook.py"), str(extract), str(out)]
    cost = measure(command, work / "notebook.log", limit=limit)
    size.notebook.append(cost)
    progress(size, "notebook", cost)
    if not cost.stopped:
        size.steps.append(json.loads((out / "steps.json").read_text(encoding="utf-8")))


def run_size(customers: int, runs: int, limit: float) -> Size:
    """All runs of one size, dbt and notebook in turns, then whether they found the same segments."""
    size = Size(customers, runs, {name: [] for name in COMMANDS}, {name: [] for name in COMMANDS})
    extract = extract_of(customers)
    # In the project's folder, because a system's temporary folder may be memory.
    with tempfile.TemporaryDirectory(dir=DATA, prefix="work-") as folder:
        work = Path(folder)
        for _ in range(runs):
            run_dbt(size, extract, work)
            run_notebook(size, extract, work, limit)
        if size.steps:
            files = [work / "bank.duckdb", work / "notebook" / "assignments.parquet", work / "agreement"]
            measure([sys.executable, "-m", "benchmarks.agreement", *map(str, files)], work / "agreement.log")
            size.agreement = float(files[-1].read_text(encoding="utf-8"))
    return size


def progress(size: Size, what: str, cost: Measured) -> None:
    """One line for each process."""
    end = " (stopped)" if cost.stopped else ""
    print(f"{size.customers:>9,} {what:<16} {cost.seconds:7.1f} s {cost.gigabytes:5.2f} GB{end}", flush=True)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--customers", type=int, nargs="+", default=[10_000, 100_000, LARGE])
    parser.add_argument("--runs", type=int, help="at every size (default: 3, and 1 from 1 million on)")
    parser.add_argument("--notebook-limit", type=float, default=1800, help="seconds until it is stopped")
    parser.add_argument("--date", help="stands in the results as their date, such as 2025-06-30")
    parser.add_argument("--out", type=Path, default=HERE / "RESULTS.md")
    options = parser.parse_args(argv)
    if min(options.customers) < 1 or options.notebook_limit <= 0 or (options.runs or 1) < 1:
        parser.error("customers, runs and the limit are above 0, please")
    return options


def main(argv: Sequence[str] | None = None) -> None:
    """Measure every size, smallest first, and write the results after each."""
    options = arguments(argv)
    DATA.mkdir(exist_ok=True)
    load = os.getloadavg()[0]
    sizes: list[Size] = []
    for customers in sorted(set(options.customers)):
        runs = options.runs or (1 if customers >= LARGE else 3)
        sizes.append(run_size(customers, runs, options.notebook_limit))
        options.out.write_text(render(sizes, options.notebook_limit, options.date, load), encoding="utf-8")
    print(f"written: {options.out.name}")


if __name__ == "__main__":
    main()
