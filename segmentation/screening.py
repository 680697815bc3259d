"""What each clustered feature of a study is worth to a segmentation: how much is missing, how much it varies, what it
repeats of the others, and what a selection by variance inflation factors keeps."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from segmentation.arrow import SCREENING, Mask, Matrix, by_version
from segmentation.catalog import Recipe, clustered_features, read_recipes
from segmentation.inflation import TIE, correlations, of_others, select_by_vif, variance_inflation
from segmentation.parallel import one_thread
from segmentation.scaling import fit_recipe, scaled_by


def screen_features(sample: pa.Table, catalog: pa.Table, settings: pa.Table) -> pa.Table:
    """One row of SCREENING for each version of the training sample and clustered feature.

    `sample`, `catalog` and `settings`: as for `fit_scaling`; settings also with screening_max_vif, the same in every
    row. Without a sample nothing is computed nor scikit-learn imported. Raises ValueError as `fit_recipe`.
    """
    tables = [SCREENING.empty_table()]
    if sample.num_rows:
        one_thread()
        recipes = read_recipes(catalog, settings)
    for study, version, x in by_version(sample, "features"):
        features = [row["feature"] for row in clustered_features(catalog, study)]
        figures = screen(x, recipes[study], features, settings["screening_max_vif"][0].as_py())
        key = {"study": [study] * len(features), "model_version": [version] * len(features)}
        tables.append(pa.Table.from_pydict(key | figures, schema=SCREENING))
    return pa.concat_tables(tables)


def screen(x: Matrix, recipe: Recipe, features: list[str], limit: float) -> dict[str, list[Any]]:
    """The columns of SCREENING after the key, d values each, for x (n x d, NaN where a value is missing).

    Correlations and factors are of the values that the recipe has filled, clipped and transformed; shift, scale and
    weight do not change them.
    """
    scaling, z = fit_recipe(x, recipe)
    if recipe.max_vif is not None:  # what is left out does not vary in z
        z = scaled_by(replace(recipe, max_vif=None), x)
    correlation = correlations(z)
    dropped, within = select_by_vif(correlation, recipe.variables, limit)
    positions = range(len(features))
    others = of_others(recipe.variables, len(features))
    nearest = [_nearest(correlation[j], others[j]) for j in positions]
    return {
        "position": [j + 1 for j in positions],
        "feature": features,
        "missing_share": np.isnan(x).mean(axis=0).tolist(),
        "variance": np.nanvar(x, axis=0).tolist(),
        "largest_correlation": [None if other is None else correlation[j, other] for j, other in enumerate(nearest)],
        "correlated_with": [None if other is None else features[other] for other in nearest],
        "vif": variance_inflation(correlation, recipe.variables).tolist(),
        "screening_max_vif": [limit for _ in positions],
        "is_kept": [j not in dropped for j in positions],
        "vif_kept": [None if j in dropped else within[j] for j in positions],
        "dropped_as": [dropped.index(j) + 1 if j in dropped else None for j in positions],
        "is_clustered": np.isfinite(scaling.scale).tolist(),
    }


def _nearest(correlation: Matrix, others: Mask) -> int | None:
    """The position among `others` with the largest absolute correlation (of equals the first), None if all are 0."""
    size = np.where(others, np.abs(correlation), 0)
    return int(np.argmax(size >= size.max() * (1 - TIE))) if size.max() > 0 else None
