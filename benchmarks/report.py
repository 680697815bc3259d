"""The report over few customers against the same over many: seconds, memory and size. Writes REPORT.md."""

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
from benchmarks.run import databases

HERE = Path(__file__).resolve().parent
DATA = HERE / "data"
DBT = Path(sys.executable).parent / "dbt"
ALL = "card_usage,bank_customers,customer_demographics,card_transactions,financial_profiles"
# studies, extracts, customers: the second of each pair is held against the first
RUNS = [
    ("card_usage", "card_usage", 1_500),
    ("card_usage", "card_usage", 1_000_000),
    ("all seven", ALL, 1_500),
    ("all seven", ALL, 100_000),
]


def extracts_of(extracts: str, customers: int) -> Path:
    """The folder with some extracts of so many customers; generated the first time, then kept in benchmarks/data."""
    folder = DATA / f"report-{extracts.count(',') + 1}-{customers}"
    if not folder.exists():
        draft = Path(f"{folder}.unfinished")
        shutil.rmtree(draft, ignore_errors=True)
        options = f"--format parquet --customers {customers} --dates 1 --extracts {extracts}".split()
        generator = [sys.executable, "-m", "sample_bank.generate", *options, "--out", str(draft)]
        subprocess.run(generator, cwd=ROOT, check=True)
        draft.rename(folder)
    return folder


def render_report(studies: str, folder: Path, work: Path) -> tuple[Measured, int]:
    """What rendering costs on a warehouse built from a folder, and the bytes of the report."""
    given = {"bank_files": str(folder)} | ({} if studies == "all seven" else {"studies": [studies]})
    database = databases(work)
    paths = ["--target-path", str(work / "target"), "--log-path", str(work / "logs")]
    build = [str(DBT), "build", "--exclude-resource-type", "unit_test", "--vars", json.dumps(given), *paths]
    measure(build, work / "dbt.log", database)
    cost = measure([sys.executable, "-m", "report"], work / "report.log", database)
    return cost, (work / "published" / "report.html").stat().st_size


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE / "REPORT.md")
    out: Path = parser.parse_args(argv).out
    DATA.mkdir(exist_ok=True)
    lines = [
        "# The report",
        "",
        f"`make report` on {os.cpu_count()} cores, a process of its own on a built warehouse of one as_of_date. "
        "Written by `python -m benchmarks.report`.",
        "",
        "| studies | customers | seconds | peak memory | size | against few customers |",
        "|---|---|---|---|---|---|",
    ]
    few: dict[str, int] = {}
    for studies, extracts, customers in RUNS:
        folder = extracts_of(extracts, customers)
        with tempfile.TemporaryDirectory(dir=DATA, prefix="work-") as work:
            cost, size = render_report(studies, folder, Path(work))
        ratio = size / few.setdefault(studies, size)
        figures = f"{cost.seconds:.1f} | {cost.gigabytes:.2f} GB | {size / 1e6:.2f} MB | {ratio:.3f}"
        lines.append(f"| {studies} | {customers:,} | {figures} |")
    out.write_text("\n".join([*lines, ""]), encoding="utf-8")
    print(out.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
