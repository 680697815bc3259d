"""The public files through dbt build: the figures of the original projects (DESIGN's reference results)."""

from collections.abc import Callable

import pytest
from conftest import Warehouse, must_build, shared_file

WCSS = [152150, 127785, 111986.7, 99073.9, 91503.0, 84852.5, 79532.3, 76050.7, 71087.3, 66612.7]
SILHOUETTES = [0.2100, 0.2506, 0.1976, 0.1932, 0.2026]
SEGMENTS = {
    # size: means of balance, purchases, cash advances
    3976: (1011.752, 269.973, 595.759),
    3367: (894.907, 1236.179, 210.571),
    1198: (4602.463, 501.896, 4520.724),
    409: (3551.154, 7681.620, 653.639),
}


def test_inertia_of_every_k(public_cards: Warehouse) -> None:
    inertia = [i for (i,) in public_cards.rows("select inertia from k_selection order by segments")]
    assert inertia[:5] == pytest.approx(WCSS[:5], rel=0.005)
    assert all(ours <= theirs * 1.005 for ours, theirs in zip(inertia, WCSS, strict=True))


def test_silhouettes(public_cards: Warehouse) -> None:
    ours = public_cards.rows("select silhouette from k_selection where segments between 2 and 6 order by segments")
    assert [s for (s,) in ours] == pytest.approx(SILHOUETTES, abs=0.01)


def test_sizes_and_means(public_cards: Warehouse) -> None:
    rows = public_cards.rows(
        "select segment, customers, max(mean) filter (where feature = 'balance'), "
        "max(mean) filter (where feature = 'purchases'), max(mean) filter (where feature = 'cash_advance') "
        "from segment_profiles group by all order by segment"
    )
    assert [n for _, n, *_ in rows] == pytest.approx(list(SEGMENTS), rel=0.005)
    for (_, _, *means), expected in zip(rows, SEGMENTS.values(), strict=True):
        assert means == pytest.approx(expected, rel=0.005)


def test_principal_components(public_cards: Warehouse) -> None:
    assert public_cards.value("select explained from principal_components") == pytest.approx([0.273, 0.203], abs=0.0005)


def test_every_row_is_kept_and_missing_values_stay_missing(public_cards: Warehouse) -> None:
    assert public_cards.rows("select rows_read, rows_rejected from extract_counts where rows_read > 0") == [(8950, 0)]
    missing = public_cards.rows(
        "select count(*) - count(minimum_payments), count(*) - count(credit_limit) from features_card_usage"
    )
    assert missing == [(313, 1)]


def test_the_number_that_is_set_and_the_one_the_rule_chooses(public_cards: Warehouse) -> None:
    chosen = public_cards.rows(
        "select is_rule_choice, is_chosen, segments, has_structure from k_selection "
        "where is_rule_choice or is_chosen order by segments"
    )
    assert chosen == [(True, False, 3, True), (False, True, 4, True)]


def test_silhouettes_of_the_relationship_file(public_relationship: Warehouse) -> None:
    """With the two ratios; sampled rows would be all 1,500 customers, so only another optimum can differ."""
    expected = [0.1113, 0.1090, 0.0871, 0.0825, 0.0789, 0.0782, 0.0763]
    ours = public_relationship.rows(
        "select silhouette from k_selection where segments between 2 and 8 order by segments"
    )
    assert [s for (s,) in ours] == pytest.approx(expected, abs=0.005)


def test_rows_of_a_file_without_a_key_are_numbered(public_relationship: Warehouse) -> None:
    rows = public_relationship.rows(
        "select min(customer_id::integer), max(customer_id::integer), count(distinct customer_id) "
        "from customer_segments"
    )
    assert rows == [(1, 1500, 1500)]


MARTS_WITH_SEGMENTS = [
    "customer_segments",
    "segment_profiles",
    "segment_personas",
    "persona_claims",
    "segment_kpis",
    "credit_risk_distribution",
    "segment_recommendations",
]


@pytest.fixture(scope="module")
def no_structure(new_warehouse: Callable[[], Warehouse]) -> Warehouse:
    """The relationship file with the study's own settings (robust, auto): the rule finds nothing."""
    file = {"path": shared_file("finance_customers.csv"), "customer_id": "row_number"}
    return must_build(
        new_warehouse(), studies=["relationship"], bank_files={"bank_customers": file}, as_of_date="2025-06-30"
    )


def test_a_study_without_structure_builds_and_says_so(no_structure: Warehouse) -> None:
    assert no_structure.rows("select distinct has_structure, passes from k_selection") == [(False, False)]
    ((segments, reason),) = no_structure.rows("select segments, reason from k_selection where is_chosen")
    assert segments == no_structure.value("select arg_max(segments, excess) from k_selection")
    assert "the data show no segments" in reason
    assert no_structure.rows("select topic, study from attention where severity = 1") == [
        ("no structure", "relationship")
    ]


@pytest.mark.parametrize("mart", MARTS_WITH_SEGMENTS)
def test_every_mart_marks_segments_without_structure(no_structure: Warehouse, mart: str) -> None:
    # of no segment do enough traits of a persona hold, so there are no recommendations
    marked = [] if mart == "segment_recommendations" else [(False,)]
    assert no_structure.rows(f"select distinct has_structure from {mart}") == marked


def test_segments_without_much_structure_say_so(public_relationship: Warehouse) -> None:
    """Weak with the standard recipe; no persona is claimed, since too few of its traits hold of any segment."""
    ((segments, excess),) = public_relationship.rows("select segments, excess from k_selection where is_rule_choice")
    assert segments == 3
    assert 0.01 < excess < 0.02
    assert public_relationship.rows("select distinct is_catalogued from segment_personas") == [(False,)]
    assert public_relationship.rows("select times from attention where topic = 'no persona'") == [(segments,)]
