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
    spec = shared(drawing.chart.to_dict())
    for known in ("config", "$schema"):  # the page passes CONFIG to all charts, and says that they are Vega-Lite
        spec.pop(known, None)
    data = {column: packed(drawing.rows, column) for column in drawing.columns}
    return script_json(spec | {"datasets": {ROWS.name: data}})


def shared(spec: Any) -> Any:
    """The chart, what all of its layers draw alike said once: else a sixth of the page's charts is repetition."""
    if isinstance(spec, list):
        return [shared(part) for part in spec]
    if not isinstance(spec, dict):
        return spec
    spec = {key: shared(part) for key, part in spec.items()}
    encodings = [layer.get("encoding", {}) for layer in spec.get("layer", [])]
    common = {key: part for key, part in (encodings or [{}])[0].items() if all(e.get(key) == part for e in encodings)}
    if common:
        for layer in spec["layer"]:
            layer["encoding"] = {key: part for key, part in layer["encoding"].items() if key not in common}
        spec["encoding"] = common
    return spec


def packed(rows: Rows, column: str) -> Any:
    """The values of a column, or what is shorter: each once (`of`), with the place of each row's value (`at`)."""
    values = [row[column] for row in rows]
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    once = {"of": list(places), "at": [places[value] for value in values]}
    return min(values, once, key=lambda form: len(json.dumps(form, separators=(",", ":"))))


def script_json(value: Any) -> str:
    """JSON that can stand in a script element: without `<` no text opens or ends a tag. NaN raises ValueError."""
    text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")
