"""The recipes: what makes the columns of a study comparable before distances are taken.

`standard`: mean fill, z-score.
`median_fill`: median fill, z-score.
`robust`: median fill, clip at the 1st and 99th percentile, Yeo-Johnson where the catalog asks for it,
z-score.

The 0/1 columns of one categorical variable share a scale, so that together they vary as much as one number
(times the weight), and a rare category does not stick out (Hennig & Liao 2013, Journal of the Royal Statistical
Society C 62). Blocks of features are balanced: each gets the same total variance, as the groups of a multiple
factor analysis (Escofier & Pages 1994, Computational Statistics & Data Analysis 18), by total instead of first
eigenvalue.

Only the parameters are found here; the SQL macro that scores every customer applies them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from segmentation.arrow import SCALING, Mask, Matrix, by_version
from segmentation.catalog import Recipe, read_recipes
from segmentation.inflation import constant, correlations, select_by_vif

RECIPES = ("standard", "median_fill", "robust")
TRANSFORMS = ("none", "yeo_johnson")
CLIP = (0.01, 0.99)


@dataclass(frozen=True)
class Scaling:
    """The parameters of a fitted recipe: d numbers each, in order of use; NaN where a step is left out."""

    fill: Matrix
    lower: Matrix
    upper: Matrix
    lambdas: Matrix
    mean: Matrix
    scale: Matrix


def fit_scaling(sample: pa.Table, catalog: pa.Table, settings: pa.Table) -> pa.Table:
    """One row of SCALING for each version of the training sample.

    `sample`: study, model_version, customer_id, features (NULLs allowed), sorted as by `new_versions`.
    `catalog`: study, position, feature, transform, role, weight, variable, block. `settings`: study, recipe,
    max_vif. Raises ValueError as `fit_recipe`.
    """
    rows = []
    recipes = read_recipes(catalog, settings) if sample.num_rows else {}
    for study, version, x in by_version(sample, "features"):
        recipe = recipes[study]
        scaling, _ = fit_recipe(x, recipe)
        rows.append(
            {
                "study": study,
                "model_version": version,
                "fill": with_nulls(scaling.fill),
                "lower": with_nulls(scaling.lower),
                "upper": with_nulls(scaling.upper),
                "lambdas": with_nulls(scaling.lambdas),
                "mean": with_nulls(scaling.mean),
                "scale": with_nulls(scaling.scale),
            }
        )
    return pa.Table.from_pylist(rows, schema=SCALING)


def fit_recipe(x: Matrix, recipe: Recipe) -> tuple[Scaling, Matrix]:
    """The parameters that the recipe finds in x (n x d, NaN where a value is missing), and x scaled by them.

    The weight of a column multiplies its z-score: scale is the population's standard deviation (of a categorical
    variable: the root of the summed variances of its columns) / weight, and 1 for a constant column. Raises
    ValueError for an unknown recipe or transform, a column without any value, a weight that is not above 0 and a
    catalog of another length than the vectors.
    """
    _check(x, recipe)
    lower = upper = lambdas = np.full(x.shape[1], np.nan)
    fill = np.nanmean(x, axis=0) if recipe.name == "standard" else np.nanmedian(x, axis=0)
    x = np.where(np.isnan(x), fill, x)
    if recipe.name == "robust":
        lower, upper = np.quantile(x, CLIP, axis=0)
        x = np.clip(x, lower, upper)
        x, lambdas = _yeo_johnson(x, np.array([t == "yeo_johnson" for t in recipe.transforms]))
    mean = x.mean(axis=0)
    scale = _scale(x, recipe)
    return Scaling(fill, lower, upper, lambdas, mean, scale), (x - mean) / scale


def scaled_by(recipe: Recipe, x: Matrix) -> Matrix:
    """`x` (n x d) scaled by a recipe that is fitted on x itself.

    Also by two that no study can have, since scoring does not know them: after a median fill, `log1p` takes
    sign(x) log(1 + |x|), `rank` the mean ranks.
    """
    if recipe.name in ("log1p", "rank"):
        x = np.where(np.isnan(x), np.nanmedian(x, axis=0), x)
        x = np.sign(x) * np.log1p(np.abs(x)) if recipe.name == "log1p" else _ranks(x)
        recipe = replace(recipe, name="standard")
    return fit_recipe(x, recipe)[1]


def _ranks(x: Matrix) -> Matrix:
    from scipy.stats import rankdata

    ranks: Matrix = rankdata(x, axis=0)
    return ranks


def _scale(x: Matrix, recipe: Recipe) -> Matrix:
    """What each column of x (n x d) is divided by: infinite for a column that max_vif leaves out."""
    does_not_vary = constant(x)
    variance = np.where(does_not_vary, 0.0, x.var(axis=0))
    of_variable = _summed_by(recipe.variables, variance) if recipe.variables else variance
    scale = np.where(does_not_vary, 1.0, np.sqrt(of_variable) / recipe.weights)
    if recipe.max_vif is not None:
        left_out, _ = select_by_vif(correlations(x), recipe.variables, recipe.max_vif)
        scale[left_out] = np.inf
    if (count := len(set(recipe.blocks))) > 1:
        inertia = variance / scale**2
        balance = np.sqrt(_summed_by(recipe.blocks, inertia) / (inertia.sum() / count))
        scale = np.where(inertia > 0, scale * balance, scale)
    return scale


def _summed_by(names: tuple[str, ...], values: Matrix) -> Matrix:
    """For every position the sum of the values of all positions with its name."""
    _, group = np.unique(names, return_inverse=True)
    sums = np.bincount(group, weights=values).astype(np.float64)
    return sums[group]


def _yeo_johnson(x: Matrix, wanted: Mask) -> tuple[Matrix, Matrix]:
    """`x` with the wanted columns transformed (Yeo & Johnson 2000), and the lambdas: NaN for a kept column.

    A constant column is kept, and one that the best lambda would make constant: of values far from 0 with
    hardly any spread, the power leaves no digits.
    """
    lambdas = np.full(x.shape[1], np.nan)
    columns = np.flatnonzero(wanted & ~constant(x))
    if not len(columns):
        return x, lambdas
    from sklearn.preprocessing import PowerTransformer

    power = PowerTransformer(method="yeo-johnson", standardize=False).fit(x[:, columns])
    bent = power.transform(x[:, columns])
    good = np.isfinite(bent).all(axis=0) & ~constant(bent)
    x = x.copy()
    x[:, columns[good]] = bent[:, good]
    lambdas[columns[good]] = power.lambdas_[good]
    return x, lambdas


def _check(x: Matrix, recipe: Recipe) -> None:
    """Raises the ValueErrors of `fit_recipe`."""
    d = x.shape[1]
    if recipe.name not in RECIPES:
        raise ValueError(f"unknown recipe {recipe.name!r}: known are {', '.join(RECIPES)}")
    if unknown := sorted(set(recipe.transforms) - set(TRANSFORMS)):
        raise ValueError(f"unknown transform {unknown}: known are {', '.join(TRANSFORMS)}")
    if len(recipe.transforms) != d or len(recipe.weights) != d:
        raise ValueError(f"the vectors have {d} features, the catalog {len(recipe.transforms)} with the role cluster")
    if not (recipe.weights > 0).all():
        raise ValueError(f"a weight must be above 0, not {recipe.weights.min()}: role profile leaves a feature out")
    if (empty := np.isnan(x).all(axis=0)).any():
        raise ValueError(f"no customer has a value at the positions {(np.flatnonzero(empty) + 1).tolist()}")


def with_nulls(values: Iterable[float]) -> list[float | None]:
    """The numbers for Arrow: NULL for NaN."""
    return [None if np.isnan(v) else float(v) for v in values]
