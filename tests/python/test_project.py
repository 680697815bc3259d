"""What the project says of itself: descriptions, contracts, vars, sizes."""

import json
import re
import subprocess
from typing import Any

import pytest
import yaml
from conftest import ROOT, Warehouse

Node = dict[str, Any]


@pytest.fixture(scope="module")
def manifest(sample: Warehouse) -> Node:
    loaded: Node = json.loads((sample.path.with_suffix(".target") / "manifest.json").read_text(encoding="utf-8"))
    return loaded


def columns_of(sample: Warehouse, name: str) -> set[str]:
    return {row[0] for row in sample.rows(f"describe {name}")}


def test_every_model_and_column_is_described(sample: Warehouse, manifest: Node) -> None:
    models = [n for n in manifest["nodes"].values() if n["resource_type"] == "model"]
    assert len(models) > 30
    for model in models:
        assert len(model["description"]) > 20, model["name"]
        assert "rimary key" in model["description"] or "primary key" in model["description"], model["name"]
        described = {name for name, column in model["columns"].items() if column["description"]}
        assert described == columns_of(sample, model["name"]), model["name"]


def test_every_extract_and_seed_is_described(manifest: Node) -> None:
    for source in manifest["sources"].values():
        assert source["description"]
        assert all(c["description"] and c["data_type"] for c in source["columns"].values()), source["name"]
    seeds = [n for n in manifest["nodes"].values() if n["resource_type"] == "seed"]
    assert all(seed["description"] for seed in seeds)


MACRO = r"\{%-? *(?:macro|materialization) (?!\w+__)(\w+)"
LINES_OF_MACROS = 0.35


def test_every_macro_is_described() -> None:
    """By a comment directly above it; an engine's own way to say it (duckdb__x) by that of the macro (x)."""
    for path in (ROOT / "macros").rglob("*.sql"):
        text = path.read_text(encoding="utf-8")
        for macro in re.finditer(MACRO, text):
            above = text[: macro.start()]
            assert above.endswith("#}\n"), (path.name, macro[1])
            assert len(above.rpartition("{#")[2].split()) > 4, (path.name, macro[1])


def test_sql_stands_in_models() -> None:
    """A line of macros for so many of models: what one model uses stands in that model."""
    lines = {
        folder: sum(
            bool(line.strip())
            for path in (ROOT / folder).rglob("*.sql")
            for line in path.read_text(encoding="utf-8").splitlines()
        )
        for folder in ("macros", "models")
    }
    assert lines["macros"] <= LINES_OF_MACROS * lines["models"], lines


def test_marts_are_public_and_have_contracts(manifest: Node) -> None:
    marts = [n for n in manifest["nodes"].values() if n["resource_type"] == "model" and "marts" in n["fqn"]]
    assert len(marts) >= 9
    assert all(m["access"] == "public" and m["contract"]["enforced"] for m in marts)


def test_the_database_has_every_constraint_of_the_yaml(sample: Warehouse, manifest: Node) -> None:
    of_tables = sample.rows(
        "select table_name, lower(constraint_type), constraint_column_names from duckdb_constraints()"
    )
    indexes = sample.rows("select table_name, expressions from duckdb_indexes() where is_unique")
    of_tables += [(table, "unique", re.findall(r"\w+", columns)) for table, columns in indexes]
    for model in manifest["nodes"].values():
        for constraint in model.get("constraints", []):
            kind = constraint["type"].replace("_", " ")
            given = [columns for table, its, columns in of_tables if (table, its) == (model["name"], kind)]
            assert constraint["columns"] in given if constraint["columns"] else given, (model["name"], constraint)
    keyed = [m for m in manifest["nodes"].values() if m.get("constraints")]
    assert len(keyed) > 40


def test_every_sql_model_behind_a_python_model_has_a_contract(manifest: Node) -> None:
    for name in ("k_selection", "segment_models", "segment_assignments"):
        assert manifest["nodes"][f"model.customer_segmentation.{name}"]["contract"]["enforced"]


def test_the_vars_that_are_checked_are_the_vars_that_there_are() -> None:
    defaults = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    macro = (ROOT / "macros" / "hooks" / "check_vars.sql").read_text(encoding="utf-8")
    known = macro.split("macro var_rules()")[1].split("endmacro")[0]
    rules = re.findall(r"^ +\('([a-z_ ]+)', ", known, flags=re.M)
    assert sorted(" ".join(rules).split()) == sorted(defaults)


def test_python_models_are_thin() -> None:
    for path in (ROOT / "python_models").glob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 20, path.name


def test_only_the_generic_loops_name_a_study(manifest: Node) -> None:
    """Else a mart breaks when that study is off."""
    for path in [*(ROOT / "models" / "segmentation").glob("*.sql"), *(ROOT / "models" / "marts").rglob("*.sql")]:
        text = path.read_text(encoding="utf-8").replace("ref('features_' ~", "")
        assert "ref('features_" not in text, path


def test_sample_data_are_small_and_no_public_file_is_tracked() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    files = tracked.stdout.splitlines()
    if not files:
        pytest.skip("not a git checkout")
    assert not [f for f in files if f.endswith((".duckdb", ".parquet")) or "cc_general" in f]
