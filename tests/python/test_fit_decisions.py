"""A fit is a decision: what makes a new version of a model, and what does not."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from cards import cards, write
from conftest import Warehouse

VERSIONS = "select distinct version_number, model_version from training_sample order by all"
IN_FORCE = "select version_number, segments, model_version from segment_models"
FITS = "select study, model_version, count(*) from kmeans_fits group by all order by all"


class Cards:
    """A warehouse and two months of one card extract."""

    def __init__(self, warehouse: Warehouse, folder: Path) -> None:
        self.warehouse = warehouse
        self.march = write(cards(300, "2025-03-31"), folder / "march" / "card_usage.csv")
        self.june = write(cards(300), folder / "june" / "card_usage.csv")

    def build(self, path: str, *args: str, override: dict[str, Any] | None = None, **variables: Any) -> None:
        variables |= {"studies": ["card_usage"], "bank_files": {"card_usage": path}, "structure_rows": 100}
        variables |= {"study_overrides": {"card_usage": override}} if override else {}
        # as little of the project as the tests look at
        select = () if "--select" in args else ("--select", "+segment_models")
        assert self.warehouse.build(*args, *select, **variables) == ""

    def in_force(self) -> tuple[Any, ...]:
        (row,) = self.warehouse.rows(IN_FORCE)
        return row

    def versions(self) -> list[tuple[Any, ...]]:
        return self.warehouse.rows(VERSIONS)


@pytest.fixture(scope="module")
def march(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """After a first build on the month of March; others go on in a copy."""
    folder = tmp_path_factory.mktemp("march")
    bank = Cards(Warehouse(folder / "bank.duckdb"), folder)
    bank.build(bank.march)
    return bank.warehouse


@pytest.fixture(scope="module")
def story(march: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Any, ...]]:
    """What is in force, and which versions there are, after each of a series of builds into one database."""
    folder = tmp_path_factory.mktemp("months")
    bank = Cards(march.copy(folder), folder)
    seen: dict[str, tuple[Any, ...]] = {}

    def note(step: str) -> None:
        seen[step] = (bank.in_force(), bank.versions(), bank.warehouse.rows(FITS))

    note("first")
    bank.build(bank.june)
    note("other data")
    bank.build(bank.june, refit=True)
    note("refit")
    bank.build(bank.june, override={"recipe": "standard"})
    note("other settings")
    bank.build(bank.june)
    note("old settings")
    bank.build(bank.june, override={"segments": 3})
    note("three segments")
    bank.build(bank.march, refit=["card_usage"])
    note("refit on old data")
    bank.build(bank.march, override={"features": ["balance", "purchases", "payments"]})
    note("other features")
    return seen


def test_a_refit_that_was_killed_is_finished_only_when_asked(march: Warehouse, tmp_path: Path) -> None:
    """Between its sample and its fits: the last complete version stays in force, and the next build fits nothing."""
    bank = Cards(march.copy(tmp_path), tmp_path)
    before = (bank.in_force(), bank.versions(), bank.warehouse.rows(FITS))
    bank.build(bank.june, "--select", "+training_sample", refit=True)
    assert len(bank.versions()) == 2
    bank.build(bank.june)
    assert (bank.in_force(), bank.versions(), bank.warehouse.rows(FITS)) == before
    bank.build(bank.june, refit=True)
    assert bank.in_force()[0] == 2


def test_other_data_keep_the_model_in_force(story: dict[str, tuple[Any, ...]]) -> None:
    assert story["first"][0][0] == 1
    assert story["other data"] == story["first"]


def test_refit_makes_version_two(story: dict[str, tuple[Any, ...]]) -> None:
    assert story["refit"][0][0] == 2
    assert story["refit"][0][2] != story["first"][0][2]
    assert [number for number, _ in story["refit"][1]] == [1, 2]


def test_other_settings_make_a_version_of_their_own(story: dict[str, tuple[Any, ...]]) -> None:
    assert story["other settings"][0][0] == 3
    assert [number for number, _ in story["other settings"][1]] == [1, 2, 3]
    assert story["other features"][0][2] not in {version for _, version in story["refit on old data"][1]}


def test_old_settings_bring_the_old_version_back(story: dict[str, tuple[Any, ...]]) -> None:
    assert story["old settings"][0] == story["refit"][0]
    assert story["old settings"][1:] == story["other settings"][1:]


def test_another_number_of_segments_fits_nothing(story: dict[str, tuple[Any, ...]]) -> None:
    assert story["three segments"][0][1] == 3
    assert story["three segments"][1:] == story["old settings"][1:]


def test_a_refit_on_data_that_was_fitted_before_is_the_newest_again(
    story: dict[str, tuple[Any, ...]],
) -> None:
    first, again = story["first"][0], story["refit on old data"][0]
    assert again[2] == first[2]
    assert again[0] == 4
    assert len(story["refit on old data"][1]) == 3
    assert story["refit on old data"][2] == story["three segments"][2]


def test_full_refresh_forgets_all_versions(march: Warehouse, tmp_path: Path) -> None:
    bank = Cards(march.copy(tmp_path), tmp_path)
    bank.build(bank.june, refit=True)
    bank.build(bank.june, "--full-refresh")
    assert bank.in_force()[0] == 1
    assert len(bank.versions()) == 1


def test_a_model_of_the_sample_bank_is_never_used_on_files(warehouse: Warehouse, tmp_path: Path) -> None:
    small = {"studies": ["card_usage"], "structure_rows": 100, "fit_rows": 300}
    assert warehouse.build("--select", "+segment_models", **small) == ""
    bank = Cards(warehouse, tmp_path)
    (sample,) = warehouse.rows(IN_FORCE)
    bank.build(bank.june, fit_rows=300)
    assert bank.in_force()[2] != sample[2]
    assert warehouse.rows("select distinct study from kmeans_fits") == [("card_usage",)]


def test_a_version_that_was_left_unfitted_waits_for_its_settings(warehouse: Warehouse, tmp_path: Path) -> None:
    """A build that ended after the sample was taken must not have it fitted by the next settings."""
    bank = Cards(warehouse, tmp_path)
    bank.build(bank.june, "--select", "+training_sample")
    bank.build(bank.june, override={"recipe": "standard"})
    assert warehouse.rows("select count(*) from feature_scaling") == [(1,)]
    bank.build(bank.june)
    assert warehouse.value("select count(lambdas[1]) from feature_scaling") == 1
    assert bank.in_force()[0] == 1


def test_the_training_sample_is_bounded_and_the_same_every_time(warehouse: Warehouse, tmp_path: Path) -> None:
    """The customers with the smallest md5 of their id, at the latest date only."""
    bank = Cards(warehouse, tmp_path)
    months = pd.concat([cards(300, "2025-03-31"), cards(300)])
    bank.build(write(months, tmp_path / "both" / "card_usage.csv"), fit_rows=50)
    by_hand = warehouse.rows("""
        select customer_id from features_card_usage where as_of_date = '2025-06-30'
        order by md5(customer_id), customer_id limit 50
    """)
    assert warehouse.rows("select distinct cast(as_of_date as varchar) from training_sample") == [("2025-06-30",)]
    taken = warehouse.rows("select customer_id from training_sample order by md5(customer_id), customer_id")
    assert taken == by_hand
