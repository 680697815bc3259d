"""The rule for the number of segments, as SQL has it (k_selection), on populations of which the answer is known."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from conftest import Warehouse
from numpy.typing import NDArray
from planted import Population, catalog, populations, public, settings, vectors, with_ratios

from segmentation.catalog import read_recipes
from segmentation.clustering import fit_kmeans
from segmentation.scaling import scaled_by

Matrix = NDArray[np.float64]


@pytest.fixture(scope="module")
def rule(sample: Warehouse) -> str:
    """The compiled SQL of k_selection, on tables of the tests' own."""
    compiled = sample.path.with_suffix(".target") / "compiled" / "customer_segmentation"
    query = (compiled / "models" / "segmentation" / "k_selection.sql").read_text()
    return query.replace('"bank"."main".', "")


def chosen(rule: str, fits: pa.Table) -> int:
    """The number of segments that the rule chooses, 0 for none."""
    with duckdb.connect() as con:
        con.register("kmeans_fits", fits)
        con.execute("create table study_settings as select 's' as study, 'auto' as segments")
        (answer,) = con.execute(
            f"select coalesce(max(segments) filter (where is_rule_choice), 0) from ({rule})"
        ).fetchall()
        return int(answer[0])


def fits(x: Matrix, recipe: str) -> pa.Table:
    """kmeans_fits of a matrix; with the recipe robust every column is transformed."""
    columns = catalog(x.shape[1], "yeo_johnson")
    setting = settings(recipe)
    z = scaled_by(read_recipes(columns, setting)["s"], x)
    return fit_kmeans(vectors(z), columns, setting)


@pytest.mark.parametrize("population", populations(), ids=lambda p: p.name)
def test_what_is_planted_is_found(rule: str, population: Population) -> None:
    """Exactly; and none where there are none."""
    assert chosen(rule, fits(population.x, population.recipe)) == population.segments


def test_coins_are_no_segments(rule: str) -> None:
    """Two flips and an income: with one Gaussian as the null, three strong segments."""
    chance = np.random.default_rng(1)
    flips, incomes = chance.integers(0, 2, (600, 2)), chance.normal(50_000, 9_000, 600)
    assert chosen(rule, fits(np.column_stack([flips, incomes]), "robust")) == 0


def test_as_many_segments_as_distinct_customers(rule: str) -> None:
    assert chosen(rule, fits(np.repeat([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]], 20, axis=0), "standard")) == 3


@pytest.mark.parametrize(
    ("name", "ratios", "recipe", "expected"),
    [
        ("cc_general.csv", False, "standard", 3),
        ("cc_general.csv", False, "robust", 5),
        ("finance_customers.csv", False, "standard", 0),
        ("finance_customers.csv", False, "robust", 0),
        ("finance_customers.csv", True, "standard", 3),
        ("finance_customers.csv", True, "robust", 0),
        ("customer_segment_data.csv", False, "standard", 0),
        ("customer_segment_data.csv", False, "robust", 0),
    ],
)
def test_the_public_files(rule: str, name: str, ratios: bool, recipe: str, expected: int) -> None:
    x = public(name)
    assert chosen(rule, fits(with_ratios(x) if ratios else x, recipe)) == expected
