"""The text of RESULTS.md, from the figures alone."""

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from statistics import median

from benchmarks.measure import Measured
from benchmarks.passes import REASONS
from benchmarks.stages import NODES, OVERHEAD, STAGES

PACKAGES = ("dbt-core", "dbt-duckdb", "duckdb", "scikit-learn", "numpy", "pandas")

COMPARED = """\
Both sides read the same synthetic Parquet extract of card customers (one date, 17 columns of numbers). They
run as fresh processes, in turns (the three dbt commands, then the notebook), and use the cores as they do by
default. Figures are medians of the runs, with the smallest and largest in parentheses. Peak memory is the
largest resident set of the process.

- **dbt build**: the whole `dbt build` of study card_usage on a fresh database, with a cold parse: staging
  with its checks, features, all fits, scoring, personas and marts, and every data test of the
  project that the study enables. The fits see a sample of at most 50,000 customers; SQL scores all of them.
- **second build**: the same command again in the same folder, as in the next month: nothing to fit, and dbt
  parses nothing that has not changed.
- **score**: `dbt build --selector score` after it: no model that fits is run, tests are.
- **notebook**: `benchmarks/notebook.py`, pandas and scikit-learn: the study's recipe (median fill, clip,
  Yeo-Johnson, z-score), K-Means for k = 1..10 with ten starts, silhouettes on 10,000 customers, two
  components, means and medians by segment, assignments written to Parquet. It fits on all customers. It
  neither checks nor tests anything, and leaves out what dbt does beyond that: the silhouettes of a crowd
  without segments, stability, personas, key figures.
"""

STAGES_TEXT = f"""\
dbt, seconds. Stages are sums of node times. Threads run nodes side by side, so that the stages together may
exceed "{NODES}"; "{OVERHEAD}" is the rest of the wall time."""

PASSES = """\
How often the first build of the largest size scans a table with a row a customer, or the file, however few columns
it reads: counted in DuckDB's plans. The test suite has a limit for it."""

REPEAT = """\
```
make bench
python -m benchmarks.run --customers 10000 100000 --runs 3 --notebook-limit 1800 --out FILE
```

This file is written by that program, all of it. benchmarks/README.md has the options."""


@dataclass
class Size:
    """The runs at one number of customers; the lists of `dbt` and `stages` are by command."""

    customers: int
    runs: int
    dbt: dict[str, list[Measured]]
    stages: dict[str, list[dict[str, float]]]
    notebook: list[Measured] = field(default_factory=list)
    steps: list[dict[str, float]] = field(default_factory=list)
    agreement: float | None = None
    passes: dict[str, int] = field(default_factory=dict)

    def ratio(self, command: str = "build") -> float:
        """Seconds of the notebook / seconds of a dbt command; at least that if the notebook was stopped."""
        return seconds_of(self.notebook) / seconds_of(self.dbt[command])

    @property
    def stopped(self) -> bool:
        """Whether the notebook was stopped at its limit."""
        return any(run.stopped for run in self.notebook)


