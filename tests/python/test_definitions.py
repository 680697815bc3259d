"""What defines the features of a study: its vars are settings of the fit, the rest is remembered with the sample."""

import json
from pathlib import Path
from typing import Any

import pytest
from cards import cards, write
from conftest import Warehouse

Shown = dict[str, tuple[str, str]]
CARDS = Path("models") / "features" / "features_card_usage.sql"


def definitions(warehouse: Warehouse, capsys: pytest.CaptureFixture[str], **variables: Any) -> Shown:
    """The vars and the hash of every study, by study; no model is built."""
    query = """
        {% for study in var('studies') %}
        {% set definition = study_definition(study) if execute else {} %}
        select '{{ study }}' as study, '{{ definition.vars }}' as vars, '{{ definition.hash }}' as hash
        {% if not loop.last %}union all{% endif %}
        {% endfor %}
    """
    capsys.readouterr()
    assert warehouse.dbt("show", "--output", "json", "--limit", "20", "--inline", query, **variables) == ""
    shown = capsys.readouterr().out
    rows = json.loads(shown[shown.index("{") :])["show"]
    return {row["study"]: (row["vars"], row["hash"]) for row in rows}


def test_a_var_is_a_setting_of_the_studies_below_it_and_of_no_other(
    warehouse: Warehouse, capsys: pytest.CaptureFixture[str]
) -> None:
    six = definitions(warehouse, capsys)
    assert {study for study, (listed, _) in six.items() if "window_months: 6" in listed} == {"behavioral", "combined"}
    assert not any("clv_divisor" in listed for listed, _ in six.values())
    assert six["card_usage"][0] == ""
    two = definitions(warehouse, capsys, window_months=2, clv_divisor=12, time_zone="Europe/Zurich")
    assert {study for study, (listed, _) in two.items() if "time_zone" in listed} == {"behavioral", "combined"}
    assert {study for study in six if six[study] != two[study]} == {"behavioral", "combined"}
    # The CLV proxy is described only, unless somebody clusters it.
    clustered = {"relationship": {"features": ["clv_proxy", "age"]}}
    assert "clv_divisor: 10" in definitions(warehouse, capsys, study_overrides=clustered)["relationship"][0]


def test_where_and_when_the_data_come_from_defines_nothing(
    warehouse: Warehouse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    of_sample = definitions(warehouse, capsys)
    other = Warehouse(tmp_path / "elsewhere" / "bank.duckdb")  # the name of all: a manifest is used again
    other.path.parent.mkdir()
    files = {"card_usage": write(cards(30), tmp_path / "card_usage.csv")}
    changes = {"bank_files": files, "as_of_date": "2025-01-31", "transaction_partitions": 2, "max_rejected_share": 0.5}
    assert definitions(other, capsys, **changes) == of_sample


def test_sql_a_macro_a_seed_and_a_contract_define_what_is_below_them(
    project_copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warehouse = Warehouse(tmp_path / "bank.duckdb", project_copy)
    before = definitions(warehouse, capsys)

    def changed(path: str, old: str, new: str) -> set[str]:
        """The studies that are defined otherwise after a change, which is taken back."""
        file = project_copy / path
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        after = definitions(warehouse, capsys)
        file.write_text(text, encoding="utf-8")
        return {study for study in before if before[study] != after[study]}

    assert changed(str(CARDS), "    balance,", "    balance,  -- as it is\n\n") == set()
    assert changed(str(CARDS), "    balance,", "    2 * balance as balance,") == {"card_usage"}
    behavior = {"behavioral", "combined"}
    ratio = ("nullif(' ~ denominator", "nullif(2 * ' ~ denominator")
    assert changed("macros/studies/formulas.sql", *ratio) == {"card_usage", "card_offers", "relationship"}
    assert changed("seeds/reference/merchant_categories.csv", ",leisure", ",travel") == behavior
    assert changed("seeds/sample/raw_card_usage.csv", "C000001", "C999999") == set()
    # Whoever an extract lists is a customer of the studies of behavior.
    assert changed("models/sources.yml", "maximum: 120", "maximum: 99") >= behavior


def test_a_model_of_other_definitions_says_so_until_it_is_fitted_again(project_copy: Path, tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "bank.duckdb", project_copy)
    small = {"studies": ["card_usage"], "structure_rows": 100, "fit_rows": 300}
    judged = "select model_version, is_defined_as_today from segment_models"
    assert warehouse.build("--select", "+segment_models", **small) == ""
    ((version, as_today),) = warehouse.rows(judged)
    assert as_today
    file = project_copy / CARDS
    sql = file.read_text(encoding="utf-8")
    file.write_text(sql.replace("    balance,", "    2 * balance as balance,", 1), encoding="utf-8")
    assert warehouse.build("--select", "+segment_models", **small) == ""
    assert warehouse.rows(judged) == [(version, False)]
    assert warehouse.build("--select", "+segment_models", **small, refit=True) == ""
    ((again, as_today),) = warehouse.rows(judged)
    assert again != version
    assert as_today
