"""The exploratory marts against pandas and SciPy, on the sample bank and on the public files."""

import itertools
from typing import Any

import numpy as np
import pytest
from conftest import Warehouse
from scipy import stats

MARTS = [
    "feature_values",
    "feature_summary",
    "feature_histograms",
    "feature_correlations",
    "exploratory_findings",
]
CLAIMS = "exploratory_findings where kind = 'claim'"


def frame(warehouse: Warehouse, query: str) -> Any:
    """A query's result as a pandas frame, with NULLs as NaN."""
    return warehouse.arrow(query).to_pandas()


def studies(warehouse: Warehouse) -> list[str]:
    return [s for (s,) in warehouse.rows("select distinct study from feature_catalog order by study")]


def features(warehouse: Warehouse, study: str) -> list[str]:
    query = f"select feature from feature_catalog where study = '{study}' order by position"
    return [f for (f,) in warehouse.rows(query)]


def assert_summary_is_that_of_pandas(warehouse: Warehouse) -> None:
    mart = frame(warehouse, "select * from feature_summary").set_index(["study", "as_of_date", "feature"])
    checked = 0
    for study in studies(warehouse):
        customers = frame(warehouse, f"select * from features_{study}")
        for (date, dated), feature in itertools.product(customers.groupby("as_of_date"), features(warehouse, study)):
            row, values = mart.loc[(study, date, feature)], dated[feature].dropna().astype(float)
            q1, q3 = values.quantile([0.25, 0.75])
            far = ~values.between(q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1))
            assert (row.customers, row.missing) == (len(dated), dated[feature].isna().sum())
            assert (row.zeros, row.outliers) == ((values == 0).sum(), far.sum())
            expected = {
                "missing_share": dated[feature].isna().mean(),
                "zero_share": (values == 0).mean(),
                "minimum": values.min(),
                "p1": values.quantile(0.01),
                "q1": q1,
                "median": values.median(),
                "q3": q3,
                "p99": values.quantile(0.99),
                "maximum": values.max(),
                "mean": values.mean(),
                "standard_deviation": values.std(),
                "skewness": stats.skew(values, bias=False) if values.nunique() > 1 else np.nan,
                "outlier_share": far.mean(),
            }
            ours = row[list(expected)].to_numpy(dtype=float)
            assert ours == pytest.approx(list(expected.values()), rel=1e-6, abs=2e-6, nan_ok=True), (study, feature)
            checked += 1
    assert checked == len(mart)


def assert_correlations_are_those_of_pandas(warehouse: Warehouse) -> None:
    """Pearson of the customers with both; ranks among those that have the feature, as documented."""
    mart = frame(warehouse, "select * from feature_correlations")
    for study in studies(warehouse):
        names = features(warehouse, study)
        for date, dated in frame(warehouse, f"select * from features_{study}").groupby("as_of_date"):
            values = dated[names].astype(float)
            ours = mart[(mart.study == study) & (mart.as_of_date == date)]
            pairs = list(itertools.combinations(names, 2))
            assert sorted(zip(ours.feature_a, ours.feature_b, strict=True)) == sorted(pairs)
            pearson, spearman = values.corr(), values.rank().corr()
            for row in ours.itertuples():
                both = values[[row.feature_a, row.feature_b]].dropna()
                expected = [pearson.loc[row.feature_a, row.feature_b], spearman.loc[row.feature_a, row.feature_b]]
                assert row.customers == len(both)
                assert [row.pearson, row.spearman] == pytest.approx(expected, abs=2e-6, nan_ok=True), row
                if len(both) == len(values):
                    assert row.spearman == pytest.approx(stats.spearmanr(both).statistic, abs=2e-6, nan_ok=True)


def assert_histograms_hold_every_value(warehouse: Warehouse) -> None:
    """Shares make 1, bins follow each other, every value lies in the bin that counts it."""
    mart = frame(warehouse, "select * from feature_histograms order by study, feature, as_of_date, bin")
    assert mart.groupby(["study", "as_of_date", "feature"]).share.sum().to_numpy() == pytest.approx(1, abs=1e-4)
    shown = """
        select sampled.* from feature_values as sampled inner join segment_models as models using (study)
        semi join study_dates as dates on (sampled.study, sampled.as_of_date) = (dates.study, dates.as_of_date)
            and (dates.is_latest or dates.as_of_date = models.fitted_as_of)"""
    values = frame(warehouse, shown).groupby(["study", "as_of_date", "feature"]).value
    assert values.ngroups == mart.groupby(["study", "as_of_date", "feature"]).ngroups
    for key, bins in mart.groupby(["study", "as_of_date", "feature"]):
        group = values.get_group(key)
        assert list(bins.bin) == list(range(1, len(bins) + 1))
        assert len(bins) <= 40
        assert list(bins.lower_bound[1:]) == list(bins.upper_bound[:-1])
        assert group.between(bins.lower_bound.iloc[0], bins.upper_bound.iloc[-1]).all()
        counted, _ = (
            np.histogram(group, [*bins.lower_bound, bins.upper_bound.iloc[-1]]) if len(bins) > 1 else ([len(group)], 0)
        )
        assert list(bins.customers) == list(counted), key
        assert bins.bin_label.is_unique, key
    for _, bins in mart.groupby(["study", "feature"]):
        dates = bins.as_of_date.nunique()
        assert (bins.groupby(["bin", "bin_label", "lower_bound", "upper_bound"]).size() == dates).all()


ASSERTIONS = [
    assert_summary_is_that_of_pandas,
    assert_correlations_are_those_of_pandas,
    assert_histograms_hold_every_value,
]


