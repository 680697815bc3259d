"""What is said of segments: one word for one figure on a card, and nothing that the data contradict."""

import csv
import re
from typing import Any

import pytest
import yaml
from conftest import ROOT, Warehouse

Row = dict[str, Any]
BUILDS = ["sample", "public_cards", "public_relationship"]
FIGURES = """
    select study, segment, feature, label, z_score, mean, is_yes_or_no
    from segment_profiles inner join segment_personas using (study, segment, as_of_date)
"""
# What nobody should read in a sentence: a number without digits, minus zero, a rank that nobody has, a missing value.
NO_NUMBER = r"\(z = \)|(^|[ (=])-0(\.0+)?([^\d.]|$)|\b(100|0)th percentile|\bnan\b|\binf\b|\bNULL\b|\bNone\b"
# One is no plural, all of none is nothing, and a figure that is missing takes its words with it.
NO_COUNT = (
    r"(^|[^.,0-9])1 (customers|segments|claims|rows|comparisons|recommendations|months|dates)\b"
    r"|\ball (0|1) |\d of 0([^.\d]|$)|\(at least \)|at worst [,:]| on  customers|\(\)"
)


def reference(seed: str) -> list[dict[str, str]]:
    with (ROOT / "seeds" / "reference" / seed).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


LEVELS = reference("trait_levels.csv")


def as_rows(built: Warehouse, query: str) -> list[Row]:
    rows: list[Row] = built.arrow(query).to_pylist()
    return rows


def level_of(z: float) -> dict[str, str]:
    """The one level of a z-score."""
    (level,) = [row for row in LEVELS if float(row["z_lower"] or "-inf") <= z < float(row["z_upper"] or "inf")]
    return level


def word(figures: Row) -> str:
    """What has to be said of a figure."""
    level = level_of(figures["z_score"])
    if not figures["is_yes_or_no"]:
        return level["level"]
    if "low" in level["level"] and figures["mean"] <= 0.05:
        return "hardly any"
    if "high" in level["level"] and figures["mean"] >= 0.95:
        return "nearly all"
    return level["of_yes_or_no"]


