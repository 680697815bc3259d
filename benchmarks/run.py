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
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from benchmarks.measure import ROOT, Measured, measure
from benchmarks.passes import passes
from benchmarks.results import Size, render
from benchmarks.stages import stage_seconds

HERE = Path(__file__).resolve().parent
DATA = HERE / "data"
DBT = Path(sys.executable).parent / "dbt"
LARGE = 1_000_000
HUGE = 10_000_000
"""From here on dbt alone is measured: the notebook would need more memory than a small machine has."""

COMMANDS = {
    "build": ["build"],
    "second build": ["build"],
    "score": ["build", "--selector", "score"],
}


def extract_of(customers: int, name: str = "card_usage") -> Path:
    """An extract of that many customers; generated the first time, then kept in benchmarks/data."""
    folder = DATA / str(customers)
    if not (folder / f"{name}.parquet").exists():
        draft = DATA / f"{customers}.unfinished"
        shutil.rmtree(draft, ignore_errors=True)
        options = f"--format parquet --customers {customers} --extracts {name} --dates 1 --out".split()
        generator = [sys.executable, "-m", "sample_bank.generate"]
        subprocess.run([*generator, *options, str(draft)], cwd=ROOT, check=True)
        folder.mkdir(exist_ok=True)
        (draft / f"{name}.parquet").rename(folder / f"{name}.parquet")
        shutil.rmtree(draft)
    return folder / f"{name}.parquet"


def run_dbt(size: Size, extract: Path, work: Path) -> None:
    """The three dbt commands on a fresh database, the later two with dbt's folder as it is then."""
    fresh(work)
    given = {"studies": ["card_usage"], "bank_files": {"card_usage": str(extract)}}
    for name, words in COMMANDS.items():
        cost = dbt(work, words, given)
        size.dbt[name].append(cost)
        size.stages[name].append(stage_seconds(work / "target", cost.seconds))
        progress(f"{size.customers:,}", f"dbt {name}", cost)
        if name == "build":
            with duckdb.connect(str(work / "bank.duckdb"), read_only=True) as connection:
                size.passes = passes(connection, work / "target")


def fresh(work: Path) -> None:
    """Without a database, and without what dbt has parsed."""
    (work / "bank.duckdb").unlink(missing_ok=True)
    shutil.rmtree(work / "published", ignore_errors=True)
    shutil.rmtree(work / "target", ignore_errors=True)


def databases(work: Path) -> dict[str, str]:
    """The environment in which dbt builds and publishes in a folder."""
    published = work / "published" / "bank.duckdb"
    return {"SEGMENTATION_WORK": str(work / "bank.duckdb"), "SEGMENTATION_DB": str(published)}


def dbt(work: Path, words: Sequence[str], variables: Mapping[str, object]) -> Measured:
    """One dbt command on the database of a folder."""
    paths = ["--target-path", str(work / "target"), "--log-path", str(work / "logs")]
    given = ["--vars", json.dumps(variables)] if variables else []
    return measure([str(DBT), *words, *given, *paths], work / "dbt.log", databases(work))


def run_others(huge: bool) -> dict[str, Measured]:
    """Builds without a notebook beside them: the sample bank, and card usage with demographics of HUGE."""
    found: dict[str, Measured] = {}
    with tempfile.TemporaryDirectory(dir=DATA, prefix="work-") as folder:
        work = Path(folder)
        for name in ("first", "second"):
            found[f"sample bank, seven studies, {name} build"] = dbt(work, ["build"], {})
        if huge:
            fresh(work)
            files = {name: str(extract_of(HUGE, name)) for name in ("card_usage", "customer_demographics")}
            variables = {"studies": ["card_usage", "demographic"], "bank_files": files}
            found[f"{HUGE:,}, card_usage and demographic, first build"] = dbt(work, ["build"], variables)
    for name, cost in found.items():
        progress("others", name, cost)
    return found


def run_notebook(size: Size, extract: Path, work: Path, limit: float) -> None:
    """The notebook, at most `limit` seconds; a size at which it was stopped is not tried again."""
    if any(run.stopped for run in size.notebook):
        return
    out = work / "notebook"
    command = [sys.executable, str(HERE / "notebook.py"), str(extract), str(out)]
    cost = measure(command, work / "notebook.log", limit=limit)
    size.notebook.append(cost)
    progress(f"{size.customers:,}", "notebook", cost)
    if not cost.stopped:
        size.steps.append(json.loads((out / "steps.json").read_text(encoding="utf-8")))


def run_size(customers: int, runs: int, limit: float) -> Size:
    """All runs of one size, dbt and notebook in turns (below HUGE), then whether they found the same segments."""
    size = Size(customers, runs, {name: [] for name in COMMANDS}, {name: [] for name in COMMANDS})
    extract = extract_of(customers)
    # In the project's folder, because a system's temporary folder may be memory.
    with tempfile.TemporaryDirectory(dir=DATA, prefix="work-") as folder:
        work = Path(folder)
        for _ in range(runs):
            run_dbt(size, extract, work)
            if customers < HUGE:
                run_notebook(size, extract, work, limit)
        if size.steps:
            files = [work / "bank.duckdb", work / "notebook" / "assignments.parquet", work / "agreement"]
            measure([sys.executable, "-m", "benchmarks.agreement", *map(str, files)], work / "agreement.log")
            size.agreement = float(files[-1].read_text(encoding="utf-8"))
    return size


def progress(where: str, what: str, cost: Measured) -> None:
    """One line for each process."""
    end = " (stopped)" if cost.stopped else ""
    figures = f"{cost.seconds:7.1f} s {cost.cpu_seconds:7.1f} CPU s {cost.gigabytes:5.2f} GB"
    print(f"{where:>10} {what:<16} {figures}{end}", flush=True)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--customers", type=int, nargs="+", default=[10_000, 100_000, LARGE, HUGE])
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
        options.out.write_text(render(sizes, {}, options.notebook_limit, options.date, load), encoding="utf-8")
    others = run_others(HUGE in options.customers)
    options.out.write_text(render(sizes, others, options.notebook_limit, options.date, load), encoding="utf-8")
    print(f"written: {options.out.name}")


if __name__ == "__main__":
    main()
