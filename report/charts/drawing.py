"""A chart and its data, and how both become JSON for the page."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from report.queries import Rows

ROWS = alt.NamedData(name="rows")


@dataclass(frozen=True)
class Drawing:
    """A chart of the data named ROWS, and the columns of the rows that it draws."""

    chart: Any
    rows: Rows
    columns: Sequence[str]


def as_json(drawing: Drawing) -> str:
    """The chart with its data; raises altair's SchemaValidationError where the chart is no Vega-Lite."""
    spec = drawing.chart.to_dict()
    spec.pop("config", None)  # Altair's own; the page passes CONFIG to all charts
    data = {column: packed(drawing.rows, column) for column in drawing.columns}
    return script_json(spec | {"datasets": {ROWS.name: data}})


def packed(rows: Rows, column: str) -> Any:
    """The values of a column: numbers as they are, texts once each (`of`), with the place of each row's text (`at`)."""
    values = [row[column] for row in rows]
    if not any(isinstance(value, str) for value in values):
        return values
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    return {"of": list(places), "at": [places[value] for value in values]}


def script_json(value: Any) -> str:
    """JSON that can stand in a script element: without `<` no text opens or ends a tag. NaN raises ValueError."""
    text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")
