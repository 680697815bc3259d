"""Charts of what the segments are worth, and how risky."""

import altair as alt

from report.charts.drawing import ROWS, Drawing
from report.charts.parts import BARS, ROW, bars, count, heatmap, persona_axis, segment_axis, tip, wide
from report.charts.theme import BAND_COLOURS, RATIO_LABELS, RATIOS, SEGMENT_COLOURS
from report.queries import Rows

SOURCES = ["Interest", "Interchange", "Cash-advance fees"]


def clv(rows: Rows) -> Drawing:
    """The mean CLV proxy of each segment."""
    return bars(rows, "clv_mean", "Mean CLV proxy", "$,.0f")


def digital(rows: Rows) -> Drawing:
    """The share of high digital adoption among the customers with an app usage score."""
    return bars(rows, "digital_share", "Share of those with an app usage score", ".0%")


def spend_fell(rows: Rows) -> Drawing:
    """The share of those whose card spend fell among the customers who spent before."""
    return bars(rows, "spend_fell_share", "Share of those who spent before", ".0%")


def risk_bands(rows: Rows) -> Drawing:
    """Shares of the credit score bands, stacked to the whole segment."""
    bands = dict(sorted({row["band_position"]: row["credit_score_band"] for row in rows}.items()))
    colours = [BAND_COLOURS[min(position, len(BAND_COLOURS) - 1)] for position in bands]
    columns = ("segment", "persona", "credit_score_band", "band_position", "share_of_segment")
    colour = _parts("credit_score_band", list(bands.values()), colours)
    return _stacked(rows, columns, "Share of the segment", ".0%", colour)


def revenue(rows: Rows) -> Drawing:
    """Card revenue of each segment by its source."""
    colours = [SEGMENT_COLOURS[0], SEGMENT_COLOURS[3], SEGMENT_COLOURS[1]]
    columns = ("segment", "persona", "source", "place", "amount")
    return _stacked(rows, columns, "Card revenue a year", "$,.0f", _parts("source", SOURCES, colours))


def _parts(field: str, names: list[str], colours: list[str]) -> alt.Color:
    return alt.Color(f"{field}:N", title=None, sort=names, scale=alt.Scale(domain=names, range=colours))


def _stacked(
    rows: Rows, columns: tuple[str, str, str, str, str], title: str, number_format: str, colour: alt.Color
) -> Drawing:
    """Bars of a figure, the last of the columns, in parts named by the third and ordered by the fourth."""
    part, order, figure = columns[2:]
    chart = alt.Chart(ROWS).mark_bar()
    chart = chart.encode(
        x=alt.X(f"{figure}:Q", stack=True, title=title, axis=alt.Axis(tickCount=4, format=number_format)),
        y=persona_axis(rows),
        color=colour,
        order=alt.Order(f"{order}:Q"),
        tooltip=[tip("persona", "Persona"), tip(part, "Part"), tip(figure, title, number_format)],
    )
    return Drawing(wide(chart, BARS * count(rows, "segment")), rows, columns)


def spending(rows: Rows) -> Drawing:
    """Spend a customer by category; the colour says how much more the segment spends there than everybody does."""
    tooltip = [
        tip("persona", "Persona"),
        tip("category", "Category"),
        tip("spend_per_customer", "Spend a customer", "$,.0f"),
        tip("share_of_segment", "Share of its spend", ".1%"),
        tip("affinity", "Times everybody's share", ".2f"),
    ]
    y = alt.Y("category:N", title=None, axis=alt.Axis(ticks=False, domain=False))
    base = alt.Chart(ROWS).encode(x=segment_axis(), y=y, tooltip=tooltip)
    legend = ratio_legend("Times everybody's share")
    chart = heatmap(
        base, "affinity_log2", RATIOS, legend, alt.Text("spend_per_customer:Q", format="$,.0f"), count(rows, "segment")
    )
    columns = ("segment", "persona", "category", "spend_per_customer", "share_of_segment", "affinity", "affinity_log2")
    return Drawing(wide(chart, ROW * count(rows, "category")), rows, columns)


def ratio_legend(title: str) -> alt.Legend:
    """The legend of ratios that are coloured by their binary logarithm."""
    return alt.Legend(title=title, gradientLength=160, values=[-2, -1, 0, 1, 2], labelExpr=RATIO_LABELS)
