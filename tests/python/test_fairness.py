"""Fair use: the shares of protected groups, the interval of their ratio, and the model cards that tell of them."""

from math import sqrt

import numpy as np
import pytest
from cards import cards, write
from conftest import Warehouse, copy_project
from scipy.stats import binomtest
from scipy.stats.contingency import relative_risk

LATEST = "as_of_date = '2025-06-30'"


def interval(inside: int, segment: int, outside: int, others: int) -> tuple[float, float]:
    """Newcombe's interval of a ratio as printed, carried over to the ratio to the population."""
    p, q = inside / segment, outside / others
    wilson = [binomtest(k, n).proportion_ci(method="wilson") for k, n in ((inside, segment), (outside, others))]
    (p_low, p_high), (q_low, q_high) = ((ends.low, ends.high) for ends in wilson)
    part = segment / (segment + others)

    def carried(ratio: float) -> float:
        return ratio / (part * ratio + 1 - part)

    bottom = q_high * (2 * q - q_high)
    lower = (p * q - sqrt((p * q) ** 2 - p_low * (2 * p - p_low) * bottom)) / bottom
    bottom = q_low * (2 * q - q_low)
    if outside == 0:  # the ratio inside / outside has no upper end, the one to the population has
        return carried(lower), 1 / part
    upper = (p * q + sqrt((p * q) ** 2 - p_high * (2 * p - p_high) * bottom)) / bottom
    return carried(lower), carried(upper)


def test_the_intervals_are_newcombes(sample: Warehouse) -> None:
    rows = sample.rows(
        """select customers,
            sum(customers) over (partition by study, as_of_date, segment, attribute),
            sum(customers) over (partition by study, as_of_date, group_name, attribute),
            sum(customers) over (partition by study, as_of_date, attribute), ratio, ratio_lower, ratio_upper
        from segment_fairness where group_name <> 'unknown'"""
    )
    assert len(rows) > 1000
    assert {row[0] for row in rows} >= {0, 1}
    for customers, segment, group, everybody, ratio, *ends in rows:
        assert ratio == pytest.approx(customers / segment / (group / everybody), abs=1e-6)
        expected = interval(customers, int(segment), int(group - customers), int(everybody - segment))
        assert ends == pytest.approx(expected, abs=2e-6)
    # of many customers Katz's interval says the same
    customers, segment, group, everybody, _, lower, upper = max(rows)
    katz = relative_risk(
        customers, int(segment), int(group - customers), int(everybody - segment)
    ).confidence_interval()
    part = segment / everybody
    carried = [end / (part * end + 1 - part) for end in (katz.low, katz.high)]
    assert [lower, upper] == pytest.approx(carried, rel=0.01)


@pytest.mark.parametrize(("segment", "others", "share"), [(50, 300, 0.1), (200, 1200, 0.03), (300, 900, 0.4)])
def test_the_interval_covers_what_it_should(segment: int, others: int, share: float) -> None:
    """Drawn 2,000 times at the bound of four fifths: about 95 % cover it, few of the others would raise a flag."""
    chance = np.random.default_rng(5)
    part, ratio = segment / (segment + others), 0.8
    outside = share * (1 - part * ratio) / (1 - part)  # so that the population's share is `share`
    draws = zip(
        chance.binomial(segment, ratio * share, 2000),
        np.maximum(chance.binomial(others, outside, 2000), 1),
        strict=True,
    )
    ends = np.array([interval(int(a), segment, int(b), others) for a, b in draws])
    assert np.mean((ends[:, 0] <= ratio) & (ratio <= ends[:, 1])) == pytest.approx(0.95, abs=0.02)
    assert np.mean(ends[:, 1] < ratio) < 0.04


