"""The studies against each other: identities, coefficients against SciPy and scikit-learn, any number of studies."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import ROOT, Warehouse
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.stats.contingency import association
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score
from sklearn.metrics.cluster import expected_mutual_information

STUDIES: list[str] = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]["studies"]
CROSS = ["+marts.cross", "+segment_kpis", "cross_segments_add_up_to_the_segments", "customer_360_has_every_customer"]
PAIRS = "select study_a, study_b, as_of_date, customers, cramers_v, adjusted_mutual_information, adjusted_rand_index"


def table_of(warehouse: Warehouse, query: str) -> pd.DataFrame:
    table: pd.DataFrame = warehouse.arrow(query).to_pandas()
    return table


def labels(warehouse: Warehouse, study: str, date: object) -> pd.Series:
    """Segment by customer, of a study at a date."""
    rows = table_of(
        warehouse,
        f"select customer_id, segment from customer_segments where study = '{study}' and as_of_date = '{date}'",
    )
    return rows.set_index("customer_id")["segment"]


def check_pairs(warehouse: Warehouse, studies: list[str]) -> None:
    """Every pair of studies and date is there, with what SciPy, scikit-learn and pandas say of its customers."""
    pairs = warehouse.rows(f"{PAIRS} from cross_segment_association order by all")
    dates = [date for (date,) in warehouse.rows("select distinct as_of_date from segment_assignments order by 1")]
    names = sorted(studies)
    assert [pair[:3] for pair in pairs] == [
        (a, b, date) for i, a in enumerate(names) for b in names[i + 1 :] for date in dates
    ]
    for study_a, study_b, date, customers, *figures in pairs:
        of_a, of_b = labels(warehouse, study_a, date), labels(warehouse, study_b, date)
        both = pd.concat([of_a, of_b], axis=1, join="inner")
        a, b = both.iloc[:, 0], both.iloc[:, 1]
        cells = table_of(
            warehouse,
            f"from cross_segments where study_a = '{study_a}' and study_b = '{study_b}' and as_of_date = '{date}'",
        )
        assert customers == len(both)
        # customers of one study only
        assert cells[cells.segment_b == 0].customers.sum() == len(of_a) - len(both)
        assert cells[cells.segment_a == 0].customers.sum() == len(of_b) - len(both)
        if both.empty:
            assert figures == [None] * 3
            continue
        counts = pd.crosstab(a, b)
        assert figures == pytest.approx(
            [
                association(counts.to_numpy(), method="cramer"),
                adjusted_mutual_info_score(a, b),
                adjusted_rand_score(a, b),
            ],
            abs=1e-6,
        )
        filled = cells[(cells.segment_a > 0) & (cells.segment_b > 0)]
        ours = filled.pivot(index="segment_a", columns="segment_b", values=["customers", "lift"])
        assert (ours["customers"].to_numpy() == counts.to_numpy()).all()
        chance = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / len(both)
        assert ours["lift"].to_numpy() == pytest.approx(counts.to_numpy() / chance, abs=1e-6)


def check_360(warehouse: Warehouse, studies: list[str]) -> None:
    """Everybody who is in a study at its latest date is there once, with that segment, and nobody else."""
    everybody: set[str] = set()
    for study in studies:
        latest = warehouse.value(f"select max(as_of_date) from segment_assignments where study = '{study}'")
        wanted = labels(warehouse, study, latest)
        everybody |= set(wanted.index)
        found = warehouse.rows(
            f"select customer_id, {study}_segment from customer_360 where {study}_segment is not null"
        )
        assert dict(found) == wanted.to_dict()
        assert len(found) == len(wanted)
    assert {c for (c,) in warehouse.rows("select customer_id from customer_360")} == everybody
    assert warehouse.value("select count(*) from customer_360") == len(everybody)


def test_the_sample_against_the_libraries(sample: Warehouse) -> None:
    check_pairs(sample, STUDIES)
    assert sample.value("select min(customers) from cross_segments where segment_a = 0 or segment_b = 0") > 0


def test_customer_360_of_the_sample(sample: Warehouse) -> None:
    check_360(sample, STUDIES)
    names = "select distinct study, segment, persona from customer_segments"
    for study in STUDIES:
        assert (
            sample.rows(
                f"select distinct '{study}', {study}_segment, {study}_persona from customer_360 "
                f"where {study}_segment is not null except {names}"
            )
            == []
        )
    columns = "clv_proxy, credit_score, credit_score_band, app_usage_score, digital_adoption, support_calls"
    newest = sample.rows(
        f"select customer_id, as_of_date, {columns} from customer_kpis semi join customer_360 using (customer_id) "
        "qualify row_number() over (partition by customer_id order by as_of_date desc) = 1 order by 1"
    )
    assert newest == sample.rows(
        f"select customer_id, kpis_as_of_date, {columns} from customer_360 where kpis_as_of_date is not null order by 1"
    )


RANDOM = np.random.default_rng(1)
TABLES = {
    "tens": RANDOM.integers(0, 20, (4, 5)),
    "thousands, six by six": RANDOM.integers(0, 2000, (6, 6)),
    "millions": RANDOM.integers(0, 200_000, (4, 5)),
    "millions, with rare segments": np.array([[1_000_000, 3, 200], [5, 0, 1], [30, 700_000, 2]]),
    "millions, with a segment of hundreds": np.array([[1_000_000, 3, 200], [500, 0, 1], [30, 700_000, 2]]),
    "millions, unequal": np.array([[900_000, 3_000, 200], [500_000, 20_000, 100], [300, 7_000, 20]]),
}


def test_expected_information_by_strides(sample: Warehouse) -> None:
    """The model up to its figures, against scikit-learn's sum over every count.

    In the millions it feels the rounding of ln(n!).
    """
    compiled = sample.path.with_suffix(".target") / "compiled" / "customer_segmentation"
    model = (compiled / "models" / "marts" / "cross" / "cross_segment_association.sql").read_text(encoding="utf-8")
    ctes = model.replace('"bank"."main".', "").rpartition("\n\nselect")[0]
    with duckdb.connect() as con:
        con.execute(
            "create table cross_segments (study_a text, study_b text, as_of_date date, segment_a int, segment_b int, "
            "customers bigint, has_structure boolean)"
        )
        for name, table in TABLES.items():
            for (a, b), customers in np.ndenumerate(table):
                row = [name, "b", "2025-06-30", a + 1, b + 1, int(customers), True]
                con.execute("insert into cross_segments values (?, ?, ?, ?, ?, ?, ?)", row)
        found = dict(con.execute(f"{ctes} select study_a, information from chances").fetchall())
    assert found.keys() == TABLES.keys()
    for name, table in TABLES.items():
        theirs = expected_mutual_information(csr_matrix(table), int(table.sum()))
        print(f"{name}: {found[name]:.9g}, scikit-learn {theirs:.9g}")
        assert found[name] == pytest.approx(theirs, rel=1e-9 if table.sum() < 100_000 else 1e-6)


def test_association_of_ten_million_customers(sample_copy: Warehouse) -> None:
    """Counts in the millions, put where those of the sample were: nothing overflows, against exact whole numbers."""
    copy = sample_copy
    table = np.array([[4_000_000, 1_000, 500_000], [20_000, 2_500_000, 7], [1_000_000, 0, 2_000_000]])
    rows = [
        f"('a', 'b', date '2025-06-30', {i + 1}, 'P', {j + 1}, 'Q', {n}, null, null, null, true)"
        for (i, j), n in np.ndenumerate(table)
    ]
    with duckdb.connect(str(copy.path)) as con:
        con.execute("delete from cross_segments")
        con.execute(f"insert into cross_segments values {', '.join(rows)}")
    assert copy.dbt("run", "--select", "cross_segment_association") == ""
    ((v, mutual, rand),) = copy.rows(
        "select cramers_v, adjusted_mutual_information, adjusted_rand_index from cross_segment_association"
    )
    assert v == pytest.approx(association(table, method="cramer"), abs=1e-6)

    def pairs(counts: NDArray[np.int64]) -> int:
        return sum(int(n) * (int(n) - 1) for n in counts.ravel())

    in_a, in_b, n = pairs(table.sum(axis=1)), pairs(table.sum(axis=0)), int(table.sum())
    chance = in_a * in_b / (n * (n - 1))
    assert rand == pytest.approx((pairs(table) - chance) / ((in_a + in_b) / 2 - chance), abs=1e-6)

    def entropy(counts: NDArray[np.int64]) -> float:
        p = counts.ravel()[counts.ravel() > 0] / n
        return float(-(p * np.log(p)).sum())

    of_a, of_b = entropy(table.sum(axis=1)), entropy(table.sum(axis=0))
    # of so many customers chance would give less than a millionth
    assert mutual == pytest.approx((of_a + of_b - entropy(table)) / ((of_a + of_b) / 2), abs=2e-6)


def test_one_study_has_nobody_to_be_compared_with(sample_copy: Warehouse) -> None:
    copy = sample_copy
    assert copy.build("--select", *CROSS, studies=["card_usage"]) == ""
    assert copy.value("select count(*) from cross_segments") == 0
    assert copy.value("select count(*) from cross_segment_association") == 0
    check_360(copy, ["card_usage"])
    # the day of the key figures comes from the extract, whether its study is on or not
    named = [c for (c, *_) in copy.rows("describe customer_360") if c.startswith("relationship")]
    assert named == ["relationship_known_on"]


MORTGAGE_SQL = """
select customer_id, as_of_date, loan_amount, annual_income, age
from {{ ref('stg_financial_profiles') }}
where loan_amount > 0 and as_of_date < date '2025-06-30'
"""
MORTGAGE_YAML = {
    "models": [
        {
            "name": "features_mortgage",
            "description": "Customers with a loan. Primary key customer_id and as_of_date.",
            "config": {
                "enabled": "{{ 'mortgage' in var('studies') }}",
                "meta": {"study": {"title": "Mortgage", "question": "Who borrows?", "segments": 3}},
            },
            "columns": [
                {
                    "name": n,
                    "description": "A feature.",
                    "config": {"meta": {"feature": {"unit": "currency", "protected": n == "age"}}},
                }
                for n in ("loan_amount", "annual_income", "age")
            ],
        }
    ]
}


def test_a_study_of_the_bank_reaches_every_mart(sample_copy: Warehouse, project_copy: Path) -> None:
    """Three studies, one of them new: one SQL file, one YAML entry and its name among the studies. It has
    fewer customers, and its latest date is earlier."""
    features = project_copy / "models" / "features"
    (features / "features_mortgage.sql").write_text(MORTGAGE_SQL, encoding="utf-8")
    (features / "features_mortgage.yml").write_text(yaml.safe_dump(MORTGAGE_YAML), encoding="utf-8")
    studies = ["relationship", "mortgage", "card_usage"]
    copy = Warehouse(sample_copy.path, project_copy)
    assert copy.build("--select", *CROSS, studies=studies) == ""
    check_pairs(copy, studies)
    check_360(copy, studies)
    assert copy.value("select count(*) from customer_360 where mortgage_segment is null and card_usage_segment = 1") > 0
    assert copy.value("select count(distinct mortgage_persona) from customer_360") == 3