def render(sizes: Sequence[Size], others: Mapping[str, Measured], limit: float, date: str | None, load: float) -> str:
    """The whole file. `others`: builds without a notebook. `load`: the machine's load average before the first run."""
    parts = [
        "# Benchmark: `dbt build` against a notebook",
        facts(date, load),
        figures(sizes, limit),
        targets(sizes, others),
        "## What is compared",
        COMPARED.strip(),
        agreements(sizes),
        "## Where the time goes",
        STAGES_TEXT,
        stage_table(sizes),
        "The notebook, seconds.",
        step_table(sizes),
        "## Passes over all customers",
        PASSES,
        pass_table(sizes[-1].passes),
        "## How to repeat it",
        REPEAT,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def facts(date: str | None, load: float) -> str:
    """The machine and the versions."""
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    machine = f"{os.cpu_count()} CPUs ({platform.system()}, {platform.machine()})"
    threads = os.environ.get("DBT_THREADS", "2")
    lines = [
        f"- {date}" if date else "",
        f"- {machine}; load average before the start {load:.1f} (near 0, or other work slowed both sides)",
        f"- Python {platform.python_version()}, {versions}; {threads} dbt threads",
    ]
    return "\n".join(line for line in lines if line)


def figures(sizes: Sequence[Size], limit: float) -> str:
    """The table that is read first."""
    head = ["customers", "runs", "dbt build", "CPU", "peak", "notebook", "CPU", "peak", "notebook / dbt"]
    rows = []
    for size in sizes:
        other = ["", "", "", ""]
        if size.notebook:
            other = [
                f">{limit:.0f} s" if size.stopped else spread(size.notebook),
                processor(size.notebook),
                ">" * size.stopped + gigabytes(size.notebook),
                f"**{'>' * size.stopped}{size.ratio():.2f}**",
            ]
        own = [spread(size.dbt["build"]), processor(size.dbt["build"]), gigabytes(size.dbt["build"])]
        later = [
            cell for name in ("second build", "score") for cell in (spread(size.dbt[name]), processor(size.dbt[name]))
        ]
        rows.append([f"{size.customers:,}", str(size.runs), *own, *other, *later])
    return table([*head, "second build", "CPU", "score", "CPU"], rows)


def targets(sizes: Sequence[Size], others: Mapping[str, Measured]) -> str:
    """The targets, what was measured, and whether that is enough."""
    by_size = {size.customers: size for size in sizes}
    small, large, huge = (by_size.get(customers) for customers in (10_000, 1_000_000, 10_000_000))
    rows = []
    if small:
        rows.append(
            _target("10,000, first build: at most 1.2 times the notebook's seconds", 1 / small.ratio(), 1.2, "times")
        )
    if large:
        for command, words, least in (("build", "first build", 5.0), ("second build", "second build", 8.0)):
            rows.append(
                _target(f"1,000,000, {words}: {least:.0f} times as fast", large.ratio(command), least, "times as fast")
            )
    if huge:
        peak = max(run.gigabytes for run in huge.dbt["build"])
        rows.append(_target("10,000,000, first build: 60 s", seconds_of(huge.dbt["build"]), 60, "s"))
        rows.append(_target("10,000,000, first build: 5 GB", peak, 5, "GB"))
    for name, cost in others.items():
        limit = 110 if "demographic" in name else 40 if "first" in name else 15
        rows.append(_target(f"{name}: {limit} s", cost.seconds, limit, f"s ({cost.cpu_seconds:.0f} CPU s)"))
    return table(["target", "measured", "verdict"], rows) if rows else ""


def _target(name: str, measured: float, wanted: float, unit: str) -> list[str]:
    """A row of the table: at most what is wanted, or, of what is `as fast`, at least."""
    reached = measured >= wanted if unit.endswith("fast") else measured <= wanted
    shown = f"{measured:.2f} {unit}" if measured < 10 else f"{measured:.1f} {unit}"
    return [name, shown, "reached" if reached else f"missed: {shown.split()[0]} for {wanted:g}"]


def pass_table(passes: Mapping[str, int]) -> str:
    """The models that read all customers, with how often and why."""
    rows = [
        [name, str(times), REASONS.get(name, "")] for name, times in sorted(passes.items(), key=lambda row: -row[1])
    ]
    return table(["model", "passes", "why"], [*rows, ["all", str(sum(passes.values())), ""]])


def agreements(sizes: Iterable[Size]) -> str:
    """That both sides found the same segments."""
    found = ", ".join(f"{size.agreement:.3f} at {size.customers:,}" for size in sizes if size.agreement is not None)
    return f"Both give every customer one of four segments; adjusted Rand index of the two: {found}." if found else ""


def stage_table(sizes: Iterable[Size]) -> str:
    """Medians of dbt's stages."""
    columns = [OVERHEAD, NODES, *STAGES]
    rows = [
        [f"{size.customers:,}", command, *(plain(median(run[column] for run in runs)) for column in columns)]
        for size in sizes
        for command, runs in size.stages.items()
    ]
    return table(["customers", "command", *columns], rows)


def step_table(sizes: Iterable[Size]) -> str:
    """Medians of the notebook's steps."""
    measured = [size for size in sizes if size.steps]
    if not measured:
        return "It was stopped at every size."
    columns = list(measured[0].steps[0])
    rows = [
        [f"{size.customers:,}", *(plain(median(run[column] for run in size.steps)) for column in columns)]
        for size in measured
    ]
    return table(["customers", *columns], rows)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def spread(runs: Sequence[Measured]) -> str:
    """Median seconds, and the range of several runs."""
    seconds = [run.seconds for run in runs]
    around = f" ({plain(min(seconds))} to {plain(max(seconds))})" if len(runs) > 1 else ""
    return f"{plain(median(seconds))} s{around}"


def seconds_of(runs: Sequence[Measured]) -> float:
    """Median seconds."""
    return median(run.seconds for run in runs)


def processor(runs: Sequence[Measured]) -> str:
    """Median of the processor's seconds."""
    return f"{plain(median(run.cpu_seconds for run in runs))} s"


def gigabytes(runs: Sequence[Measured]) -> str:
    """Median of the peak memory."""
    return f"{median(run.gigabytes for run in runs):.2f} GB"


def plain(seconds: float) -> str:
    """One decimal below 100 seconds, none above."""
    return f"{seconds:.1f}" if seconds < 100 else f"{seconds:.0f}"
