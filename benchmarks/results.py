"""The text of RESULTS.md, from the figures alone."""

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from statistics import median

from benchmarks.measure import Measured
from benchmarks.stages import NODES, OVERHEAD, STAGES

STOPPED = "open: the notebook was stopped too early"
PACKAGES = ("dbt-core", "dbt-duckdb", "duckdb", "scikit-learn", "numpy", "pandas")

COMPARED = """\
Both sides read the same synthetic Parquet extract of card customers (one date, 17 columns of numbers). They
run as fresh processes, in turns (the three dbt commands, then the notebook), and use the cores as they do by
default. Figures are medians of the runs, with the smallest and largest in parentheses. Peak memory is the
largest resident set of the process.

- **dbt build**: the whole `dbt build` of study card_usage on a fresh database, with a cold parse: staging
  with its checks, features, all fits, scoring, personas and marts, and every data test of the
  project that the study enables. The fits see a sample of at most 50,000 customers; SQL scores all of them.
- **second build**: the same command again on that database, the parse cold again: nothing to fit.
- **score**: `dbt build --selector score` on it, the parse cold again: no model that fits is run, tests are.
- **notebook**: `benchmarks/notebook.py`, pandas and scikit-learn: the study's recipe (median fill, clip,
  Yeo-Johnson, z-score), K-Means for k = 1..10 with ten starts, silhouettes on 10,000 customers, two
  components, means and medians by segment, assignments written to Parquet. It fits on all customers. It
  neither checks nor tests anything, and leaves out what dbt does beyond that: the silhouettes of a crowd
  without segments, stability, personas, key figures.
"""

STAGES_TEXT = f"""\
dbt, seconds. Stages are sums of node times. Threads run nodes side by side, so that the stages together may
exceed "{NODES}"; "{OVERHEAD}" is the rest of the wall time."""

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

    @property
    def ratio(self) -> float:
        """Seconds of the notebook / seconds of the dbt build; at least that if the notebook was stopped."""
        return seconds_of(self.notebook) / seconds_of(self.dbt["build"])

    @property
    def stopped(self) -> bool:
        """Whether the notebook was stopped at its limit."""
        return any(run.stopped for run in self.notebook)


def render(sizes: Sequence[Size], limit: float, date: str | None, load: float) -> str:
    """The whole file. `load`: the machine's load average before the first run."""
    parts = [
        "# Benchmark: `dbt build` against a notebook",
        facts(date, load),
        figures(sizes, limit),
        targets(sizes),
        "## What is compared",
        COMPARED.strip(),
        agreements(sizes),
        "## Where the time goes",
        STAGES_TEXT,
        stage_table(sizes),
        "The notebook, seconds.",
        step_table(sizes),
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
    head = ["customers", "runs", "dbt build", "notebook", "notebook / dbt", "peak, dbt", "peak, notebook"]
    rows = [
        [
            f"{size.customers:,}",
            str(size.runs),
            spread(size.dbt["build"]),
            f">{limit:.0f} s" if size.stopped else spread(size.notebook),
            f"**{'>' * size.stopped}{size.ratio:.{1 if size.ratio >= 10 else 2}f}**",
            gigabytes(size.dbt["build"]),
            ">" * size.stopped + gigabytes(size.notebook),
            spread(size.dbt["second build"]),
            spread(size.dbt["score"]),
        ]
        for size in sizes
    ]
    return table([*head, "second build", "score"], rows)


def targets(sizes: Sequence[Size]) -> str:
    """The targets, what was measured, and whether that is enough."""
    by_size = {size.customers: size for size in sizes}
    small, large = by_size.get(10_000), by_size.get(1_000_000)
    rows = []
    if small:
        slower = 1 / small.ratio
        missed = STOPPED if small.stopped else f"missed by {slower - 2:.2f} times"
        measured = f"{'<' * small.stopped}{slower:.2f} times its seconds"
        rows.append(["10,000: at most 2 times the notebook", measured, "reached" if slower <= 2 else missed])
    if large:
        ratio, peak = large.ratio, max(run.gigabytes for runs in large.dbt.values() for run in runs)
        missed = STOPPED if large.stopped else f"missed by {5 - ratio:.2f} times"
        measured = f"{'>' * large.stopped}{ratio:.2f} times as fast"
        rows.append(["1,000,000: at least 5 times as fast", measured, "reached" if ratio >= 5 else missed])
        verdict = "reached" if peak < 4 else f"missed by {peak - 4:.2f} GB"
        rows.append(["1,000,000: under 4 GB, all three commands", f"{peak:.2f} GB", verdict])
    return table(["target", "measured", "verdict"], rows) if rows else ""


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


def gigabytes(runs: Sequence[Measured]) -> str:
    """Median of the peak memory."""
    return f"{median(run.gigabytes for run in runs):.2f} GB"


def plain(seconds: float) -> str:
    """One decimal below 100 seconds, none above."""
    return f"{seconds:.1f}" if seconds < 100 else f"{seconds:.0f}"
