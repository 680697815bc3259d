"""Charts of what changed from date to date."""

import json
from typing import Any

import altair as alt

from report.charts.drawing import ROWS, Drawing
from report.charts.parts import segment_colour, small_multiples, tip, wide
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
    chart = chart.transform_calculate(date=_names(rows))
    return Drawing(wide(chart, 340), rows, ("segment", "persona", "day", "customers", "share"))


def figures(rows: Rows) -> Drawing:
    """A small chart of each key figure, with a line for each segment."""
    tooltip = [tip("header", "Figure"), tip("persona", "Persona"), tip("date", "Date"), tip("value", "Value", ",.3~r")]
    chart = alt.Chart(ROWS).mark_line(point={"size": 25})
    y = alt.Y("value:Q", title=None, axis=alt.Axis(tickCount=3, labelExpr=SHORT))
    chart = chart.encode(x=_days(rows), y=y, color=segment_colour(rows), tooltip=tooltip)
    chart = small_multiples(chart, 90).transform_calculate(date=_names(rows))
    return Drawing(chart, rows, ("segment", "persona", "header", "place", "day", "value"))


def _days(rows: Rows) -> alt.X:
    """Dates as far from one another as they are; labels that would overlap are left out, every second one first."""
    days = sorted({row["day"] for row in rows})
    axis = alt.Axis(values=days, labelExpr=_names(rows, "value"), labelOverlap="parity", labelFlush=True, grid=False)
    return alt.X("day:Q", title=None, axis=axis, scale=alt.Scale(zero=False, nice=False, padding=6))


def _names(rows: Rows, field: str = "day") -> str:
    """The date of a day, as the page writes it."""
    days = dict(sorted((row["day"], row["date"]) for row in rows))
    return f"{json.dumps(days, ensure_ascii=False)}[datum.{field}]"


def migration(rows: Rows) -> Drawing:
    """Who went from which segment (rows) to which (columns); what moved is coloured, who stayed is quiet."""
    tooltip = [
        tip("from_persona", "From"),
        tip("to_persona", "To"),
        tip("customers", "Customers", ",.0f"),
        tip("share", "Share of those it had", ".1%"),
        tip("expected", "To be expected", ",.1~f"),
    ]
    segments = [*sorted({row["from_segment"] for row in rows} - {0}), 0]
    base = alt.Chart(ROWS).encode(
        x=alt.X("to_segment:O", title="To", sort=segments, axis=_numbers("left", orient="top")),
        y=alt.Y("from_segment:O", title="From", sort=segments, axis=_numbers("came")),
        tooltip=tooltip,
    )
    largest = max(row["share"] or 0 for row in rows if row["from_segment"] != row["to_segment"])
    # never so dark that the numbers, in the colour of all text, could not be read on it
    strength = alt.Scale(domain=[0, largest or 1], range=[0, 0.45])
    cells = base.mark_rect(color=ACCENT, stroke="var(--line)").encode(
        fillOpacity=alt.FillOpacity("moved:Q", scale=strength, legend=None)
    )
    narrow = f"width < {78 * len(segments)}"  # too narrow for a second line
    number = base.mark_text(fontSize=12, dy=alt.ExprRef(f"{narrow} ? 0 : -7")).encode(text="number:N")
    second = base.mark_text(fontSize=11, dy=9, opacity=alt.ExprRef(f"{narrow} ? 0 : 1")).encode(text="second:N")
    chart = alt.layer(cells, number, second).transform_filter(CHOSEN)
    chart = chart.transform_calculate(
        moved="datum.from_segment == datum.to_segment ? null : datum.share",
        number="datum.customers ? format(datum.customers, ',') : ''",
        second="(datum.customers && datum.share != null ? format(datum.share, '.1%') : '')"
        " + (datum.expected ? ' (' + format(datum.expected, ',.1~f') + ')' : '')",
    )
    columns = ("at", "from_segment", "to_segment", "customers", "share", "expected")
    return Drawing(wide(_of_one_date(chart, rows), CELL_HEIGHT * len(segments)), rows, columns)


