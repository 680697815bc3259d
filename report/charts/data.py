"""Charts of the data behind a study."""

import altair as alt

from report.charts.drawing import ROWS, Drawing
from report.charts.parts import count, feature_axis, heatmap, small_multiples, tip, wide
from report.charts.theme import ACCENT, CORRELATIONS
from report.queries import Rows


def histograms(rows: Rows) -> Drawing:
    """How many customers have which value, feature by feature; all bins are equally wide, whatever they span."""
    chart = alt.Chart(ROWS).mark_bar(color=ACCENT)
    chart = chart.encode(
        x=alt.X("bin:O", title=None, axis=None, scale=alt.Scale(paddingInner=0.08)),
        y=alt.Y("share:Q", title=None, axis=alt.Axis(format=".0%", tickCount=3)),
        tooltip=[
            tip("header", "Feature"),
            tip("bin_label", "Values"),
            tip("customers", "Customers", ",.0f"),
            tip("share", "Share", ".1%"),
        ],
    )
    columns = ("header", "place", "bin", "bin_label", "share", "customers")
    return Drawing(small_multiples(chart, 90), rows, columns)


def correlations(rows: Rows) -> Drawing:
    """Spearman's correlation of every two features."""
    turned = alt.Axis(ticks=False, domain=False, labelAngle=-60, labelLimit=130)
    base = alt.Chart(ROWS).encode(
        x=alt.X("label_b:N", title=None, sort=alt.EncodingSortField("position_b"), axis=turned),
        y=feature_axis("label_a", "position_a"),
        tooltip=[
            tip("label_a", "Feature"),
            tip("label_b", "and"),
            tip("spearman", "Spearman", ".2f"),
            tip("pearson", "Pearson", ".2f"),
        ],
    )
    chart = heatmap(base, "spearman", CORRELATIONS, alt.Legend(title="Spearman", gradientLength=160))
    columns = ("label_a", "label_b", "position_a", "position_b", "pearson", "spearman")
    return Drawing(wide(chart, 18 * count(rows, "label_a")), rows, columns)
