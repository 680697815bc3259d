"""The originals' own names for their clusters, put in place of ours: persona_claims finds what is not so."""

import shutil
from pathlib import Path

import duckdb
import pytest
from conftest import CARD_FEATURES, Warehouse, shared_file

CARDS = {
    # our segment, largest first: the original's name for its cluster of these customers (numbers 3, 0, 2 and 1)
    1: "Everyday Users",
    2: "Prudent Spenders",
    3: "Revolvers",
    4: "High-Value Transactors",
}
DATE = "2025-06-30"


def renamed(built: Warehouse, folder: Path, names: dict[int, str], **variables: object) -> Warehouse:
    """A copy of a warehouse in which segments have other names."""
    copy = Warehouse(folder / "bank.duckdb")
    shutil.copy(built.path, copy.path)
    with duckdb.connect(str(copy.path)) as con:
        con.execute(
            "create or replace table segment_names as from segment_names"
        )  # without its key: names change places
        for segment, name in names.items():
            con.execute(
                "update segment_names set persona = ?, is_catalogued = true, described_in = null where segment = ?",
                [name, segment],
            )
    assert copy.dbt("run", "--select", "segment_profiles", "persona_claims", "segment_personas", **variables) == ""
    return copy


def claims(warehouse: Warehouse, persona: str) -> dict[str, tuple[str, float, float, bool]]:
    """By feature: the claim, the mean, the z-score (two digits), whether it holds."""
    rows = warehouse.rows(
        "select feature, expected_level, round(mean, 2), round(z_score, 2), holds from persona_claims "
        f"where persona = '{persona}'"
    )
    return {feature: (level, mean, z, holds) for feature, level, mean, z, holds in rows}


@pytest.fixture(scope="module")
def cards(public_cards: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return renamed(
        public_cards,
        tmp_path_factory.mktemp("cards"),
        CARDS,
        studies=["card_usage"],
        bank_files={"card_usage": shared_file("cc_general.csv")},
        as_of_date=DATE,
        study_overrides={"card_usage": {"recipe": "standard", "segments": 4, "features": CARD_FEATURES}},
    )


def test_prudent_spenders_buy_most_often(cards: Warehouse) -> None:
    found = claims(cards, "Prudent Spenders")
    level, mean, _, holds = found["purchases_frequency"]
    assert (level, holds) == ("low", False)
    assert mean == pytest.approx(0.89, abs=0.01)
    assert not found["balance"][3]
    assert found["prc_full_payment"][3]


def test_everyday_users_hardly_ever_buy(cards: Warehouse) -> None:
    found = claims(cards, "Everyday Users")
    level, mean, _, holds = found["purchases_frequency"]
    assert (level, holds) == ("high", False)
    assert mean == pytest.approx(0.17, abs=0.01)
    assert not found["purchases_installments_frequency"][3]


@pytest.mark.parametrize("persona", ["High-Value Transactors", "Revolvers"])
def test_the_other_two_are_what_they_are_called(cards: Warehouse, persona: str) -> None:
    assert all(holds for *_, holds in claims(cards, persona).values())


def test_failed_claims_stand_beside_the_name(cards: Warehouse) -> None:
    ((failed, text, description),) = cards.rows(
        "select claims_failed, failed_claims, description from segment_personas where persona = 'Prudent Spenders'"
    )
    assert failed == 2
    assert "Balance: moderate, not low (z = -0.3" in text
    assert "Purchase frequency: very high, not low (z = 0.9" in text
    assert text.endswith(" percentile)")
    assert description == "Pay in full more often than others."


def test_our_own_names_for_these_clusters_are_others(public_cards: Warehouse) -> None:
    """A persona below the threshold is not given: neither of the two contradicted names stays where it was."""
    ours = dict(public_cards.rows("select segment, persona from segment_personas"))
    assert ours[1] != CARDS[1]
    assert ours[2] != CARDS[2]
    assert public_cards.value("select min(persona_match) from segment_personas where is_catalogued") >= 0.6


@pytest.fixture(scope="module")
def relationship(public_relationship: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Twelve columns, z-score, k = 4; the smallest cluster (219 of 1,500) is the one with the lowest CLV."""
    variables = {
        "studies": ["relationship"],
        "bank_files": {"bank_customers": {"path": shared_file("finance_customers.csv"), "customer_id": "row_number"}},
        "as_of_date": DATE,
        "study_overrides": {"relationship": {"recipe": "standard", "segments": 4}},
    }
    four = public_relationship.copy(tmp_path_factory.mktemp("four"))
    assert four.build("--select", "+segment_personas", **variables) == ""
    # it takes its number from the model of the rule, which was in force before
    smallest = four.value("select segment from segment_personas order by customers limit 1")
    return renamed(four, tmp_path_factory.mktemp("relationship"), {smallest: "Premium Investors"}, **variables)


def test_the_highest_clv_is_the_lowest(relationship: Warehouse) -> None:
    by_clv = relationship.rows(
        "select persona, customers from segment_profiles where feature = 'clv_proxy' order by mean"
    )
    assert by_clv[0] == ("Premium Investors", pytest.approx(219, abs=5))
    found = claims(relationship, "Premium Investors")
    assert found["clv_proxy"][0] == "very high"
    assert found["clv_proxy"][2] < 0
    assert not any(holds for *_, holds in found.values())
    assert len(found) == 5


def test_no_cluster_has_a_high_clv(relationship: Warehouse) -> None:
    """So the claim would be wrong of each of the four."""
    assert relationship.value("select max(abs(z_score)) from segment_profiles where feature = 'clv_proxy'") < 0.1
