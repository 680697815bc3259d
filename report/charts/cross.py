"""Charts of how the segments of two studies go together."""

import altair as alt

from report.charts.business import ratio_legend
from report.charts.drawing import ROWS, Drawing
from report.charts.parts import BARS, count, heatmap, persona_axis, segment_axis, tip, wide
from report.charts.theme import RATIOS
from report.queries import Rows


def lift(rows: Rows) -> Drawing:
    """Customers in two segments at once: the number, and how many times as many as chance would bring together."""
    title_a, title_b = rows[0]["title_a"], rows[0]["title_b"]
    tooltip = [
        tip("persona_a", title_a),
        tip("persona_b", title_b),
        tip("customers", "Customers", ",.0f"),
        tip("share_of_a", f"Share of the segment of {title_a}", ".1%"),
        tip("lift", "Lift", ".2f"),
    ]
    base = alt.Chart(ROWS).encode(
        x=segment_axis("segment_b", f"Segment of {title_b}"),
        y=persona_axis(rows, "segment_a", "persona_a"),
        tooltip=tooltip,
    )
    chart = heatmap(
        base,
        "lift_log2",
        RATIOS,
        ratio_legend("Lift"),
        alt.Text("customers:Q", format=",.0f"),
        count(rows, "segment_b"),
    )
    columns = ("segment_a", "persona_a", "segment_b", "persona_b", "customers", "share_of_a", "lift", "lift_log2")
    return Drawing(wide(chart, BARS * count(rows, "segment_a")), rows, columns)
