"""Colours and fonts of all charts."""

from typing import Any

import altair as alt

# The page sets these colours (page.css), for light and dark; they differ for colour-blind people as well.
SEGMENT_COLOURS = [f"var(--segment-{number})" for number in range(1, 11)]
# Credit score bands, from risky to safe; the first for customers without a score.
BAND_COLOURS = ["var(--quiet)", *(f"var(--band-{number})" for number in range(1, 6))]
ACCENT = "var(--accent)"
QUIET = "var(--quiet)"

Z_SCORES = alt.Scale(scheme="blueorange", domain=[-2, 2], domainMid=0, clamp=True)
CORRELATIONS = alt.Scale(scheme="blueorange", domain=[-1, 1], domainMid=0)
# Ratios are coloured by their binary logarithm: half is as far from 1 as twice is.
RATIOS = Z_SCORES
RATIO_LABELS = "format(pow(2, datum.value), '.2~f')"

# Three or more digits shorten to 12k; d3's own short form would write .05 as 50m.
SHORT = "abs(datum.value) >= 1000 ? format(datum.value, '~s') : format(datum.value, ',.3~r')"

_TEXT = {"labelColor": "currentColor", "titleColor": "currentColor", "labelFontSize": 12, "titleFontSize": 12}

CONFIG: dict[str, Any] = {
    "background": None,
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        **_TEXT,
        "titleFontWeight": "normal",
        "domainColor": "currentColor",
        "tickColor": "currentColor",
        "gridColor": "currentColor",
        "domainOpacity": 0.4,
        "tickOpacity": 0.4,
        "gridOpacity": 0.12,
    },
    "legend": {**_TEXT, "titleFontWeight": "normal", "orient": "bottom", "columns": 3, "labelLimit": 220},
    "header": _TEXT,
    "text": {"fontSize": 12, "fill": "currentColor"},
}