def test_shares_add_up_and_every_customer_is_counted(sample: Warehouse) -> None:
    sums = sample.rows(
        """select study, as_of_date, segment, attribute, sum(segment_share), sum(population_share), sum(customers)
        from segment_fairness group by all"""
    )
    assert {row[3] for row in sums} == {"age", "gender", "marital status"}
    assert [row[4:6] for row in sums] == [pytest.approx((1, 1), abs=1e-5)] * len(sums)
    counted = {(study, date, segment): total for study, date, segment, _, _, _, total in sums}
    assert len(counted) * 3 == len(sums)
    assigned = sample.rows("select study, as_of_date, segment, count(*) from segment_assignments group by all")
    assert counted == {(study, date, segment): n for study, date, segment, n in assigned}


def test_the_groups_are_those_of_the_extract(sample: Warehouse) -> None:
    counted = sample.rows(
        f"""select group_name, sum(customers) from segment_fairness
        where study = 'demographic' and {LATEST} and attribute = 'gender' group by all order by all"""
    )
    listed = sample.rows(
        f"""select coalesce(gender, 'unknown'), count(*) from stg_customer_demographics
        where {LATEST} group by all order by all"""
    )
    assert counted == listed


def test_a_flag_needs_a_ratio_past_the_limit_that_is_no_chance(sample: Warehouse) -> None:
    rows = sample.rows(
        "select ratio, ratio_lower, ratio_upper, is_flagged from segment_fairness where ratio is not null"
    )
    for ratio, lower, upper, flagged in rows:
        assert flagged == ((ratio < 0.8 and upper < 1) or (ratio > 1.25 and lower > 1))
        assert lower <= ratio <= upper
    past = [flagged for ratio, _, _, flagged in rows if not 0.8 <= ratio <= 1.25]
    assert any(past)
    assert not all(past)
    # the rule looks at the ratio: an interval that reaches the limit is no excuse, nor is one that leaves out 1 enough
    assert any(flagged for _, lower, upper, flagged in rows if lower <= 1.25 and upper >= 0.8)
    assert any(not flagged for _, lower, upper, flagged in rows if lower > 1 or upper < 1)
    assert not any(
        flagged
        for _, _, _, flagged in sample.rows("select 1, 1, 1, is_flagged from segment_fairness where ratio is null")
    )


@pytest.mark.parametrize(
    ("segment", "others", "share", "found"), [(50, 300, 0.1, 0.2), (200, 1200, 0.03, 0.2), (300, 900, 0.4, 1)]
)
def test_equal_groups_are_seldom_flagged(segment: int, others: int, share: float, found: float) -> None:
    """Drawn 1,000 times: of groups as frequent as elsewhere 5 % are flagged at most; of groups a third as frequent
    more than by the rule that the whole interval lies past the limit."""
    chance = np.random.default_rng(7)
    for times, flagged in [(1.0, (0, 0.05)), (1 / 3, (found, 1))]:
        inside = chance.binomial(segment, times * share, 1000)
        outside = np.maximum(chance.binomial(others, share, 1000), 1)
        ratios = inside / segment / ((inside + outside) / (segment + others))
        ends = np.array([interval(int(a), segment, int(b), others) for a, b in zip(inside, outside, strict=True)])
        flags = (ratios < 0.8) & (ends[:, 1] < 1) | (ratios > 1.25) & (ends[:, 0] > 1)
        whole = (ends[:, 1] < 0.8) | (ends[:, 0] > 1.25)
        assert flagged[0] <= np.mean(flags) <= flagged[1]
        assert np.all(flags[whole])


