"""Charts of what changed from date to date."""

import json
from typing import Any

import altair as alt

from report.charts.drawing import ROWS, Drawing
from report.charts.parts import count, segment_colour, small_multiples, tip, wide
from report.charts.theme import ACCENT, QUIET, SEGMENT_COLOURS, SHORT
from report.queries import Rows

CHOSEN = "datum.at == date"
CELL_HEIGHT = 40


def sizes(rows: Rows) -> Drawing:
    """Customers of each segment at each date."""
    tooltip = [
        tip("persona", "Persona"),
        tip("date", "Date"),
        tip("customers", "Customers", ",.0f"),
        tip("share", "Share", ".1%"),
    ]
    chart = alt.Chart(ROWS).mark_line(point={"size": 45})
    y = alt.Y("customers:Q", title="Customers", axis=alt.Axis(tickCount=5, format=",.0f"))
    chart = chart.encode(x=_days(rows), y=y, color=segment_colour(rows), tooltip=tooltip)
    return Drawing(wide(chart, 260), rows, ("segment", "persona", "day", "date", "customers", "share"))


def figures(rows: Rows) -> Drawing:
    """A small chart of each key figure, with a line for each segment."""
    tooltip = [tip("header", "Figure"), tip("persona", "Persona"), tip("date", "Date"), tip("figure", "Value")]
    chart = alt.Chart(ROWS).mark_line(point={"size": 25})
    y = alt.Y("value:Q", title=None, axis=alt.Axis(tickCount=3, labelExpr=SHORT))
    chart = chart.encode(x=_days(rows), y=y, color=segment_colour(rows), tooltip=tooltip)
    columns = ("segment", "persona", "header", "place", "day", "date", "value", "figure")
    return Drawing(small_multiples(chart, 90), rows, columns)


def _days(rows: Rows) -> alt.X:
    """Dates as far from one another as they are, written as the page writes them."""
    days = dict(sorted((row["day"], row["date"]) for row in rows))
    names = f"{json.dumps(days, ensure_ascii=False)}[datum.value]"
    # labels that would overlap are left out, from the second on
    axis = alt.Axis(values=list(days), labelExpr=names, labelOverlap="parity", labelFlush=True, grid=False)
    return alt.X("day:Q", title=None, axis=axis, scale=alt.Scale(zero=False, nice=False, padding=6))


def migration(rows: Rows) -> Drawing:
    """Who went from which segment (rows) to which (columns); what moved is coloured, who stayed is quiet."""
    shown = [row | {"moved": row["share_of_from"] if row["from_segment"] != row["to_segment"] else None} for row in rows]
    tooltip = [
        tip("from_persona", "From"),
        tip("to_persona", "To"),
        tip("customers", "Customers", ",.0f"),
        tip("share_of_from", "Share of those it had", ".1%"),
        tip("expected_customers", "Expected of the border", ",.1~f"),
    ]
    segments = [*sorted({row["from_segment"] for row in rows} - {0}), 0]
    base = alt.Chart(ROWS).encode(
        x=alt.X("to_segment:O", title="To", sort=segments, axis=_numbers("left", orient="top")),
        y=alt.Y("from_segment:O", title="From", sort=segments, axis=_numbers("came")),
        tooltip=tooltip,
    )
    largest = max((row["moved"] or 0 for row in shown), default=0)
    # never so dark that the numbers, in the colour of all text, could not be read on it
    strength = alt.Scale(domain=[0, largest or 1], range=[0, 0.45])
    legend = alt.Legend(title="Share of those the segment had", format=".0%", symbolType="square", values=[0.05, largest])
    cells = base.mark_rect(color=ACCENT, stroke="var(--line)", strokeOpacity=1).encode(
        fillOpacity=alt.FillOpacity("moved:Q", scale=strength, legend=legend)
    )
    # a second line where the columns are wide enough
    room = alt.ExprRef(f"width < {78 * len(segments)} ? 0 : 1")
    number = base.mark_text(fontSize=12, dy=alt.ExprRef(f"width < {78 * len(segments)} ? 0 : -7")).encode(text="number:N")
    share = base.mark_text(fontSize=11, dy=9, opacity=room).encode(text="second:N")
    chart = alt.layer(cells, number, share)
    chart = chart.transform_filter(CHOSEN).transform_calculate(
        number="datum.customers > 0 ? format(datum.customers, ',') : ''",
        second="(datum.customers > 0 && datum.share_of_from != null ? format(datum.share_of_from, '.1%') : '')"
        " + (datum.expected_customers > 0 ? ' (' + format(datum.expected_customers, ',.1~f') + ')' : '')",
    )
    columns = ("at", "from_segment", "from_persona", "to_segment", "to_persona", "customers", "share_of_from", "moved")
    return Drawing(wide(dated(chart, rows), CELL_HEIGHT * len(segments)), shown, (*columns, "expected_customers"))