def _numbers(nobody: str, **options: Any) -> alt.Axis:
    """The numbers of the segments; 0 is no customer."""
    label = f"datum.value == 0 ? '{nobody}' : datum.value"
    return alt.Axis(labelExpr=label, labelAngle=0, ticks=False, domain=False, labelOverlap=False, **options)


def _of_one_date(chart: Any, rows: Rows) -> Any:
    """The chart of one date, the latest until the page's chooser says another; its tooltips have names."""
    names = json.dumps({row["from_segment"]: row["from_persona"] for row in rows}, ensure_ascii=False)
    chart = chart.transform_calculate(
        from_persona=f"{names}[datum.from_segment]", to_persona=f"{names}[datum.to_segment]"
    )
    return chart.add_params(alt.param(name="date", value=max(row["at"] for row in rows)))


def flow(rows: Rows) -> Drawing:
    """Bands from the segments before (left) to those after (right), as thick as customers are many."""
    colours = {row["from_segment"]: SEGMENT_COLOURS[row["colour"] - 1] if row["colour"] else QUIET for row in rows}
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    unseen = alt.Axis(labels=False, ticks=False, domain=False, grid=False)
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.14, 1.14], nice=False))
    y = alt.Y("low:Q", title=None, axis=unseen, scale=alt.Scale(reverse=True, nice=False))
    bands = alt.Chart().transform_calculate(x="sequence(0, 1.01, 0.1)").transform_flatten(["x"])
    bands = bands.transform_calculate(
        low="datum.a + (datum.b - datum.a) * datum.x * datum.x * (3 - 2 * datum.x)",  # leaves and arrives level
        high="datum.low + datum.customers",
    )
    bands = bands.mark_area().encode(
        x=x,
        y=y,
        y2="high:Q",
        detail="to_segment:N",
        color=alt.Color("from_segment:O", scale=scale, legend=None),
        opacity=alt.condition("datum.from_segment == datum.to_segment", alt.value(0.15), alt.value(0.75)),
        tooltip=[tip("from_persona", "From"), tip("to_persona", "To"), tip("customers", "Customers", ",.0f")],
    )
    # at each end a bar for each segment, with its number
    bars = (
        alt.Chart()
        .mark_rect(stroke="var(--panel)")
        .encode(x="x:Q", x2="x2:Q", y="low:Q", y2="high:Q", color=alt.Color("node:O", scale=scale, legend=None))
    )
    names = alt.Chart().mark_text().encode(x="beside:Q", y="middle:Q", text="name:N")
    ends = alt.layer(bars, names).transform_calculate(right="[0, 1]").transform_flatten(["right"])
    ends = ends.transform_calculate(
        node="datum.right ? datum.to_segment : datum.from_segment",
        low="datum.right ? datum.b : datum.a",
        high="datum.low + datum.customers",
    )
    ends = ends.transform_aggregate(low="min(low)", high="max(high)", groupby=["right", "node"])
    ends = ends.transform_joinaggregate(all="max(high)")
    ends = ends.transform_calculate(
        x="datum.right ? 1 : -0.03",
        x2="datum.x + 0.03",
        beside="datum.right ? 1.09 : -0.09",
        middle="(datum.low + datum.high) / 2",
        # no room for the number of a bar that is hardly higher than a line
        name="!datum.node ? (datum.right ? 'left' : 'came')"
        " : datum.high - datum.low < 0.03 * datum.all ? '' : datum.node",
    )
    chart = alt.layer(bands, ends, data=ROWS).transform_filter(CHOSEN)
    # one band below the other, at either end in the order of the segments there; 0, no customer, is the last
    chart = chart.transform_calculate(before="datum.from_segment || 1e6", after="datum.to_segment || 1e6")
    for start, end, order in (("a", "a2", ("before", "after")), ("b", "b2", ("after", "before"))):
        sort = [alt.SortField(field) for field in order]
        chart = chart.transform_stack(stack="customers", as_=[start, end], groupby=["at"], sort=sort)
    # who stayed first, so that the bands of the others lie on top
    drawn = sorted((row for row in rows if row["customers"]), key=lambda row: row["from_segment"] != row["to_segment"])
    columns = ("at", "from_segment", "to_segment", "customers")
    return Drawing(wide(_of_one_date(chart, rows), 340), drawn, columns)
