"""What the YAML of a study may say: tried in copies of the project."""

from pathlib import Path

import pytest
from conftest import Warehouse

YAML = Path("models") / "features" / "features_card_usage.yml"


@pytest.fixture
def copy(project_copy: Path, tmp_path: Path) -> Warehouse:
    """A database of its own, and a copy of the project."""
    return Warehouse(tmp_path / "bank.duckdb", project_copy)


def change(copy: Warehouse, before: str, after: str) -> None:
    path = copy.project / YAML
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


FAULTS = {
    "an unknown key of a feature": ("label: Balance,", "lable: Balance,", ["Unknown key 'lable'", "label, unit"]),
    "an unknown transform": ("yeo_johnson", "logarithm", ["transform 'logarithm'", "none, yeo_johnson"]),
    "an unknown key of a study": ("segments: 4", "clusters: 4", ["Unknown key 'clusters'", "recipe, segments"]),
    "a role that is none": ("unit: share, role: profile", "unit: share, role: described", ["role 'described'"]),
    "a weight that is none": ("unit: currency,", "unit: currency, weight: 0,", ["weight 0", "above 0"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_yaml_is_said(fault: str, copy: Warehouse) -> None:
    before, after, words = FAULTS[fault]
    change(copy, before, after)
    message = copy.build("--select", "+study_settings", studies=["card_usage"])
    for word in words:
        assert word in message


def test_an_edit_reaches_the_catalogue_and_its_text_is_quoted(copy: Warehouse) -> None:
    label = "select label, weight from feature_catalog where feature = 'balance'"
    assert copy.build("--select", "+study_settings", studies=["card_usage"]) == ""
    assert copy.rows(label) == [("Balance", 1)]
    change(copy, "label: Balance,", "label: \"What's left; 'really'\", weight: 2.5,")
    # Only the study and what comes after it: the catalogue must not stay as it was.
    assert copy.build("--select", "features_card_usage feature_catalog", studies=["card_usage"]) == ""
    assert copy.rows(label) == [("What's left; 'really'", 2.5)]
