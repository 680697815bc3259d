"""What a study's YAML says about its recipe, read from the models feature_catalog and study_settings."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from segmentation.arrow import Matrix


@dataclass(frozen=True)
class Recipe:
    """How the vectors of one study are scaled."""

    name: str
    """standard | robust."""
    transforms: tuple[str, ...]
    """none | yeo_johnson, one a position (used by robust)."""
    weights: Matrix
    """What the z-score of each position is multiplied by, d numbers above 0."""


def read_recipes(catalog: pa.Table, settings: pa.Table) -> dict[str, Recipe]:
    """The recipe of every study; its features are the catalog's rows of role cluster, by position."""
    rows = sorted((r for r in catalog.to_pylist() if r["role"] == "cluster"), key=lambda r: r["position"])
    recipes = {}
    for setting in settings.to_pylist():
        features = [r for r in rows if r["study"] == setting["study"]]
        recipes[setting["study"]] = Recipe(
            name=setting["recipe"],
            transforms=tuple(r["transform"] or "none" for r in features),
            weights=np.array([1.0 if r["weight"] is None else float(r["weight"]) for r in features]),
        )
    return recipes