def small(label: str) -> str:
    """A label within a sentence."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def phrase(figures: Row) -> str:
    said = word(figures)
    return f"{said}{':' if said in ('hardly any', 'nearly all') else ''} {small(figures['label'])}"


def holds(claim: str, z: float) -> bool:
    """A claim of high allows very high, one of low very low."""
    found = level_of(z)["level"]
    return found == claim or found == f"very {claim}"


def large_first(text: str) -> str:
    return text[:1].upper() + text[1:]


@pytest.fixture(params=BUILDS)
def built(request: pytest.FixtureRequest) -> Warehouse:
    warehouse: Warehouse = request.getfixturevalue(request.param)
    return warehouse


def test_every_figure_has_exactly_one_level() -> None:
    assert [row["z_upper"] for row in LEVELS[:-1]] == [row["z_lower"] for row in LEVELS[1:]]
    assert (LEVELS[0]["z_lower"], LEVELS[-1]["z_upper"]) == ("", "")
    bounds = [float(row["z_upper"]) for row in LEVELS[:-1]]
    assert bounds == sorted(bounds)
    assert bounds == [-bound for bound in reversed(bounds)]


def test_what_stands_out_is_what_the_figures_say(built: Warehouse) -> None:
    """Of the features that form the segments, at the date of the card: built here once more from the figures."""
    clustered = {
        (row["study"], row["feature"])
        for row in as_rows(built, "select study, feature from feature_catalog where role = 'cluster'")
    }
    figures = [row for row in as_rows(built, FIGURES) if (row["study"], row["feature"]) in clustered]
    cards = as_rows(built, "select study, segment, stands_out from segment_personas")
    assert cards
    for card in cards:
        own = [row for row in figures if (row["study"], row["segment"]) == (card["study"], card["segment"])]
        own = [row for row in own if row["z_score"] is not None and level_of(row["z_score"])["level"] != "moderate"]
        own.sort(key=lambda row: (-abs(row["z_score"]), row["label"]))
        expected = large_first(", ".join(phrase(row) for row in own[:4])) or "No feature stands out"
        assert card["stands_out"] == expected


def test_a_description_says_what_holds_and_nothing_else(built: Warehouse) -> None:
    """The parts of the persona whose claims hold, with the level that the figures have; the others stand below."""
    traits = reference("persona_traits.csv")
    figures = {(row["study"], row["segment"], row["feature"]): row for row in as_rows(built, FIGURES)}
    cards = as_rows(built, "select * from segment_personas where is_catalogued")
    for card in cards:
        own = [row for row in traits if (row["study"], row["persona"]) == (card["study"], card["persona"])]
        checked = [(trait, figures[card["study"], card["segment"], trait["feature"]]) for trait in own]
        said = [(trait, found) for trait, found in checked if holds(trait["level"], found["z_score"])]
        said.sort(key=lambda pair: (-abs(pair[1]["z_score"]), pair[0]["feature"]))
        parts = [trait["phrase"].replace("{level}", word(found)) for trait, found in said]
        text = " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
        assert card["description"] == f"{large_first(text)}."
        assert (card["claims"], card["claims_failed"]) == (len(own), len(own) - len(said))
        for trait, found in checked:
            if not holds(trait["level"], found["z_score"]):
                assert f"{found['label']}: {word(found)}, not " in card["failed_claims"]


def test_a_card_has_one_word_for_one_figure(built: Warehouse) -> None:
    """In whatever text: a level word before or after a label is the word for its figure."""
    words = {row["level"] for row in LEVELS} | {row["of_yes_or_no"] for row in LEVELS} | {"hardly any", "nearly all"}
    words_first = "|".join(sorted(words, key=len, reverse=True))
    figures = as_rows(built, FIGURES)
    seen = 0
    for card in as_rows(built, "select * from segment_personas"):
        texts = " ".join(filter(None, (card["description"], card["stands_out"], card["failed_claims"])))
        for row in figures:
            if (row["study"], row["segment"]) != (card["study"], card["segment"]):
                continue
            label = re.escape(row["label"])
            said = re.findall(rf"({words_first}):? {label}(?=[,.;]|$| and )", texts, flags=re.I)
            said += re.findall(rf"{label}: ({words_first}), not", texts)
            seen += len(said)
            assert {found.lower() for found in said} <= {word(row)}, (card["persona"], row["label"])
    assert seen >= len(figures) / 10


def test_names_do_not_say_the_same_in_another_order(built: Warehouse) -> None:
    names = as_rows(built, "select study, persona from segment_personas where not is_catalogued")
    contents = [(row["study"], frozenset(row["persona"].lower().split(", "))) for row in names]
    assert len(set(contents)) == len(contents)


def test_words_of_a_descriptive_name_are_checked_like_a_persona(built: Warehouse) -> None:
    """Each of its words is a claim, whether or not it holds at the latest date."""
    rows = as_rows(built, "select persona, claims from segment_personas where not is_catalogued")
    for row in rows:
        is_average = row["persona"].startswith("Average customers")
        assert row["claims"] == (0 if is_average else len(row["persona"].split(", ")))


def test_no_sentence_has_a_number_that_is_none(built: Warehouse) -> None:
    """In all texts of all tables but what the extracts delivered."""
    columns = built.rows(
        "select table_name, column_name from duckdb_columns() where data_type = 'VARCHAR' and not internal "
        "and table_name not like 'raw_%' and table_name not like '%stg_%' and table_name not like 'checked_%' "
        "and table_name not in ('rejected_rows', 'data_dictionary')"
    )
    assert len(columns) > 100
    for table, column in columns:
        found = built.rows(
            f"select {column} from {table} where regexp_matches({column}, '{NO_NUMBER}|{NO_COUNT}') limit 1"
        )
        assert not found, (table, column, found)


def described() -> list[tuple[str, str]]:
    """Every description of the project with the model or seed that it stands in; unit tests count by hand, and may."""
    found: list[tuple[str, str]] = []

    def walk(part: Any, owner: str) -> None:
        if isinstance(part, dict):
            if isinstance(part.get("description"), str):
                found.append((owner, " ".join(part["description"].split())))
            for key, value in part.items():
                if key != "unit_tests":
                    walk(value, owner)
        elif isinstance(part, list):
            for value in part:
                walk(value, owner)

    for path in [*ROOT.glob("models/**/*.yml"), *ROOT.glob("seeds/**/*.yml")]:
        parts = yaml.safe_load(path.read_text(encoding="utf-8"))
        for kind in ("models", "seeds", "sources", "exposures"):
            for part in parts.get(kind, []):
                walk(part, part["name"])
    for path in ROOT.glob("models/**/*.md"):
        found.append((path.name, " ".join(path.read_text(encoding="utf-8").split())))
    return found


def test_descriptions_name_what_decides_and_not_its_value() -> None:
    """The value of a var or rule is another one in another bank; how a fit tries is said once, where it is made."""
    texts = described()
    assert len(texts) > 1000
    fits = {"kmeans_fits", "sensitivity_fits"}
    for owner, text in texts:
        assert not re.search(r"\bvar `?\w+`? \([\d.]", text), (owner, text)
        assert not re.search(r"\brule \w+ \([\d.]", text), (owner, text)
        if owner not in fits:
            assert not re.search(
                r"\b\w+ samples (of one Gaussian|without)|refits on [\d.]+ %", text.replace("on samples", "")
            ), (
                owner,
                text,
            )


def test_what_a_persona_says_is_measured_against_the_others() -> None:
    """Claims speak of means: no phrase says what all of them do, and a far more needs a very high."""
    for trait in reference("persona_traits.csv"):
        said = trait["phrase"]
        assert "{level}" in said or re.search(r"\bothers\b|\baverage\b", said), trait
        assert not re.search(
            r"\b(always|never|all|every|nobody|in full)\b(?! more| less)", said.replace("pay in full", "pay")
        ), trait
        if "{level}" not in said:
            assert (" far " in f" {said} ") == trait["level"].startswith("very"), trait


def test_advice_about_credit_is_marked() -> None:
    """Whatever speaks of lending is, so that nothing of it stands among other advice."""
    lending = r"\b(limits?|loans?|overdrafts?|lending|credit|debts?|consolidat\w*|finance|repay\w*|mortgages?)\b"
    for row in reference("playbook.csv"):
        if re.search(lending, row["recommendation"], flags=re.I):
            assert row["is_credit_advice"] == "true", row
    assert {row["is_credit_advice"] for row in reference("playbook.csv")} == {"true", "false"}


def test_advice_about_credit_comes_with_its_caution(sample: Warehouse) -> None:
    """It agrees with the model card, and names the groups that segment_fairness flags at the date of the personas."""
    rows = as_rows(sample, "select * from segment_recommendations")
    flagged = as_rows(
        sample,
        "select study, segment, attribute, group_name from segment_fairness "
        "inner join segment_personas using (study, segment, as_of_date) where is_flagged",
    )
    cards = as_rows(sample, "select study, purpose from model_cards")
    assert all("Not intended for: deciding on the credit" in card["purpose"] for card in cards)
    for row in rows:
        assert row["is_credit_advice"] == (row["caution"] is not None)
        groups = [f for f in flagged if (f["study"], f["segment"]) == (row["study"], row["segment"])]
        if row["is_credit_advice"]:
            assert row["caution"].startswith("Of the group, not for deciding on the credit of one customer.")
            assert len(re.findall(r" \([\d.]+\)", row["caution"])) == len(groups)
            for group in groups:
                assert f"{group['attribute']} {group['group_name']} (" in row["caution"]
    assert any(row["caution"] and "Flagged" in row["caution"] for row in rows)