def _numbers(nobody: str, **options: Any) -> alt.Axis:
    """The numbers of the segments; 0 is no customer."""
    label = f"datum.value == 0 ? '{nobody}' : datum.value"
    return alt.Axis(labelExpr=label, labelAngle=0, ticks=False, domain=False, labelOverlap=False, **options)


def dated(chart: Any, rows: Rows) -> Any:
    """The chart of one date, the latest until the page's chooser says another."""
    return chart.add_params(alt.param(name="date", value=max(row["at"] for row in rows)))


def flow(rows: Rows) -> Drawing:
    """Bands from the segments before (left) to those after (right), as thick as customers are many."""
    segments = sorted({row["from_segment"] for row in rows})
    colours = {row["from_segment"]: SEGMENT_COLOURS[row["colour"] - 1] if row["colour"] else QUIET for row in rows}
    scale = alt.Scale(domain=segments, range=[colours[segment] for segment in segments])
    y = alt.Axis(labels=False, ticks=False, domain=False, grid=False)
    x = alt.X("t:Q", axis=None, scale=alt.Scale(domain=[-0.08, 1.08], nice=False))
    tooltip = [tip("from_persona", "From"), tip("to_persona", "To"), tip("customers", "Customers", ",.0f")]
    bands = (
        alt.Chart()
        .transform_calculate(t="sequence(0, 1.01, 0.1)")
        .transform_flatten(["t"])
        # a curve that leaves and arrives level
        .transform_calculate(
            low="datum.a + (datum.b - datum.a) * datum.t * datum.t * (3 - 2 * datum.t)",
            high="datum.low + datum.customers",
        )
        .mark_area()
        .encode(
            x=x,
            y=alt.Y("low:Q", title=None, axis=y, scale=alt.Scale(reverse=True, nice=False)),
            y2="high:Q",
            detail=["from_segment:N", "to_segment:N"],
            color=alt.Color("from_segment:O", scale=scale, legend=None),
            opacity=alt.condition("datum.from_segment == datum.to_segment", alt.value(0.15), alt.value(0.75)),
            tooltip=tooltip,
        )
    )
    ends = [
        part
        for segment, low, high, left, right, place, nobody in (
            ("from_segment", "a", "a2", -0.03, 0, -0.055, "came"),
            ("to_segment", "b", "b2", 1, 1.03, 1.055, "left"),
        )
        for part in _end(segment, low, high, (left, right), place, nobody, scale)
    ]
    chart = (
        alt.layer(bands, *ends, data=ROWS)
        .transform_filter(CHOSEN)
        .transform_stack(stack="customers", as_=["a", "a2"], groupby=["at"], sort=_order("from_segment", "to_segment"))
        .transform_stack(stack="customers", as_=["b", "b2"], groupby=["at"], sort=_order("to_segment", "from_segment"))
    )
    drawn = [row for row in rows if row["customers"]]
    columns = ("at", "from_segment", "from_persona", "to_segment", "to_persona", "customers")
    return Drawing(wide(dated(chart, rows), 340), drawn, columns)


def _order(first: str, second: str) -> list[alt.SortField]:
    return [alt.SortField(first), alt.SortField(second)]


def _end(segment: str, low: str, high: str, x: tuple[float, float], place: float, nobody: str, scale: Any) -> list[Any]:
    """The bar of each segment at one end of the bands, and its number."""
    base = alt.Chart().transform_aggregate(low=f"min({low})", high=f"max({high})", groupby=[segment])
    bar = base.mark_rect(stroke="var(--panel)").encode(
        x=alt.X("x:Q"), x2="x2:Q", y="low:Q", y2="high:Q", color=alt.Color(f"{segment}:O", scale=scale, legend=None)
    )
    bar = bar.transform_calculate(x=str(x[0]), x2=str(x[1]))
    number = base.transform_calculate(
        x=str(place), y="(datum.low + datum.high) / 2", name=f"datum.{segment} == 0 ? '{nobody}' : datum.{segment}"
    )
    return [bar, number.mark_text(align="center").encode(x="x:Q", y="y:Q", text="name:N")]
