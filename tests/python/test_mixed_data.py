"""Numbers and categories in one distance: what the columns weigh, and the study demographic against other methods.

The truth is the sample bank's archetypes, grouped by what demographics can show of them.
docs/decisions/numbers-and-categories.md has the figures.
"""

import numpy as np
import pytest
from archetypes import visible_groups
from conftest import Warehouse
from kmodes.kprototypes import KPrototypes
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import OneHotEncoder, StandardScaler

Matrix = NDArray[np.float64]
Labels = NDArray[np.int32]

QUERY = """
    select customer_id, segment, given.age, ln(1 + given.income), education_level, given.dependents, years_with_bank,
        coalesce(marital_status, 'missing'), coalesce(occupation_group, 'missing')
    from features_demographic
    inner join segment_assignments using (customer_id, as_of_date)
    inner join stg_customer_demographics as given using (customer_id, as_of_date)
    left join occupation_groups on given.occupation = occupation_groups.occupation
    where study = 'demographic' and as_of_date = (select max(as_of_date) from segment_assignments)
    order by md5(customer_id)
"""


class Customers:
    """The customers of the latest date: five numbers, two categories, our segments and the truth."""

    def __init__(self, sample: Warehouse) -> None:
        rows = sample.rows(QUERY)
        numbers = np.array([r[2:7] for r in rows], dtype=float)
        self.numbers = np.where(np.isnan(numbers), np.nanmedian(numbers, axis=0), numbers)
        self.z: Matrix = StandardScaler().fit_transform(self.numbers)
        self.categories = np.array([r[7:] for r in rows])
        self.segments = np.array([r[1] for r in rows])
        self.k = len(set(self.segments))
        groups = visible_groups("demographic")
        self.truth = [groups[r[0]] for r in rows]

    def agreement(self, labels: Labels) -> float:
        return float(adjusted_rand_score(self.truth, labels))


@pytest.fixture(scope="module")
def customers(sample: Warehouse) -> Customers:
    return Customers(sample)


def gower(numbers: Matrix, categories: NDArray[np.str_]) -> Matrix:
    """Gower 1971: the mean over all columns of |difference| / range, or 0 and 1 of a category; n x n."""
    spans = np.ptp(numbers, axis=0)
    distances = np.zeros((len(numbers), len(numbers)))
    for column, span in zip(numbers.T, spans, strict=True):
        distances += np.abs(column[:, None] - column[None]) / span
    for column in categories.T:
        distances += column[:, None] != column[None]
    mean: Matrix = distances / (numbers.shape[1] + categories.shape[1])
    return mean


def k_medoids(distances: Matrix, k: int, seed: int) -> tuple[float, Labels]:
    """Park & Jun 2009: to the nearest medoid, then the medoid of each, until nothing moves. Cost and labels."""
    medoids = np.random.default_rng(seed).choice(len(distances), k, replace=False)
    while True:
        labels = distances[:, medoids].argmin(axis=1)
        members = [np.flatnonzero(labels == i) for i in range(k)]
        moved = np.array([m[distances[np.ix_(m, m)].sum(axis=1).argmin()] for m in members])
        if set(moved) == set(medoids):
            return float(distances[:, medoids].min(axis=1).sum()), labels.astype(np.int32)
        medoids = moved


def test_at_least_as_good_as_gower_with_k_medoids(customers: Customers) -> None:
    distances = gower(customers.numbers, customers.categories)
    _, labels = min((k_medoids(distances, customers.k, seed) for seed in range(20)), key=lambda found: found[0])
    ours, theirs = customers.agreement(customers.segments), customers.agreement(labels)
    print(f"ours {ours:.2f}, Gower and k-medoids {theirs:.2f}")
    assert ours > theirs


def test_at_least_as_good_as_k_prototypes(customers: Customers) -> None:
    """Huang 1998, with its own weight of a category (half the standard deviation of the numbers)."""
    table = np.column_stack([customers.z.astype(object), customers.categories])
    labels = KPrototypes(customers.k, n_init=5, random_state=42).fit_predict(table, categorical=[5, 6])
    ours, theirs = customers.agreement(customers.segments), customers.agreement(labels)
    print(f"ours {ours:.2f}, k-prototypes {theirs:.2f}")
    assert ours >= theirs - 0.02


def test_categories_neither_dominate_nor_are_lost(customers: Customers) -> None:
    """Against columns of 0 and 1 that count like numbers, and against the numbers alone."""
    dummies = StandardScaler().fit_transform(OneHotEncoder(sparse_output=False).fit_transform(customers.categories))

    def found(z: Matrix) -> float:
        return customers.agreement(KMeans(customers.k, n_init=10, random_state=42).fit_predict(z))

    ours, unweighted, alone = (
        customers.agreement(customers.segments),
        found(np.hstack([customers.z, dummies])),
        found(customers.z),
    )
    print(f"ours {ours:.2f}, unweighted columns {unweighted:.2f}, numbers alone {alone:.2f}")
    assert ours > alone > unweighted


def variances(sample: Warehouse, study: str, column: str) -> dict[str, float]:
    """The total variance of the scaled training sample, by a column of the catalogue."""
    catalog = f"from feature_catalog where study = '{study}' and role = 'cluster' order by position"
    names = [name for (name,) in sample.rows(f"select {column} {catalog}")]
    z = np.array([row for (row,) in sample.rows(f"select z from training_vectors where study = '{study}'")])
    totals = dict.fromkeys(names, 0.0)
    for name, variance in zip(names, z.var(axis=0), strict=True):
        totals[name] += variance
    return totals


def test_the_two_sides_of_combined_weigh_the_same(sample: Warehouse) -> None:
    blocks = variances(sample, "combined", "block")
    assert set(blocks) == {"demographic", "behavioral"}
    assert blocks["demographic"] == pytest.approx(blocks["behavioral"], rel=1e-9)


def test_a_categorical_variable_weighs_half_a_number(sample: Warehouse) -> None:
    variables = variances(sample, "demographic", "variable")
    assert variables.pop("marital_status") == pytest.approx(0.5, abs=1e-4)  # the weight is .7071
    assert variables.pop("occupation") == pytest.approx(0.5, abs=1e-4)
    assert list(variables.values()) == pytest.approx([1] * 5, rel=1e-9)