@pytest.mark.parametrize("assert_mart", ASSERTIONS)
def test_the_sample_bank_against_pandas(sample: Warehouse, assert_mart: Any) -> None:
    assert_mart(sample)


@pytest.mark.parametrize("assert_mart", ASSERTIONS)
def test_the_public_card_file_against_pandas(public_cards: Warehouse, assert_mart: Any) -> None:
    assert_mart(public_cards)


def test_missing_values_of_the_public_card_file(public_cards: Warehouse) -> None:
    missing = public_cards.rows(
        "select feature, missing from feature_summary where missing > 0 and role = 'cluster' order by missing"
    )
    assert missing == [("credit_limit", 1), ("minimum_payments", 313)]
    said = [f for (f,) in public_cards.rows("select finding from exploratory_findings")]
    assert "Minimum payments: 3.5 % of the customers have no value" in said
    assert "Cash advances: about half of the customers (51.7 %) are at zero" in said


def test_the_claims_on_the_public_relationship_file(public_relationship: Warehouse) -> None:
    """Its features are not related at all, so of the original's findings only the one that says so holds."""
    claims = public_relationship.rows(f"select distinct position, holds from {CLAIMS} order by position")
    assert claims == [(1, True), (2, False), (3, False)]
    strongest = public_relationship.value(
        "select max(abs(spearman)) from finding_claims as claims inner join feature_correlations as pairs on "
        "claims.study = pairs.study and feature_a in (feature, other_feature) and feature_b in (feature, other_feature)"
    )
    print(f"the strongest rank correlation of a claim: {strongest:.3f}")
    assert strongest < 0.1


def test_the_claims_on_the_sample_bank(sample: Warehouse) -> None:
    """Those that are planted hold at every date; income does decide savings there."""
    claims = sample.rows(f"select position, bool_and(holds) from {CLAIMS} group by position order by position")
    assert claims == [(1, False), (2, True), (3, True)]


def test_findings_follow_their_rules(sample: Warehouse) -> None:
    rules = {
        k: (low, high, most)
        for k, low, high, most in sample.rows("select kind, at_least, below, at_most from finding_rules")
    }
    found = sample.rows(
        "select study, as_of_date, kind, position, figure, finding from exploratory_findings "
        "where kind <> 'claim' order by all"
    )
    # no feature of the sample bank has a stand-in for a missing value, and its categories name their variable
    assert {kind for _, _, kind, *_ in found} == set(rules) - {"sentinel", "exclusive"}
    for _, group in itertools.groupby(found, key=lambda r: r[:3]):
        rows = list(group)
        low, high, most = rules[rows[0][2]]
        assert [r[3] for r in rows] == list(range(1, len(rows) + 1))
        assert len(rows) <= most
        assert all(abs(r[4]) >= (low or 0) and (high is None or abs(r[4]) < high) for r in rows)
    assert not [f for *_, f in found if "NaN" in f or "null" in f.lower() or "inf" in f.lower().split()]


def test_many_customers_are_explored_in_a_sample(sample: Warehouse, sample_copy: Warehouse) -> None:
    """Those with the smallest md5 of their id, the same ones for all studies; what is counted is of everybody."""
    copy = sample_copy
    assert copy.dbt("run", "--select", "feature_figures", *MARTS, exploration_rows=300, median_rows=300) == ""
    sizes = copy.rows(
        "select study, as_of_date, count(distinct customer_id), max(('0x' || substr(md5(customer_id), 1, 8))::bigint) "
        "from feature_values group by all"
    )
    assert len(sizes) == sample.value("select count(*) from study_dates") == 6 * 7
    assert all(240 < n < 360 and largest < 0.22 * 2**32 for _, _, n, largest in sizes)
    exact = "select study, as_of_date, feature, customers, missing, mean, minimum from feature_summary order by all"
    assert copy.rows(exact) == sample.rows(exact)
    quartiles = "select study, as_of_date, feature, q1, median, q3 from feature_summary order by all"
    assert copy.rows(quartiles) != sample.rows(quartiles)
    balance = "study = 'card_usage' and feature = 'balance' and as_of_date = '2025-06-30'"
    taken = copy.rows(f"select round(quantile_cont(value, 0.75), 6) from feature_values where {balance}")
    assert taken == copy.rows(f"select q3 from feature_summary where {balance}")
    tails = """
        with fences as (
            select quantile_cont(value, 0.25) as q1, quantile_cont(value, 0.75) as q3, q3 - q1 as distance
            from feature_values where {balance}
        )
        select
            round(skewness(value), 6),
            round(avg((value < q1 - 1.5 * distance or value > q3 + 1.5 * distance)::integer), 6)
        from feature_values cross join fences where {balance}
    """
    ((skewness, share),) = copy.rows(tails.format(balance=balance))
    found = "select skewness, outlier_share, outliers, customers - missing from feature_summary where {balance}"
    ((found_skewness, found_share, outliers, values),) = copy.rows(found.format(balance=balance))
    assert found_skewness == pytest.approx(skewness, abs=2e-6)
    assert found_share == share > 0
    assert outliers == pytest.approx(share * values, abs=0.51)
    assert_histograms_hold_every_value(copy)


def test_a_second_run_gives_the_same(sample: Warehouse, sample_copy: Warehouse) -> None:
    copy = sample_copy
    assert copy.dbt("run", "--select", "feature_figures", *MARTS) == ""
    for mart in MARTS:
        assert copy.rows(f"select * from {mart} order by all") == sample.rows(f"select * from {mart} order by all")
