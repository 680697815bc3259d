"""Studies of a user's own whose data say little: all customers alike, a constant feature, a feature that nobody has."""

from pathlib import Path

import pytest
from cards import cards, write
from conftest import ROOT, Warehouse, copy_project, rendered

CASES = ROOT.parent / "shared" / "cases" / "own_studies"
COLUMNS = {"identical": "ab", "constant": "abc", "allnull": "abc"}


def add_study(project: Path, case: str) -> None:
    """What docs/your-study.md writes: the extract's contract, the study's SQL and its YAML."""
    names = COLUMNS[case]
    columns = [f"          - {{name: {name}, data_type: double, description: X.}}\n" for name in names]
    with (project / "models" / "sources.yml").open("a", encoding="utf-8") as file:
        file.write(
            f"\n      - name: {case}_rows\n        description: X.\n"
            "        config: {meta: {key: [customer_id, as_of_date]}}\n        columns:\n"
            "          - {name: customer_id, data_type: varchar, description: X., config: {meta: {required: true}}}\n"
            "          - {name: as_of_date, data_type: date, description: X.}\n" + "".join(columns)
        )
    features = project / "models" / "features" / f"features_{case}"
    features.with_suffix(".sql").write_text(
        f"select customer_id, as_of_date, {', '.join(names)}\n"
        f"from ({{{{ checked_extract('{case}_rows') }}}}) as given where rejection_reason is null\n",
        encoding="utf-8",
    )
    described = [f"      - {{name: {name}, description: X., config: {{meta: {{feature: {{}}}}}}}}\n" for name in names]
    features.with_suffix(".yml").write_text(
        f"version: 2\nmodels:\n  - name: features_{case}\n    description: X.\n    config:\n"
        f"      enabled: \"{{{{ '{case}' in var('studies') }}}}\"\n      meta: {{study: {{title: The {case}}}}}\n"
        "    data_tests: [{primary_key: {arguments: {columns: [customer_id, as_of_date]}}}]\n"
        "    columns:\n      - {name: customer_id, description: X.}\n      - {name: as_of_date, description: X.}\n"
        + "".join(described),
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The three beside one of the project's studies, in one build."""
    if not CASES.exists():
        pytest.skip("small inputs that are not part of the project; they are not at ../shared/cases/own_studies")
    folder = tmp_path_factory.mktemp("own_cases")
    copy = Warehouse(folder / "bank.duckdb", copy_project(folder))
    files = {"card_usage": write(cards(60), folder / "card_usage.csv")}
    for case in COLUMNS:
        add_study(copy.project, case)
        files[f"{case}_rows"] = str(CASES / f"{case}.csv")
    assert copy.build(studies=["card_usage", *COLUMNS], bank_files=files, as_of_date="2025-06-30") == ""
    return copy


def test_what_cannot_be_segmented_is_said_and_the_others_are_built(built: Warehouse) -> None:
    said = built.rows("select severity, study, message from attention where topic = 'left out' order by study")
    assert said == [
        (
            1,
            "allnull",
            "Study allnull: no customer has a value of b. "
            "Fill the column in the extract, or choose the features without it: var study_overrides.",
        ),
        (
            1,
            "identical",
            "Study identical has only 1 customers that differ from each other, too few for 2 segments. "
            "Look at the features of the study.",
        ),
    ]
    counts = built.rows("select study, count(*) from customer_segments group by study order by study")
    assert counts == [("card_usage", 60), ("constant", 150)]
    page = rendered(built.path)
    for _, _, message in said:
        assert f"Left out.</strong> {message}" in page


def test_a_constant_feature_is_a_finding_and_changes_nothing(built: Warehouse) -> None:
    """a and b alone make the three groups of fifty; the study can be built, and the findings say what c is worth."""
    findings = built.rows("select study, finding from exploratory_findings where kind = 'constant' order by all")
    assert findings == [
        ("constant", "c: all customers have 7, so it tells nobody apart"),
        ("identical", "a: all customers have 4, so it tells nobody apart"),
        ("identical", "b: all customers have 2, so it tells nobody apart"),
    ]
    names = built.rows("select customers, persona from segment_personas where study = 'constant'")
    assert [row[0] for row in names] == [50, 50, 50]
    assert not [name for _, name in names if " c" in name]
