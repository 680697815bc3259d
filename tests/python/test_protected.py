"""Protected features: marked, left out by one var, and a sentence where they are not marked."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Warehouse, copy_project

DEMOGRAPHIC = "features_demographic_behavioral_combined.yml"
SOURCES = "sources.yml"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A copy of the project whose YAML is changed and changed back."""
    folder = tmp_path_factory.mktemp("protected")
    return Warehouse(folder / "bank.duckdb", copy_project(folder))


def said(copy: Warehouse, changes: list[tuple[str, str, str, str]], **variables: Any) -> str:
    """What dbt says of the project with some changes, which are taken back."""
    before: dict[Path, str] = {}
    for name, text, old, new in changes:
        path = copy.project / "models" / (name if name == SOURCES else f"features/{name}")
        before.setdefault(path, path.read_text(encoding="utf-8"))
        now = path.read_text(encoding="utf-8")
        assert text in now, text
        path.write_text(now.replace(text, text.replace(old, new), 1), encoding="utf-8")
    message = copy.dbt("run", "--select", "feature_catalog", **variables)
    for path, text in before.items():
        path.write_text(text, encoding="utf-8")
    return message


MARK = ", protected: true"
LEAVE_OUT: dict[str, Any] = {"leave_out_protected": True}

# what is changed (file, text, part of it that goes, what comes instead), the vars, what is said
FAULTS: dict[str, tuple[list[tuple[str, str, str, str]], dict[str, Any], list[str]]] = {
    "the column itself": (
        [("features_relationship.yml", "yeo_johnson" + MARK, MARK, "")],
        {},
        ["Feature age of study relationship is age of extract bank_customers", "add protected: true"],
    ),
    "a category by its variable": (
        [(DEMOGRAPHIC, "variable: marital_status" + MARK, MARK, "")],
        {},
        ["Feature is_single of study demographic is marital_status of extract customer_demographics", DEMOGRAPHIC],
    ),
    "another name of a variable": (
        [("features_wealth.yml", "label: Investments,", "label", "variable: age, label")],
        {},
        ["Feature investment of study wealth is age of extract"],
    ),
    "a category by its name": (
        [(DEMOGRAPHIC, "role: profile" + MARK, MARK, "")],
        {},
        ["Feature is_female of study demographic is gender of extract customer_demographics"],
    ),
    "a column that a bank protects": (
        [(SOURCES, "{required: false, unit: count, minimum: 0, maximum: 30}", "maximum: 30", "protected: true")],
        {},
        ["Feature dependents of study demographic is dependents of extract customer_demographics"],
    ),
    "a mark that is none": (
        [("features_wealth.yml", MARK, "true", "perhaps")],
        {},
        ["Feature age of study wealth has protected: perhaps; give true or false"],
    ),
    "no other feature": (
        [
            ("features_wealth.yml", f"label: {label},", "label", "role: profile, label")
            for label in ("Annual income", "Credit score", "Loans", "Investments")
        ],
        LEAVE_OUT,
        ["Study wealth has no feature with role cluster besides the protected ones", "leave_out_protected"],
    ),
    "an override that clusters one": (
        [],
        LEAVE_OUT | {"study_overrides": {"wealth": {"features": ["age", "investment"]}}},
        ["var study_overrides clusters study wealth by age, which is protected", "take one of the two back"],
    ),
    "a var that is no yes or no": (
        [],
        {"leave_out_protected": "age"},
        ["var leave_out_protected is 'age'; give true or false"],
    ),
    "a ratio that is none": ([], {"fairness_ratio": 1.25}, ["var fairness_ratio is 1.25; give a number between 0"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_said(fault: str, copy: Warehouse) -> None:
    changes, variables, words = FAULTS[fault]
    message = said(copy, changes, **variables)
    assert "Traceback" not in message
    for word in words:
        assert word in message


def test_a_feature_that_only_sounds_so_is_none(copy: Warehouse) -> None:
    """average_age ends like an age."""
    assert said(copy, [("features_card_usage.yml", "name: average_purchase", "purchase", "age")]) == ""


def left_out(warehouse: Warehouse) -> dict[str, str]:
    return dict(warehouse.rows("select study, settings_hash from study_settings"))


def test_one_var_leaves_them_out_of_all_studies(new_warehouse: Callable[[], Warehouse]) -> None:
    """They are described and compared as before; only a study that has any gets another version."""
    warehouse = new_warehouse()
    studies = {"studies": ["card_offers", "wealth"], "fit_rows": 300, "structure_rows": 300}
    assert warehouse.build("--select", "+segment_models", **studies) == ""
    before = left_out(warehouse)
    versions = "select study, count(distinct model_version) from training_sample group by all order by all"
    read = ("--select", "+segment_profiles", "+segment_fairness", "+model_cards")
    assert warehouse.build(*read, **studies, leave_out_protected=True) == ""
    after = left_out(warehouse)
    assert after["card_offers"] == before["card_offers"]
    assert after["wealth"] != before["wealth"]
    assert warehouse.rows(versions) == [("card_offers", 1), ("wealth", 2)]
    assert warehouse.rows("select feature, role from feature_catalog where is_protected") == [("age", "profile")]
    assert warehouse.value("select len(fill) from segment_models where study = 'wealth'") == 4
    assert warehouse.value("select count(*) from segment_profiles where study = 'wealth' and feature = 'age'") > 0
    assert warehouse.value("select count(*) from segment_fairness where study = 'wealth' and attribute = 'age'") > 0
    card = warehouse.value("select card from model_cards where study = 'wealth'")
    assert "\n- Age: described only\n" in card
    assert "No protected feature forms segments" in card
