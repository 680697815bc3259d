"""What the form "Where does this customer belong?" needs of a model, as JSON."""

import math
from typing import Any

from report.queries import Row, Rows


def form_models(models: Rows, features: Rows, personas: Rows) -> list[dict[str, Any]]:
    """One model a study: how its features are prepared and scaled, its centres, and its personas.

    A feature that the model leaves out (var max_vif) has an infinite scale, which JSON cannot hold; its scale is
    None. Its personas are in the order of its centres.
    """
    names = {(p["study"], p["segment"]): {name: p[name] for name in ("segment", "persona", "colour")} for p in personas}
    return [
        {
            "study": model["study"],
            "outlier": model["distance_p99"],
            "centres": model["centres"],
            "personas": [names[model["study"], segment] for segment in model["segment_numbers"]],
            "features": [_feature(model, place, row) for place, row in enumerate(_of(features, model))],
        }
        for model in models
    ]


def _of(rows: Rows, model: Row) -> Rows:
    return [row for row in rows if row["study"] == model["study"]]


def _feature(model: Row, place: int, feature: Row) -> dict[str, Any]:
    scale = model["scale"][place]
    return {
        "name": feature["feature"],
        "label": feature["label"],
        "fill": model["fill"][place],
        "lower": model["lower"][place],
        "upper": model["upper"][place],
        "lambda": model["lambdas"][place],
        "mean": model["mean"][place],
        "scale": scale if math.isfinite(scale) else None,
    }
