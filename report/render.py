"""Renders the marts into one HTML file that needs nothing else."""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import vl_convert
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from report.charts import business, cross, data, history, segments, trust
from report.charts.drawing import Drawing, as_json, script_json
from report.charts.theme import CONFIG
from report.form import form_models
from report.numbers import Numbers
from report.queries import Row, Rows, run_queries
from report.small_lines import small_line

DATES = 13
"""Lines and drift show so many dates, the latest: a year of months and the one before."""
CHOICES = 24
"""So many dates of all studies together can be chosen, each with its tables, or the file would grow for ever."""
BUNDLE = "window.vegaEmbed = vegaEmbed;"
FOLDER = Path(str(files("report")))


@dataclass(frozen=True)
class Section:
    """A part of the report: the template and the query file sections/<name>.html and .sql."""

    name: str
    title: str


SECTIONS = [
    Section("overview", "Overview"),
    Section("segments", "Segments"),
    Section("business", "Business"),
    Section("history", "From date to date"),
    Section("cross", "Across studies"),
    Section("trust", "Can they be trusted?"),
    Section("data", "Data"),
    Section("form", "Where does this customer belong?"),
]


def render(connection: duckdb.DuckDBPyConnection) -> str:
    """The report as HTML, from the marts of an open warehouse."""
    common: dict[str, Any] = run_queries(connection, FOLDER / "common.sql")
    (settings,) = common["settings"]
    numbers = Numbers(settings["currency"], settings["locale"])
    environment = _environment(numbers)
    colours = {(row["study"], row["segment"]): row["colour"] for row in common.pop("colours")}
    common["names"] = rows_coloured(colours, common["names"])
    common |= {"settings": settings, "date_choices": min(DATES, max(2, CHOICES // len(common["studies"])))}
    sections = []
    for section in SECTIONS:
        queries = run_queries(connection, FOLDER / "sections" / f"{section.name}.sql")
        rows = {name: rows_coloured(colours, found) for name, found in queries.items()}
        template = environment.get_template(f"sections/{section.name}.html")
        html = template.render(common | rows)
        if html.strip():  # what needs a second date says nothing where there is one
            sections.append((section, Markup(re.sub(r"\n\s+", "\n", html))))  # without the indents of the templates
    scripts = {
        "libraries": vl_convert.javascript_bundle(BUNDLE),
        "form": _text("page/form.js"),
        "page": _text("page/page.js"),
    }
    style = _text("page/page.css")
    return environment.get_template("page/page.html").render(
        sections=sections,
        studies=common["studies"],
        settings={
            "config": CONFIG,
            "formatLocale": numbers.d3_locale(),
            "locale": settings["locale"],
            "borderMargin": settings["border_margin"],
        },
        scripts={name: Markup(script) for name, script in scripts.items()},
        style=Markup(style),
        policy=content_policy(list(scripts.values()), style),
    )


def content_policy(scripts: list[str], style: str) -> str:
    """A Content-Security-Policy under which nothing runs but these scripts, and nothing is fetched."""
    hashes = " ".join(_hash(script) for script in scripts)
    return f"default-src 'none'; script-src {hashes}; style-src {_hash(style)}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _environment(numbers: Numbers) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "of": rows_of,
        "having": rows_having,
        "by": rows_by,
        "last_ones": lambda rows: rows[-DATES:],
        "at_dates": partial(rows_at_dates, numbers),
        "by_figure": lambda rows: {row["figure"]: row for row in rows},
        "written": partial(rows_written, numbers),
        "spanned": partial(rows_spanned, numbers),
        "number_input": lambda value: "" if value is None else f"{value:.6g}",
    }
    environment.globals |= {
        "n": numbers,
        "charts": {
            "segments": segments,
            "business": business,
            "history": history,
            "cross": cross,
            "data": data,
            "trust": trust,
        },
        "chart_json": _chart_json,
        "next_caption": map("c{}".format, count(1)).__next__,
        "form_models": form_models,
        "small_line": small_line,
        "script_json": lambda value: Markup(script_json(value)),
    }
    return environment


def _chart_json(draw: Callable[[Rows], Drawing], rows: Rows) -> Markup:
    return Markup(as_json(draw(rows)))


def rows_coloured(colours: dict[tuple[str, int], int], rows: Rows) -> Rows:
    """The rows, those of a segment of a study with the place of its `colour`; None for no segment."""
    return [row | {"colour": colours.get((row["study"], row["segment"]))} if "segment" in row else row for row in rows]


def rows_of(rows: Rows, **values: Any) -> Rows:
    """The rows whose columns have these values."""
    return [row for row in rows if all(row[column] == value for column, value in values.items())]


def rows_having(rows: Rows, column: str) -> Rows:
    """The rows with a value in a column."""
    return [row for row in rows if row[column] is not None]


def rows_at_dates(numbers: Numbers, rows: Rows, dates: Rows) -> Rows:
    """The rows at these dates, and their date as the page writes it, as the chooser does (`at`), and in days."""
    shown = {row["as_of_date"] for row in dates}
    return [
        row
        | {
            "at": row["as_of_date"].isoformat(),
            "date": numbers.short_day(row["as_of_date"]),
            "day": (row["as_of_date"] - date(1970, 1, 1)).days,
        }
        for row in rows
        if row["as_of_date"] in shown
    ]


def rows_written(numbers: Numbers, rows: Rows, column: str) -> Rows:
    """The rows, and a column of theirs in its unit as text, `figure`."""
    return [row | {"figure": numbers.in_unit(row[column], row["unit"])} for row in rows]


def rows_spanned(numbers: Numbers, rows: Rows) -> Rows:
    """The rows, and as `header` their label with the range of the values."""
    return [
        row | {"header": f"{row['label']}: {numbers.span(row['minimum'], row['maximum'], row['unit'])}"} for row in rows
    ]


def rows_by(rows: Rows, column: str) -> dict[Any, Rows]:
    """The rows by the value of a column, in the order in which the values come."""
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    return groups
