"""What a study's YAML says about its recipe, read from the models feature_catalog and study_settings."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from segmentation.arrow import Matrix


@dataclass(frozen=True)
class Recipe:
    """How the vectors of one study are scaled; every tuple and list has one entry a position (d)."""

    name: str
    """standard | median_fill | robust."""
    transforms: tuple[str, ...]
    """none | yeo_johnson (used by robust)."""
    weights: Matrix
    """What the z-score of each position is multiplied by, d numbers above 0."""
    variables: tuple[str, ...] = ()
    """Positions of one name are the categories of one variable and share a scale; empty: each stands for itself."""
    blocks: tuple[str, ...] = ()
    """Blocks of positions that are to weigh the same in a distance; empty: one block."""
    max_vif: float | None = None
    """Positions beyond this variance inflation factor are left out, one after the other; None: all are kept."""


def read_recipes(catalog: pa.Table, settings: pa.Table) -> dict[str, Recipe]:
    """The recipe of every study, for its clustered features."""
    recipes = {}
    for setting in settings.to_pylist():
        features = clustered_features(catalog, setting["study"])
        recipes[setting["study"]] = Recipe(
            name=setting["recipe"],
            transforms=tuple(r["transform"] or "none" for r in features),
            weights=np.array([1.0 if r["weight"] is None else float(r["weight"]) for r in features]),
            variables=tuple(r["variable"] for r in features),
            blocks=tuple(r["block"] for r in features),
            max_vif=setting["max_vif"],
        )
    return recipes


def clustered_features(catalog: pa.Table, study: str) -> list[dict[str, Any]]:
    """The catalog's rows of a study and role cluster, by position."""
    rows = [r for r in catalog.to_pylist() if r["study"] == study and r["role"] == "cluster"]
    return sorted(rows, key=lambda r: r["position"])