def test_cards_mention_every_feature_segment_and_flag(sample: Warehouse) -> None:
    texts = {study: card.replace("\\", "") for study, card in sample.rows("select study, card from model_cards")}
    assert len(texts) == 7
    for study, label, protected in sample.rows("select study, label, is_protected from feature_catalog"):
        assert f"\n- {label} (" in texts[study], (study, label)
        assert (f"\n- {label}: " in texts[study].split("Protected:\n")[1]) == protected, (study, label)
    for study, segment, persona in sample.rows("select study, segment, persona from segment_personas"):
        assert f"\n- Segment {segment}, {persona}: " in texts[study]
    flags = sample.rows(
        f"select study, segment, attribute, group_name from segment_fairness where is_flagged and {LATEST}"
    )
    for study, segment, attribute, group in flags:
        (line,) = [
            x for x in texts[study].splitlines() if x.startswith(f"- Segment {segment}, ") and f", {attribute}: " in x
        ]
        assert f"{group} " in line
    for study, version, claim in sample.rows("select study, model_version, failed_claims from segment_personas"):
        assert version in texts[study]
        assert claim is None or claim in texts[study]
    for study, extract in [("combined", "card_transactions"), ("card_usage", "card_usage")]:
        (read,) = [n for (n,) in sample.rows(f"select rows_read from extract_counts where extract = '{extract}'")]
        assert f"Extract {extract}: {read:,} rows read" in texts[study]


def test_a_card_has_the_sections_of_both_standards(sample: Warehouse) -> None:
    for (card,) in sample.rows("select card from model_cards"):
        said = " ".join(line for line in card.splitlines() if line.startswith("*SR 11-7")).lower()
        for section in ("purpose and use", "data", "methodology and assumptions", "outcomes analysis", "limitations"):
            assert section in said
        for section in ("ongoing monitoring", "governance", "model details", "intended use", "factors", "metrics"):
            assert section in said
        for section in ("evaluation data", "training data", "ethical considerations", "caveats and recommendations"):
            assert section in said
        assert card.startswith("# Model card: ")
        assert card.endswith("\n")


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Card files alone, in which all columns are noise; a title and a label with marks of Markdown."""
    folder = tmp_path_factory.mktemp("crowd")
    frame = cards(300)
    chance = np.random.default_rng(3)
    for column in frame.columns.drop(["CUST_ID", "AS_OF_DATE"]):
        frame[column] = chance.uniform(0.2, 0.8, len(frame)).round(3).astype(str)
    warehouse = Warehouse(folder / "bank.duckdb", copy_project(folder))
    path = warehouse.project / "models" / "features" / "features_card_usage.yml"
    text = path.read_text(encoding="utf-8")
    text = text.replace("title: Card usage", 'title: "A|B *c*\\n# <b>`d`"', 1)
    path.write_text(text.replace("label: Balance,", 'label: "1. [x](y) & 2. z\\n- w",', 1), encoding="utf-8")
    files = {"card_usage": write(frame, folder / "cards.csv")}
    read = ("--select", "+model_cards", "+segment_fairness")
    assert warehouse.build(*read, studies=["card_usage"], bank_files=files) == ""
    return warehouse


def test_marks_in_names_are_escaped(crowd: Warehouse) -> None:
    card = crowd.value("select card from model_cards")
    assert card.startswith("# Model card: A\\|B \\*c\\* \\# \\<b\\>\\`d\\`\n\n")
    assert "\n- 1\\. \\[x\\](y) \\& 2. z - w (currency), Yeo-Johnson\n" in card
    assert "1. [x](y) & 2. z - w (currency)" in crowd.value("select clustered_features from model_cards")


def test_a_card_without_structure_says_so(crowd: Warehouse) -> None:
    ((card, limits, health, has_structure),) = crowd.rows("select card, limits, health, has_structure from model_cards")
    assert not has_structure
    assert "\n> **The data show no segments of their own" in card
    assert limits.startswith("No number of segments passes: these are a way to cut one crowd")
    assert health.startswith("Structure: none. ")


def test_a_bank_that_knows_no_groups(crowd: Warehouse) -> None:
    assert crowd.value("select count(*) from segment_fairness") == 0
    assert crowd.rows("select flagged_groups from model_cards") == [(0,)]
    assert "so no groups are compared" in crowd.value("select fairness from model_cards")
    assert "\nProtected:\n\n- none\n" in crowd.value("select card from model_cards")
