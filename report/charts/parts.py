"""Parts that several charts are made of."""

import json
from typing import Any

import altair as alt

from report.charts.drawing import ROWS, Drawing
from report.charts.theme import SEGMENT_COLOURS
from report.queries import Rows

ROW = 22
BARS = 26
CELL = 27


def wide(chart: Any, height: int) -> Any:
    """The chart as wide as the page lets it be."""
    return chart.properties(width="container", height=height)


def count(rows: Rows, column: str) -> int:
    """How many different values a column has."""
    return len({row[column] for row in rows})


def segments_of(rows: Rows) -> list[int]:
    """The numbers of the segments in some rows, ascending."""
    return sorted({row["segment"] for row in rows})


def segment_colour(rows: Rows) -> alt.Color:
    """A segment's colour, the same in every chart; the page has the legend."""
    colours = dict(sorted((row["segment"], SEGMENT_COLOURS[row["colour"] - 1]) for row in rows))
    return alt.Color("segment:O", scale=alt.Scale(domain=list(colours), range=list(colours.values())), legend=None)


def persona_axis(rows: Rows, segment: str = "segment", persona: str = "persona") -> alt.Y:
    """A row for each segment, labelled with its number and persona."""
    names = {row[segment]: f"{row[segment]}  {row[persona]}" for row in rows}
    axis = alt.Axis(ticks=False, domain=False, labelLimit=170, labelExpr=f"{json.dumps(names)}[datum.value]")
    return alt.Y(f"{segment}:O", title=None, axis=axis)


def segment_axis(segment: str = "segment", title: str = "Segment") -> alt.X:
    """A column for each segment, headed by its number."""
    return alt.X(f"{segment}:O", title=title, axis=alt.Axis(orient="top", labelAngle=0, ticks=False, domain=False))


def feature_axis(label: str = "label", place: str = "place") -> alt.Y:
    """A row for each feature, in the order of the catalogue."""
    axis = alt.Axis(ticks=False, domain=False, labelLimit=160)
    return alt.Y(f"{label}:N", title=None, sort=alt.EncodingSortField(place), axis=axis)


def tip(field: str, title: str, number_format: str | None = None) -> alt.Tooltip:
    """A line of a tooltip."""
    if number_format is None:
        return alt.Tooltip(field=field, title=title)  # a name, which Vega-Lite takes it for
    return alt.Tooltip(f"{field}:Q", title=title, format=number_format)


def bars(rows: Rows, figure: str, title: str, number_format: str) -> Drawing:
    """One figure of each segment as a bar with its value."""
    largest = max(row[figure] for row in rows)
    smallest = min(row[figure] for row in rows)
    # A fifth of room for the value beside the longest bar; a scale needs some length even if all are 0.
    room = alt.Scale(domain=[min(0, 1.2 * smallest), max(0, 1.2 * largest) or 1], nice=False)
    base = alt.Chart(ROWS).encode(
        x=alt.X(f"{figure}:Q", title=title, scale=room, axis=alt.Axis(tickCount=4, format=number_format)),
        y=persona_axis(rows),
        tooltip=[tip("persona", "Persona"), tip(figure, title, number_format)],
    )
    bar = base.mark_bar().encode(color=segment_colour(rows))
    text = base.mark_text(align="left", dx=4).encode(text=alt.Text(f"{figure}:Q", format=number_format))
    return Drawing(wide(alt.layer(bar, text), BARS * len(rows)), rows, ("segment", "persona", figure))


def heatmap(
    base: alt.Chart, figure: str, scale: alt.Scale, legend: alt.Legend, text: alt.Text | None = None, columns: int = 1
) -> Any:
    """Coloured cells and, if asked for, a text in each: white where the cell is dark, none where it is narrow."""
    cells = base.mark_rect().encode(color=alt.Color(f"{figure}:Q", scale=scale, legend=legend))
    if text is None:
        return cells
    ink = alt.condition(f"abs(datum['{figure}']) > 1.4", alt.value("white"), alt.value("black"))
    shown = alt.ExprRef(f"width < {CELL * columns} ? 0 : 1")
    return alt.layer(cells, base.mark_text(fontSize=11, opacity=shown).encode(text=text, color=ink))


def small_multiples(chart: Any, height: int) -> Any:
    """A small chart for each `header`, each on its own scale; the page sets how many fit side by side."""
    titles = alt.Header(title=None, labelLimit=230, labelPadding=2)
    facet = alt.Facet("header:N", sort=alt.EncodingSortField("place"), header=titles)
    faceted = chart.properties(width=190, height=height).facet(facet=facet, columns=4)
    return faceted.resolve_scale(x="independent", y="independent")
