"""Public financial profiles: the published table of four segments is one start of K-Means that no other repeats."""

import csv
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, Warehouse, shared_file
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, confusion_matrix

Labels = NDArray[np.int32]

FEATURES = ["age", "annual_income", "credit_score", "loan_amount", "investment"]
PUBLISHED = {
    # persona: size and means of age, income, credit score, loans, investments
    "Affluent Mid-Age Investors": (270, [47.7, 118597, 503.5, 14454, 25368]),
    "High Loan Seekers": (250, [46.0, 82036, 560.0, 37707, 12235]),
    "Frugal Investors": (235, [41.5, 47844, 596.8, 13639, 24969]),
    "Young Wealth Builders": (245, [39.5, 86253, 647.8, 32945, 38894]),
}
BEST_KNOWN = 3346.7


@pytest.fixture(scope="module")
def profiles() -> pd.DataFrame:
    return pd.read_csv(shared_file("customer_segment_data.csv"))


@pytest.fixture(scope="module")
def z(profiles: pd.DataFrame) -> NDArray[np.float64]:
    scaled: NDArray[np.float64] = ((profiles - profiles.mean()) / profiles.std(ddof=0)).to_numpy()
    return scaled


@pytest.fixture(scope="module")
def published(z: NDArray[np.float64]) -> KMeans:
    return one_start(z, 42)


@pytest.fixture(scope="module")
def public_wealth(new_warehouse: Callable[[], Warehouse]) -> Warehouse:
    """The file through dbt build, with the recipe of the original; it has no key, so its rows are numbered."""
    warehouse = new_warehouse()
    file = {"path": shared_file("customer_segment_data.csv"), "customer_id": "row_number"}
    problems = warehouse.build(
        "--select",
        "+segment_personas",
        studies=["wealth"],
        bank_files={"financial_profiles": file},
        as_of_date="2025-06-30",
        study_overrides={"wealth": {"recipe": "standard"}},
    )
    assert problems == ""
    return warehouse


@pytest.fixture(scope="module")
def ours(public_wealth: Warehouse) -> Labels:
    rows = public_wealth.rows("select segment from segment_assignments order by customer_id::integer")
    return np.array([segment for (segment,) in rows], dtype=np.int32) - 1


def one_start(z: NDArray[np.float64], seed: int) -> KMeans:
    return KMeans(4, n_init=1, random_state=seed).fit(z)


def who_would_move(a: Labels, b: Labels) -> int:
    """Customers whose segment is another one, with the segments paired so that these are the fewest."""
    pairs = confusion_matrix(a, b)
    return int(len(a) - pairs[linear_sum_assignment(pairs, maximize=True)].sum())


def reference(seed: str) -> list[dict[str, str]]:
    with (ROOT / "seeds" / "reference" / seed).open() as lines:
        return list(csv.DictReader(lines))


def test_the_published_table_is_one_start_of_k_means(profiles: pd.DataFrame, published: KMeans) -> None:
    assert published.inertia_ == pytest.approx(3380.34, abs=0.005)
    found = sorted((len(part), part.mean().tolist()) for _, part in profiles.groupby(published.labels_))
    for (size, means), (expected_size, expected) in zip(found, sorted(PUBLISHED.values()), strict=True):
        assert size == expected_size
        assert means == pytest.approx(expected, rel=0.0015)


@pytest.mark.parametrize("persona", PUBLISHED)
def test_a_persona_says_what_its_row_of_the_table_says(profiles: pd.DataFrame, persona: str) -> None:
    """But one: the Young Wealth Builders are .29 standard deviations younger than all, which is moderate."""
    z = dict(zip(FEATURES, (PUBLISHED[persona][1] - profiles.mean()) / profiles.std(ddof=0), strict=True))
    bounds = {row["level"]: (row["z_lower"], row["z_upper"]) for row in reference("trait_levels.csv")}
    traits = [t for t in reference("persona_traits.csv") if t["study"] == "wealth" and t["persona"] == persona]
    assert len(traits) >= 4
    for trait in traits:
        lower, upper = bounds[trait["level"]]
        allowed_lower = "-inf" if "low" in trait["level"] else lower
        allowed_upper = "inf" if "high" in trait["level"] else upper
        is_so = float(allowed_lower) <= z[trait["feature"]] < float(allowed_upper)
        assert is_so == ((persona, trait["feature"]) != ("Young Wealth Builders", "age")), trait


def test_no_other_seed_reproduces_the_table(z: NDArray[np.float64], published: KMeans) -> None:
    others = [one_start(z, seed) for seed in range(10)]
    agreement = [adjusted_rand_score(published.labels_, other.labels_) for other in others]
    assert max(agreement) < 0.5
    assert min(who_would_move(published.labels_, other.labels_) for other in others) > 250
    assert sum(other.inertia_ < published.inertia_ for other in others) >= 3


def test_more_starts_find_better_solutions(z: NDArray[np.float64], public_wealth: Warehouse) -> None:
    """The best of 25 starts is near the best known, whatever the order of the rows."""
    inertia = public_wealth.value("select inertia from k_selection where is_chosen")
    assert BEST_KNOWN - 0.1 < inertia < BEST_KNOWN * 1.002


def test_our_segments_are_of_other_customers(published: KMeans, ours: Labels) -> None:
    assert adjusted_rand_score(published.labels_, ours) < 0.5
    assert who_would_move(published.labels_, ours) > 250


def test_the_names_of_such_segments_are_marked(public_wealth: Warehouse) -> None:
    """The four personas are all that segments can be named after here, and the rule finds no segments."""
    named = public_wealth.rows("select persona, claims_failed, has_structure from segment_personas where is_catalogued")
    assert {persona for persona, *_ in named} < set(PUBLISHED)
    assert all(failed > 0 and not structure for _, failed, structure in named)
    assert "no segments in the data" in public_wealth.value("select reason from k_selection where is_chosen")
