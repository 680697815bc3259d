"""Models are registered: numbers and names go on, and an older model can stay in force."""

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from cards import cards, write
from conftest import OUTLIVE_A_BUILD, Warehouse
from sklearn.metrics import adjusted_rand_score

SCORED = "select * from customer_segments order by all"
REGISTRY = """
    select registration, model_version, segments, previous_model_version, segment_numbers, segment_overlaps, agreement,
        kept_share, is_in_force, reason
    from model_registry order by registration
"""


JUDGED = """
    select health.model_version, health.segments, personas.verdict = health.verdict, registry.recipe
    from segmentation_health as health
    inner join model_registry as registry on registry.study = health.study
    inner join segment_personas as personas on personas.study = health.study
    where health.is_in_force and registry.is_in_force
"""
# as little of the project as the tests look at; all of it after a refit, and where a pin is at odds with the settings
READ = ["customer_segments", "model_registry", "segment_personas", "segmentation_health", *OUTLIVE_A_BUILD]
SEGMENTED = ("--select", *(f"+{table}" for table in READ))
Story = dict[str, tuple[list[Any], list[Any], list[Any]]]


class Bank:
    """A warehouse of card customers of two months, half of them the same people."""

    def __init__(self, warehouse: Warehouse, folder: Path) -> None:
        self.warehouse = warehouse
        everybody = cards(900)
        self.first = write(everybody.head(600), folder / "first" / "card_usage.csv")
        self.second = write(everybody.tail(600), folder / "second" / "card_usage.csv")

    def build(self, path: str, override: dict[str, Any] | None = None, whole: bool = False, **variables: Any) -> str:
        variables |= {"studies": ["card_usage"], "bank_files": {"card_usage": path}, "structure_rows": 100}
        select = () if whole else SEGMENTED
        return self.warehouse.build(
            *select, study_overrides={"card_usage": {"segments": 4} | (override or {})}, **variables
        )

    def version(self) -> str:
        return str(self.warehouse.value("select model_version from segment_models"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """After a first build, which is where all that follows begins."""
    folder = tmp_path_factory.mktemp("bank")
    bank = Bank(Warehouse(folder / "bank.duckdb"), folder)
    assert bank.build(bank.first) == ""
    return bank


@pytest.fixture(scope="module")
def story(built: Bank, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The scored customers, the registry and the verdict after each of a series of builds into one database."""
    folder = tmp_path_factory.mktemp("story")
    bank = Bank(built.warehouse.copy(folder), folder)
    seen: Story = {}

    def note(step: str, message: str) -> None:
        assert message == ""
        seen[step] = (bank.warehouse.rows(SCORED), bank.warehouse.rows(REGISTRY), bank.warehouse.rows(JUDGED))

    note("first", "")
    pin = {"card_usage": bank.version()}
    note("second", bank.build(bank.second))
    note("refit", bank.build(bank.second, refit=True, whole=True))
    note("pinned", bank.build(bank.second, model_versions=pin))
    note("pinned with more segments", bank.build(bank.second, {"segments": 5}, whole=True, model_versions=pin))
    note("pinned with another recipe", bank.build(bank.second, {"recipe": "standard"}, model_versions=pin))
    note("more segments", bank.build(bank.second, {"segments": 5}))
    note("back", bank.build(bank.second))
    note("pinned where it is", bank.build(bank.second, model_versions={"card_usage": bank.version()}))
    return seen


def test_a_first_model_counts_from_one(story: Story) -> None:
    ((*row, is_in_force, reason),) = story["first"][1]
    assert row[0] == 1
    assert row[2:] == [4, None, "1, 2, 3, 4", "new, new, new, new", None, None]
    assert is_in_force
    assert reason.startswith("set by the study")


def test_what_is_in_force_changes_only_when_asked(story: Story) -> None:
    assert story["second"][1] == story["first"][1]
    assert len(story["refit"][1]) == 2
    assert [row[-2] for row in story["refit"][1]] == [False, True]


def test_a_pinned_model_scores_as_before_bit_for_bit(story: Story) -> None:
    assert story["pinned"][0] == story["second"][0]
    assert story["refit"][0] != story["second"][0]
    assert story["pinned"][1][0][-2:] == (True, "pinned by var model_versions")
    # The number of segments is the one that it had.
    assert story["pinned with more segments"][0] == story["second"][0]


def test_a_pinned_model_is_judged_as_it_was_fitted(story: Story) -> None:
    """Whatever the settings of the study are now; one row for each segment."""
    version = story["first"][1][0][1]
    assert story["pinned with another recipe"][0] == story["second"][0]
    for step in ("first", "pinned", "pinned with more segments", "pinned with another recipe"):
        assert story[step][2] == [(version, 4, True, "robust")] * 4, step
    assert {row[1] for row in story["more segments"][2]} == {5}


def test_numbers_and_agreement_are_those_of_numpy_and_scikit_learn(
    story: Story,
) -> None:
    """On the customers of the new sample, which all are in the second file."""
    old = {row[1]: row[3] for row in story["second"][0]}
    new = {row[1]: row[3] for row in story["refit"][0]}
    before, after = (np.array([labels[customer] for customer in sorted(old)]) for labels in (old, new))
    *_, numbers, overlaps, agreement, kept, _, _ = story["refit"][1][1]
    assert agreement == pytest.approx(adjusted_rand_score(before, after), abs=1e-6)
    assert kept == pytest.approx((before == after).mean(), abs=1e-6)
    for number, overlap in zip(numbers.split(", "), overlaps.split(", "), strict=True):
        jaccard = np.sum((before == int(number)) & (after == int(number))) / np.sum(
            (before == int(number)) | (after == int(number))
        )
        if overlap == "new":
            assert int(number) > 4
        else:
            assert float(overlap) == pytest.approx(jaccard, abs=1e-6)
            assert jaccard >= 0.5


def test_more_segments_are_a_model_of_their_own_with_new_numbers(
    story: Story,
) -> None:
    registry = story["more segments"][1]
    assert [row[2] for row in registry] == [4, 4, 5]
    numbers = [int(number) for number in registry[-1][4].split(", ")]
    assert len(set(numbers)) == 5
    assert max(numbers) > 4


def test_a_model_that_comes_back_has_its_numbers_and_names(story: Story) -> None:
    assert story["back"][0] == story["refit"][0]
    assert [row[:8] for row in story["back"][1]] == [row[:8] for row in story["more segments"][1]]
    assert [row[-2] for row in story["back"][1]] == [False, True, False]
    # Of its two numbers of segments a pin takes the one that it had last, not the one that came last.
    assert story["pinned where it is"][0] == story["back"][0]


@pytest.fixture
def bank(built: Bank, tmp_path: Path) -> Bank:
    """A copy after the first build."""
    return Bank(built.warehouse.copy(tmp_path), tmp_path)


def test_a_wrong_pin_gets_a_sentence(bank: Bank) -> None:
    version = bank.version()
    said = bank.build(bank.first, model_versions={"card_usage": "abc"})
    assert "Var model_versions pins version abc of study card_usage, which was never in force." in said
    assert f"There are: {version} (4 segments)." in said
    said = bank.build(
        bank.first, {"features": ["balance", "purchases", "payments"]}, model_versions={"card_usage": version}
    )
    assert "which was fitted on other features: balance, balance_frequency" in said
    assert "The study has now: balance, purchases, payments." in said
    assert "var model_versions is 'abc'; give a mapping" in bank.build(bank.first, model_versions="abc")
    assert "relationship" in bank.build(bank.first, model_versions={"relationship": "abc"})


REGISTRATIONS = "select registration, model_version, segment_numbers, is_in_force from model_registrations order by 1"


def test_a_model_of_another_kind_of_source_can_be_pinned(warehouse: Warehouse, tmp_path: Path) -> None:
    """It is registered once, keeps its numbers, and builds go on whatever comes next."""
    bank = Bank(warehouse, tmp_path)
    of_sample = {"studies": ["card_usage"], "structure_rows": 100, "fit_rows": 300}
    assert bank.warehouse.build(*SEGMENTED, **of_sample) == ""
    registered = bank.warehouse.rows(REGISTRATIONS)
    pin = {"card_usage": bank.version()}
    for _ in range(2):
        assert bank.build(bank.first, model_versions=pin) == ""
        assert bank.warehouse.rows(REGISTRATIONS) == registered
    assert bank.build(bank.first) == ""
    assert [row[3] for row in bank.warehouse.rows(REGISTRATIONS)] == [False, True]
    assert bank.build(bank.first, model_versions=pin) == ""
    assert [row[3] for row in bank.warehouse.rows(REGISTRATIONS)] == [True, False]


def test_a_warehouse_without_keys_gets_them_and_loses_what_is_there_twice(bank: Bank) -> None:
    """As 0.4.0 could leave it behind: no keys, and one model registered twice."""
    registered = bank.warehouse.rows(REGISTRATIONS)
    with duckdb.connect(str(bank.warehouse.path)) as con:
        for table in OUTLIVE_A_BUILD:
            con.execute(f"create or replace table {table} as select * from {table}")
        con.execute("insert into model_registrations select * replace (2 as registration) from model_registrations")
    assert bank.build(bank.first) == ""
    assert bank.warehouse.rows(REGISTRATIONS) == registered
    keyed = {table for (table,) in bank.warehouse.rows("select table_name from duckdb_tables() where has_primary_key")}
    assert set(OUTLIVE_A_BUILD) <= keyed


def test_a_group_that_is_new_gets_a_new_number_and_none_of_the_old_names(bank: Bank, tmp_path: Path) -> None:
    """Other customers altogether come in: what dissolves takes its number and its name along."""
    everybody = cards(700)
    rich = everybody.head(250).copy()
    for column in ("PURCHASES", "ONEOFF_PURCHASES", "PAYMENTS", "CREDIT_LIMIT"):
        rich[column] = (pd.to_numeric(rich[column]) * 40 + 20000).astype(str)
    rich["CUST_ID"] = "R" + rich["CUST_ID"]
    warehouse = bank.warehouse
    before = dict(warehouse.rows("select segment, persona from segment_personas"))
    both = write(pd.concat([everybody.head(100), rich]), tmp_path / "both" / "card_usage.csv")
    assert bank.build(both, refit=True) == ""
    after = dict(warehouse.rows("select segment, persona from segment_personas"))
    new = set(after) - set(before)
    assert new
    assert min(new) > max(before)
    assert not {after[segment] for segment in new} & set(before.values())
