"""What the tests of the fits are fed with: planted populations, the public files, and both as Arrow tables.

A planted population has a known number of segments, which a rule for k has to find again.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

PUBLIC = Path(__file__).parents[3] / "shared" / "data"


@dataclass(frozen=True)
class Population:
    """Customers with a known number of segments."""

    name: str
    x: Matrix
    """n x d, raw (before the recipe)."""
    recipe: str
    """standard | robust (every column Yeo-Johnson)."""
    segments: int
    """How many were planted, 0 where there are none."""
    members: NDArray[np.int64]
    """The planted segment of each customer, 0 where there are none."""


def populations() -> list[Population]:
    """Thirty populations for the tests: eighteen with segments, twelve without."""
    return [
        *(
            blobs(f"{k} blobs in {d} columns", k, d, seed=k)
            for k, d in [(2, 4), (3, 5), (4, 6), (5, 8), (6, 8), (8, 12)]
        ),
        blobs("unequal sizes, 3", 3, 6, seed=21, shares=[0.7, 0.22, 0.08]),
        blobs("unequal sizes, 5", 5, 8, seed=22, shares=[0.4, 0.3, 0.15, 0.1, 0.05]),
        blobs("elongated, 3", 3, 6, seed=23, elongation=3),
        blobs("elongated, 4", 4, 8, seed=24, elongation=2.5),
        blobs("skewed, 3", 3, 6, seed=25, skewed=True),
        blobs("skewed, 5", 5, 10, seed=26, skewed=True),
        blobs("noise columns, 3", 3, 6, seed=27, noise=3),
        blobs("noise columns, 4", 4, 8, seed=41, noise=4),
        *(shapeless(kind, d, seed=30 + d) for kind, d in [("gaussian", 8), ("correlated", 10), ("lognormal", 8)]),
        *(shapeless(kind, d, seed=30 + d) for kind, d in [("uniform", 9), ("heavy_tails", 8), ("gamma", 7)]),
        *(discrete(kind, 3, 6, seed=51, customers=700) for kind in ("flags", "ordinals", "counts", "zero_heavy")),
        *(discrete(kind, 0, 6, seed=52, customers=700) for kind in KINDS),
    ]


def drawn_populations(count: int, seed: int, nearest: tuple[float, float] = (3.5, 7)) -> list[Population]:
    """Populations of random shape, one in four without segments: for the figures in the documentation.

    `nearest`: between which bounds the distance of the nearest two centres lies, in standard deviations.
    """
    chance = np.random.default_rng(seed)
    drawn = []
    for i in range(count):
        d, number = int(chance.integers(4, 15)), int(chance.integers(2**31))
        if i % 4 == 3:
            kinds = ["gaussian", "correlated", "lognormal", "uniform", "heavy_tails", "gamma", "common_shock"]
            drawn.append(shapeless(kinds[i // 4 % len(kinds)], d, seed=number))
            continue
        k = int(chance.integers(2, 9))
        shares = 0.5 / k + 0.5 * chance.dirichlet(np.full(k, 2.0))
        drawn.append(
            blobs(
                f"drawn {i}: {k} in {d}",
                k,
                d,
                seed=number,
                customers=int(chance.integers(800, 2500)),
                shares=(shares / shares.sum()).tolist(),
                distance=float(chance.uniform(*nearest)),
                elongation=float(chance.uniform(1, 2.5)),
                noise=int(chance.integers(0, 1 + d // 3)),
                skewed=bool(chance.random() < 0.3),
            )
        )
    return drawn


def blobs(
    name: str,
    segments: int,
    columns: int,
    seed: int,
    customers: int = 1200,
    shares: list[float] | None = None,
    distance: float = 6,
    elongation: float = 1,
    noise: int = 0,
    skewed: bool = False,
) -> Population:
    """Gaussian segments whose centres are at least `distance` standard deviations from each other.

    `elongation`: the longest axis of a segment over its shortest, at random angles; `noise`: how many of the
    columns tell nothing; `skewed`: the exponential of it all (lognormal), for the recipe robust.
    """
    chance = np.random.default_rng(seed)
    members = np.sort(chance.choice(segments, customers, p=shares))
    d = columns - noise
    centres = _spread(chance, segments, d, distance)
    x = np.empty((customers, d))
    for segment in range(segments):
        rows = members == segment
        turn = np.linalg.qr(chance.standard_normal((d, d)))[0]
        axes = turn * np.geomspace(elongation**-0.5, elongation**0.5, d)
        x[rows] = centres[segment] + chance.standard_normal((rows.sum(), d)) @ axes.T
    x = np.hstack([x, chance.standard_normal((customers, noise))])
    order = chance.permutation(customers)
    x = np.exp(x / 3) if skewed else x
    return Population(name, x[order], "robust" if skewed else "standard", segments, members[order])


def shapeless(kind: str, columns: int, seed: int, customers: int = 1200) -> Population:
    """One population without segments: whatever K-Means cuts it into is arbitrary."""
    chance = np.random.default_rng(seed)
    normal = chance.standard_normal((customers, columns))
    mixed = normal @ chance.uniform(-1, 1, (columns, columns))
    x = {
        "gaussian": normal,
        "correlated": mixed,
        "lognormal": np.exp(0.4 * mixed),
        "uniform": chance.uniform(size=normal.shape),
        "heavy_tails": chance.standard_t(3, normal.shape) @ chance.uniform(-1, 1, (columns, columns)),
        "common_shock": mixed / np.sqrt(chance.chisquare(3, (customers, 1)) / 3),
        "gamma": chance.gamma(2, size=normal.shape) + chance.gamma(1, size=(customers, 1)),
    }[kind]
    recipe = "standard" if kind in ("gaussian", "correlated", "uniform") else "robust"
    return Population(f"none: {kind} in {columns}", x, recipe, 0, np.zeros(customers, dtype=np.int64))


def discrete_populations(count: int, seed: int) -> list[Population]:
    """Populations with columns that are no numbers on a line: flags, ordinals, counts, amounts that are mostly zero.

    One in three is without segments, and all that have a sentinel.
    """
    chance = np.random.default_rng(seed)
    drawn = []
    for i in range(count):
        kind, number = KINDS[i // 3 % len(KINDS)], int(chance.integers(2**31))
        k = 0 if i % 3 == 2 or kind == "sentinel" else int(chance.integers(2, 7))
        columns = int(chance.integers(max(4, k + 1), 11))
        drawn.append(discrete(kind, k, columns, number, float(chance.uniform(4, 7)), int(chance.integers(700, 1600))))
    return drawn


KINDS = ("flags", "ordinals", "counts", "zero_heavy", "classes", "sentinel")


def discrete(
    kind: str, segments: int, columns: int, seed: int, distance: float = 6, customers: int = 1200
) -> Population:
    """Segments as of `blobs`, and a part of the columns as `kind` says; without segments one correlated crowd.

    flags: two more columns of 0 and 1, frequent in some segments and rare in the others; ordinals: all columns in five
    levels; counts: half of the columns as numbers of events; zero_heavy: half of the columns as amounts, which some of
    the segments hardly ever have; classes: flags alone, latent classes; sentinel: one more column with 999 in 96 % of
    the rows. In a crowd without segments flags and zeros are what lies below some value.
    """
    chance = np.random.default_rng(seed)
    members = np.zeros(customers, dtype=np.int64)
    x = chance.standard_normal((customers, columns))
    if segments:
        crowd = blobs("", segments, columns, seed, customers, distance=distance)
        x, members = crowd.x, crowd.members
    else:
        x = x @ (np.eye(columns) + chance.uniform(-0.4, 0.4, (columns, columns)))
    half = columns // 2
    spread = x / x.std(axis=0)
    cuts = chance.uniform(-0.8, 0.8, columns)
    # Of every column some segments have much, and some little.
    often = np.array(
        [chance.permutation(np.arange(max(segments, 2)) < 1 + i % max(segments - 1, 1)) for i in range(columns)]
    )
    has = chance.random(x.shape) < np.where(often.T[members], 0.93, 0.07) if segments else spread > cuts
    if kind == "flags":
        x = np.hstack([x, has[:, :2]])
    elif kind == "ordinals":
        x = (x[:, None] > np.quantile(x, [0.1, 0.3, 0.7, 0.9], axis=0)).sum(axis=1).astype(np.float64)
    elif kind == "counts":
        x = np.hstack([chance.poisson(np.exp(0.5 + 0.8 * spread[:, :half])), x[:, half:]])
    elif kind == "zero_heavy":
        x = np.hstack([np.where(has, np.exp(1 + spread), 0)[:, :half], x[:, half:]])
    elif kind == "classes":
        x = has.astype(np.float64)
    elif kind == "sentinel":
        x = np.hstack([x, np.where(chance.random((customers, 1)) < 0.96, 999.0, chance.uniform(0, 30, (customers, 1)))])
    recipe = "robust" if kind in ("counts", "zero_heavy") else "standard"
    name = f"{kind} of {segments} in {columns}" if segments else f"none: {kind} in {columns}"
    return Population(name, x, recipe, segments, members)


def _spread(chance: np.random.Generator, segments: int, columns: int, distance: float) -> Matrix:
    """Random centres, pushed apart until the nearest two are `distance` from each other."""
    centres = chance.standard_normal((segments, columns))
    gaps = np.linalg.norm(centres[:, None] - centres[None], axis=2)[np.triu_indices(segments, 1)]
    spread: Matrix = centres * (distance / gaps.min())
    return spread


def public(name: str) -> Matrix:
    """The numeric columns of a public file, in the order of the md5 of the customers (or of the row numbers).

    Skips the test where the file is absent: it is not ours, and no part of the project.
    """
    path = PUBLIC / name
    if not path.exists():
        pytest.skip(f"the public file {name} is not beside the project (../shared/data)")
    table = pa.csv.read_csv(path)
    ids = [str(i) for i in range(table.num_rows)]
    if "CUST_ID" in table.column_names:
        ids = table["CUST_ID"].to_pylist()
        table = table.drop_columns("CUST_ID")
    order = sorted(range(len(ids)), key=lambda i: hashlib.md5(ids[i].encode()).hexdigest())
    columns = [c.cast(pa.float64()).to_numpy(zero_copy_only=False) for c in table.columns]
    return np.column_stack(columns)[order]


def with_ratios(relationship: Matrix) -> Matrix:
    """finance_customers.csv and its two ratios: spending_ratio and engagement_score."""
    income, spending, usage, calls = relationship[:, [1, 4, 8, 9]].T
    return np.column_stack([relationship, spending / income, usage * 2 - calls])


def vectors(x: Matrix, study: str = "s", version: str = "v1") -> pa.Table:
    """A matrix as the table that a fit gets, as features and as z: one list a customer, NaN as NULL."""
    lists = pa.array([[None if np.isnan(v) else float(v) for v in row] for row in x], pa.list_(pa.float64()))
    return pa.table(
        {
            "study": [study] * len(x),
            "model_version": [version] * len(x),
            "settings_hash": ["h"] * len(x),
            "customer_id": [f"C{i}" for i in range(len(x))],
            "features": lists,
            "z": lists,
        }
    )


def catalog(
    columns: int,
    transform: str = "none",
    weights: list[float] | None = None,
    variables: list[str] | None = None,
    blocks: list[str] | None = None,
) -> pa.Table:
    """The feature catalog of the study s, unsorted; no fit may use its profile column, nor that of another study."""
    weights = weights or [1.0] * columns
    return pa.table(
        {
            "study": [*["s"] * (len(weights) + 1), "t"],
            "position": [*range(len(weights), 0, -1), 0, 0],
            "feature": [*(f"feature_{i}" for i in range(len(weights), 0, -1)), "segment_name", "of_t"],
            "transform": [*[transform] * len(weights), "none", "none"],
            "role": [*["cluster"] * len(weights), "profile", "cluster"],
            "weight": [*weights[::-1], 1.0, 1.0],
            "variable": [
                *(variables or [f"feature_{i}" for i in range(1, len(weights) + 1)])[::-1],
                "segment_name",
                "of_t",
            ],
            "block": [*(blocks or ["all"] * len(weights))[::-1], "all", "all"],
        }
    )


def settings(recipe: str = "standard", largest: int = 10, rows: int = 3000, max_vif: float | None = None) -> pa.Table:
    """The settings of the study s."""
    return pa.table(
        {
            "study": ["s"],
            "recipe": [recipe],
            "max_vif": pa.array([max_vif], pa.float64()),
            "screening_max_vif": [5.0],
            "max_segments": [largest],
            "structure_rows": [rows],
            "min_excess": [0.01],
            "min_stability": [0.8],
            "min_segment_share": [0.02],
            "raise_excess_share": [0.75],
            "sensitivity_rows": [2000],
            "algorithm_rows": [2000],
            "settings_hash": ["h"],
        }
    )
