"""Do the segments hang on the recipe, or on one of the features?

Beside the recipes that a study can have stand two more: `log1p` (sign(x) log(1 + |x|), z-score) and `rank` (mean
ranks, z-score: only the order of the values counts). Each is fitted on the same customers with the number of
segments in force; its silhouette, null silhouette and stability are measured in its own space, as in structure.py
but with fewer draws, and the segments compared by the adjusted Rand index (Hubert & Arabie 1985, Journal of
Classification 2).

Leave-one-out: the same recipe without one feature (all categories of a categorical one) against the full set.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from segmentation.arrow import SENSITIVITY, Labels, Mask, Matrix
from segmentation.catalog import Recipe, clustered_features, read_recipes
from segmentation.inflation import constant
from segmentation.kmeans import distinct_rows, kmeans
from segmentation.parallel import one_thread, run
from segmentation.samples import Sample, read_samples
from segmentation.scaling import scaled_by, with_nulls
from segmentation.structure import measure_structure

COMPARED = ("standard", "robust", "log1p", "rank")
STARTS = 10
REFITS = 5
NULLS = 3


@dataclass(frozen=True)
class Trial:
    """What one recipe makes of the customers; NaN and None where the segments are too many for it."""

    labels: Labels | None
    silhouette: float = np.nan
    null_silhouette: float = np.nan
    stability: float = np.nan


def measure_sensitivity(
    samples: pa.Table, catalog: pa.Table, settings: pa.Table, workers: int | None = None
) -> pa.Table:
    """One row of SENSITIVITY for each sample (see `new_samples`)."""
    if not samples.num_rows:
        return pa.Table.from_pylist([], schema=SENSITIVITY)
    one_thread()
    recipes = read_recipes(catalog, settings)
    rows = {row["study"]: row["sensitivity_rows"] for row in settings.to_pylist()}
    found = []
    for sample in read_samples(samples):
        features = [row["feature"] for row in clustered_features(catalog, sample.study)]
        measured = _measure(sample, recipes[sample.study], features, workers)
        found.append({"sensitivity_rows": rows[sample.study]} | measured)
    return pa.Table.from_pylist(found, schema=SENSITIVITY)


def _measure(sample: Sample, recipe: Recipe, features: Sequence[str], workers: int | None) -> dict[str, Any]:
    # What max_vif leaves out does not vary in z: every recipe gets the features that count.
    varies = ~constant(sample.z) | constant(sample.z).all()
    x, recipe = sample.x[:, varies], _part(recipe, varies)
    names = list(dict.fromkeys([recipe.name, *COMPARED]))
    k = sample.segments
    trials = [try_recipe(x, replace(recipe, name=name), k, workers) for name in names]
    # A column without a name of its variable stands for itself.
    variables = recipe.variables or tuple(np.array(features)[varies])
    left_out = leave_one_out(x, recipe, variables, k, workers)
    return {
        "study": sample.study,
        "model_version": sample.version,
        "segments": k,
        "recipes": names,
        "silhouettes": with_nulls([trial.silhouette for trial in trials]),
        "null_silhouettes": with_nulls([trial.null_silhouette for trial in trials]),
        "stabilities": with_nulls([trial.stability for trial in trials]),
        "agreements": with_nulls([agreement(trial.labels, sample.labels) for trial in trials]),
        "agreements_of_recipes": [with_nulls([agreement(a.labels, b.labels) for b in trials]) for a in trials],
        "variables": list(left_out),
        "agreements_without": with_nulls(list(left_out.values())),
    }


def try_recipe(x: Matrix, recipe: Recipe, k: int, workers: int | None = None) -> Trial:
    """K-Means with k segments on x (n x d, raw) after the recipe, and its figures."""
    z = scaled_by(recipe, x)
    labels = segmented(z, k)
    if labels is None or k < 2:
        return Trial(labels)
    # One crowd after log1p is a Gaussian there; a logarithm of the null sample would tear it apart at 0.
    null = replace(recipe, name="standard") if recipe.name == "log1p" else recipe
    figures = measure_structure(z, {k: labels}, null, len(z), workers, screenings=REFITS, nulls=NULLS)[k]
    return Trial(labels, figures.silhouette, figures.null_silhouette, figures.stability)


def leave_one_out(
    x: Matrix, recipe: Recipe, variables: Sequence[str], k: int, workers: int | None = None
) -> dict[str, float]:
    """By variable: the agreement of the k segments without its columns with those of all columns of x (n x d, raw).

    `variables`: the name of each of the d columns. Empty where there is only one variable.
    """
    names = list(dict.fromkeys(variables))
    if len(names) < 2:
        return {}
    z = scaled_by(recipe, x)
    # Once scaled, the rest only needs its blocks balanced again, not its transforms found again.
    recipe = replace(recipe, name="standard")
    rests = [np.ones(len(variables), dtype=np.bool_), *(np.array(variables) != name for name in names)]
    full, *others = run([partial(segmented, scaled_by(_part(recipe, rest), z[:, rest]), k) for rest in rests], workers)
    return {name: agreement(full, labels) for name, labels in zip(names, others, strict=True)}


def segmented(z: Matrix, k: int) -> Labels | None:
    """The segments of K-Means, None where the customers do not differ enough for k of them."""
    return kmeans(z, k, STARTS).labels if k <= distinct_rows(z) else None


def agreement(a: Labels | None, b: Labels | None) -> float:
    """The adjusted Rand index of two partitions, NaN without one of them."""
    from sklearn.metrics import adjusted_rand_score

    return np.nan if a is None or b is None else float(adjusted_rand_score(a, b))


def _part(recipe: Recipe, kept: Mask) -> Recipe:
    """The recipe of some of its columns; nothing else is left out of them."""
    return replace(
        recipe,
        transforms=_kept(recipe.transforms, kept),
        weights=recipe.weights[kept],
        variables=_kept(recipe.variables, kept),
        blocks=_kept(recipe.blocks, kept),
        max_vif=None,
    )


def _kept(names: tuple[str, ...], kept: Mask) -> tuple[str, ...]:
    return tuple(name for name, is_kept in zip(names, kept, strict=True) if is_kept) if names else ()
