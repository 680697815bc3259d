"""Charts of how far the segments can be trusted."""

import altair as alt

from report.charts.drawing import ROWS, Drawing
from report.charts.parts import BARS, ROW, count, feature_axis, heatmap, segment_colour, small_multiples, tip, wide
from report.charts.theme import ACCENT
from report.queries import Rows

AGREEMENT = alt.Scale(scheme="blues", domain=[0, 1])


def recipes(rows: Rows) -> Drawing:
    """How far the segments of every two recipes agree."""
    axis = alt.Axis(ticks=False, domain=False, labelAngle=-30, orient="top", labelLimit=120)
    base = alt.Chart(ROWS).encode(
        x=alt.X("label_b:N", title=None, axis=axis),
        y=alt.Y("label_a:N", title=None, axis=alt.Axis(ticks=False, domain=False)),
        tooltip=[tip("label_a", "Recipe"), tip("label_b", "and"), tip("agreement", "Adjusted Rand index", ".2f")],
    )
    legend = alt.Legend(title="Adjusted Rand index", gradientLength=160)
    cells = heatmap(base, "agreement", AGREEMENT, legend)
    ink = alt.condition("datum.agreement > 0.6", alt.value("white"), alt.value("black"))
    text = base.mark_text(fontSize=11).encode(text=alt.Text("agreement:Q", format=".2f"), color=ink)
    chart = wide(alt.layer(cells, text), BARS * count(rows, "label_a"))
    return Drawing(chart, rows, ("label_a", "label_b", "agreement"))


def features(rows: Rows) -> Drawing:
    """How much the segments change without a feature."""
    chart = alt.Chart(ROWS).mark_bar(color=ACCENT)
    chart = chart.encode(
        x=alt.X("change:Q", title="1 - adjusted Rand index", scale=alt.Scale(domainMax=1)),
        y=feature_axis(),
        tooltip=[tip("label", "Left out"), tip("agreement", "Adjusted Rand index", ".2f")],
    )
    return Drawing(wide(chart, ROW * count(rows, "label")), rows, ("label", "place", "agreement", "change"))


def fairness(rows: Rows) -> Drawing:
    """How many times as often as everybody the members of a group are in a segment, with the 95 % interval."""
    low, high, limit = 0.05, 20, rows[0]["fairness_ratio"]
    # a little wider than what is shown, so that no mark lies on the axis
    scale = alt.Scale(type="log", domain=[low / 1.25, high * 1.25])
    axis = alt.Axis(title=None, values=[0.1, 0.5, 1, 2, 10], format="~g")
    tooltip = [
        tip("header", "Group"),
        tip("persona", "Persona"),
        tip("segment_share", "Share of the segment", ".1%"),
        tip("population_share", "Share of everybody", ".1%"),
        tip("ratio", "Ratio", ".2f"),
        tip("ratio_lower", "from", ".2f"),
        tip("ratio_upper", "to", ".2f"),
    ]
    base = alt.Chart().encode(y=alt.Y("segment:O", title=None, axis=alt.Axis(ticks=False)), color=segment_colour(rows))
    base = base.encode(tooltip=tooltip)
    bound = alt.Chart().mark_rule(strokeDash=[4, 4], opacity=0.5, color="currentColor")
    layers = alt.layer(
        bound.encode(x=alt.datum(limit, scale=scale)),
        bound.encode(x=alt.datum(1 / limit, scale=scale)),
        base.mark_rule(strokeWidth=2).encode(x=alt.X("shown_lower:Q", scale=scale, axis=axis), x2="shown_upper:Q"),
        base.mark_point(size=45, strokeWidth=2).encode(
            x=alt.X("shown:Q", scale=scale, axis=axis),
            fillOpacity=alt.condition("datum.is_flagged", alt.value(1), alt.value(0)),
            fill=segment_colour(rows),
        ),
        data=ROWS,
    )
    columns = ("segment", "persona", "header", "place", "segment_share", "population_share", "ratio", "ratio_lower")
    chart = small_multiples(layers, 16 * count(rows, "segment")).transform_calculate(
        shown=f"clamp(datum.ratio, {low}, {high})",
        shown_lower=f"clamp(datum.ratio_lower, {low}, {high})",
        shown_upper=f"clamp(datum.ratio_upper, {low}, {high})",
    )
    return Drawing(chart, rows, (*columns, "ratio_upper", "is_flagged"))
