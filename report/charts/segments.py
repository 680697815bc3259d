"""Charts of one study: how many segments, how well they are apart, what they are like."""

import json
from typing import Any

import altair as alt

from report.charts.drawing import ROWS, Drawing
from report.charts.parts import (
    ROW,
    bars,
    count,
    feature_axis,
    heatmap,
    segment_axis,
    segment_colour,
    segments_of,
    small_multiples,
    tip,
    wide,
)
from report.charts.theme import ACCENT, QUIET, SHORT, Z_SCORES
from report.queries import Rows

K = alt.X("segments:O", title="Number of segments", axis=alt.Axis(labelAngle=0))
QUANTILES = {"p5": "5th percentile", "q1": "25th", "median": "Median", "q3": "75th", "p95": "95th percentile"}


def sizes(rows: Rows) -> Drawing:
    """Customers of each segment."""
    return bars(rows, "customers", "Customers", ",.0f")


def elbow(rows: Rows) -> Drawing:
    """Inertia by number of segments, with the number in force and the elbow."""
    y = alt.Y("inertia:Q", title="Inertia", axis=alt.Axis(labelExpr=SHORT, tickCount=5))
    tooltip = [tip("segments", "Segments"), tip("inertia", "Inertia", ",.0f")]
    base = alt.Chart(ROWS).encode(x=K, y=y, tooltip=tooltip)
    chart = alt.layer(base.mark_line(color=QUIET), *_marked(base, "datum.is_elbow", "elbow"))
    return Drawing(wide(chart, 220), rows, ("segments", "inertia", "is_elbow", "is_in_force"))


def silhouettes_by_k(rows: Rows) -> Drawing:
    """The silhouette by number of segments, and the one of a single crowd."""
    tooltip = [
        tip("segments", "Segments"),
        tip("silhouette", "Silhouette", ".3f"),
        tip("null_silhouette", "Of a single crowd", ".3f"),
        tip("stability", "Stability", ".2f"),
    ]
    base = alt.Chart(ROWS).encode(x=K, tooltip=tooltip)
    crowd = base.mark_line(color=QUIET, strokeDash=[5, 4]).encode(y="null_silhouette:Q")
    found = base.encode(y=alt.Y("silhouette:Q", title="Silhouette", scale=alt.Scale(domainMin=0)))
    chart = alt.layer(crowd, found.mark_line(color=ACCENT), *_marked(found, "datum.is_rule_choice", "the rule"))
    columns = ("segments", "silhouette", "null_silhouette", "stability", "is_rule_choice", "is_in_force")
    return Drawing(wide(chart, 220), rows, columns)


def _marked(base: alt.Chart, condition: str, label: str) -> list[alt.Chart]:
    """Points; the number in force is filled, and one for which a condition holds has a label."""
    return [
        base.mark_point(size=70, color=ACCENT, filled=False, strokeWidth=2, fill="var(--panel)"),
        base.mark_point(size=110, color=ACCENT, filled=True).encode(opacity=_where("datum.is_in_force", 1, 0)),
        base.mark_text(dy=-14).encode(text=_where(condition, label, "")),
    ]


def _where(condition: str, value: Any, other: Any) -> Any:
    """A value where a condition holds; a filter would leave nothing to scale where it holds nowhere."""
    return alt.condition(condition, alt.value(value), alt.value(other))


def silhouette_plot(rows: Rows) -> Drawing:
    """Silhouettes of each segment, sorted, one segment above the other; as high as the segment is large."""
    unlabelled = alt.Axis(labels=False, ticks=False)
    base = alt.Chart(ROWS)
    area = base.mark_area(orient="horizontal", opacity=0.85).encode(
        x=alt.X("silhouette:Q", title="Silhouette", axis=alt.Axis(tickCount=6)),
        y=alt.Y("height:Q", title="Customers", axis=unlabelled, scale=alt.Scale(reverse=True)),
        color=segment_colour(rows),
    )
    mean = base.mark_rule(strokeDash=[5, 4], color="currentColor").encode(x="min(mean_silhouette):Q")
    number = base.mark_text(align="left").encode(x=alt.value(2), y="mean(height):Q", text="segment:O")
    chart = alt.layer(area, mean, number)
    return Drawing(wide(chart, 260), rows, ("segment", "height", "silhouette", "mean_silhouette"))


def scatter(rows: Rows) -> Drawing:
    """Customers on the first two principal components; the page's legend sets which segments are `shown`."""
    names = {row["segment"]: row["persona"] for row in rows}
    scale = alt.Scale(zero=False)
    chart = alt.Chart(ROWS).mark_point(filled=True, size=28, opacity=0.75)
    chart = chart.encode(
        x=alt.X("component_1:Q", title="First component", scale=scale),
        y=alt.Y("component_2:Q", title="Second component", scale=scale),
        color=segment_colour(rows),
        tooltip=[tip("persona", "Persona"), tip("segment", "Segment")],
    )
    chart = chart.transform_calculate(persona=f"{json.dumps(names)}[datum.segment]")
    chart = chart.transform_filter("indexof(shown, datum.segment) >= 0")
    chart = chart.add_params(alt.param(name="shown", value=segments_of(rows)))
    return Drawing(wide(chart, 320), rows, ("segment", "component_1", "component_2"))


def profile_heatmap(rows: Rows) -> Drawing:
    """z-scores of the segments' means, feature by feature."""
    tooltip = [
        tip("persona", "Persona"),
        tip("label", "Feature"),
        tip("figure", "Mean"),
        tip("z_score", "z-score", ".2f"),
    ]
    base = alt.Chart(ROWS).encode(x=segment_axis(), y=feature_axis(), tooltip=tooltip)
    legend = alt.Legend(title="z-score", gradientLength=160)
    chart = heatmap(base, "z_score", Z_SCORES, legend, alt.Text("z_score:Q", format=".1f"), count(rows, "segment"))
    columns = ("segment", "persona", "label", "place", "z_score", "figure")
    return Drawing(wide(chart, ROW * count(rows, "label")), rows, columns)


def distributions(rows: Rows) -> Drawing:
    """Of each feature the middle half (bar), the median (tick) and the 5th to 95th percentile (line) by segment."""
    tooltip = [
        tip("header", "Feature"),
        tip("persona", "Persona"),
        *(tip(name, title, ",.3~r") for name, title in QUANTILES.items()),
    ]
    base = alt.Chart().encode(y=alt.Y("segment:O", title=None, axis=alt.Axis(ticks=False)), tooltip=tooltip)
    colour = segment_colour(rows)
    layers = alt.layer(
        base.mark_rule(opacity=0.6).encode(x=_quantile("p5"), x2="p95:Q", color=colour),
        base.mark_bar(size=9).encode(x=_quantile("q1"), x2="q3:Q", color=colour),
        base.mark_tick(size=15, thickness=2, color="currentColor").encode(x=_quantile("median")),
        data=ROWS,
    )
    chart = small_multiples(layers, 16 * count(rows, "segment"))
    return Drawing(chart, rows, ("segment", "persona", "header", "place", *QUANTILES))


def _quantile(name: str) -> Any:
    axis = alt.Axis(title=None, tickCount=3, labelExpr=SHORT)
    return alt.X(f"{name}:Q", axis=axis, scale=alt.Scale(zero=False))
