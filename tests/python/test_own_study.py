"""The tutorial of docs/your-study.md, followed in a copy of the project; and what is said of faults."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from cards import cards, write
from conftest import ROOT, Warehouse, copy_project

PAGE = (ROOT / "docs" / "your-study.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, flags=re.M | re.S)
EXAMPLE = ROOT / "examples" / "mortgage"

SQL = "models/features/features_mortgage.sql"
YAML = "models/features/features_mortgage.yml"
SOURCES = "models/sources.yml"
PERSONAS = "seeds/reference/personas.csv"
TRAITS = "seeds/reference/persona_traits.csv"
PLAYBOOK = "seeds/reference/playbook.csv"
MORTGAGES = "examples/mortgage/mortgages.csv"
CONTRACT = (EXAMPLE / "sources.yml").read_text(encoding="utf-8")
(YEARS_LEFT,) = re.findall(r"^ +- {name: years_left, data_type.*\n", CONTRACT, flags=re.M)
STUDY: dict[str, Any] = {"studies": ["mortgage"], "as_of_date": "2025-06-30"}


def command(copy: Warehouse) -> dict[str, Any]:
    """The vars of the tutorial's command, which is given in the project's folder."""
    (given,) = re.findall(r"^\.venv/bin/dbt build --vars '(.*)'$", PAGE, flags=re.M)
    variables: dict[str, Any] = yaml.safe_load(given)
    files = {extract: str(copy.project / path) for extract, path in variables["bank_files"].items()}
    return variables | {"bank_files": files, "as_of_date": str(variables["as_of_date"])}


def follow(project: Path, personas: bool = True) -> None:
    """Runs the page's commands that copy and append the example's files."""
    shutil.copytree(ROOT / "examples", project / "examples")
    commands = [line for language, text in BLOCKS if language == "sh" for line in text.splitlines()]
    for line in commands:
        if line.startswith(("cp ", "cat ")) and (personas or "seeds/" not in line):
            subprocess.run(["sh", "-c", line], cwd=project, check=True)


def mortgages() -> pd.DataFrame:
    """The example's extract, as text: three groups by the customer's number modulo 3 (new, nearly paid off, stretched),
    then four faulty rows, and one that comes twice."""
    return pd.read_csv(EXAMPLE / "mortgages.csv", dtype=str, keep_default_na=False)


REASONS = {
    "customer_id: missing": 1,
    "loan: below 0": 1,
    "years_left: above 60": 1,
    "property_value: not a number": 1,
    "repeated key: customer_id, as_of_date": 1,
}


def copy_of_the_project(folder: Path, personas: bool = True) -> Warehouse:
    project = copy_project(folder)
    follow(project, personas)
    return Warehouse(folder / "bank.duckdb", project)


HOUSES = """
      - name: houses
        description: One row a house, which names no customer.
        config: {meta: {key: [house]}}
        columns:
          - {name: house, data_type: varchar, description: House., config: {meta: {required: true}}}
          - {name: faith, data_type: varchar, description: X, config: {meta: {categories: any, protected: true}}}
"""
PROTECTED_COLUMNS = """\
          - {name: date_of_birth, data_type: date, description: Birthday., config: {meta: {protected: true}}}
          - {name: nationality, data_type: varchar, description: X, config: {meta: {categories: any, protected: true}}}
          - {name: religion, data_type: varchar, description: X, config: {meta: {categories: any, protected: true}}}
"""


def holders() -> pd.DataFrame:
    """The tutorial's extract with protected columns, which its study does not read; nobody's religion is known."""
    frame = mortgages()
    place = np.arange(len(frame))
    born = pd.Timestamp("2025-06-30") - pd.to_timedelta((20 + place % 60) * 365.25 + 10, unit="D")
    nationality = np.where(place % 3 == 0, "welsh", [f"N{number % 11}" for number in place])
    return frame.assign(date_of_birth=born.strftime("%Y-%m-%d"), nationality=nationality, religion="")


@pytest.fixture(scope="module")
def with_cards(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The tutorial's study with its personas, beside one of the project's; both files mark something protected."""
    folder = tmp_path_factory.mktemp("with_cards")
    copy = copy_of_the_project(folder)
    write(holders(), copy.project / MORTGAGES)
    (copy.project / "houses.csv").write_text("house,faith\nH1,quaker\nH2,none\n", encoding="utf-8")
    with (copy.project / SOURCES).open("a", encoding="utf-8") as file:
        file.write(HOUSES)
    for name, old, new in [
        (SOURCES, YEARS_LEFT, YEARS_LEFT + PROTECTED_COLUMNS),
        (SQL, "\n)\n", "\n),\n\nhouses as (\n    {{ checked_extract('houses') }}\n)\n"),
        (YAML, "label: Years left, unit: years", "label: Years left, unit: years, protected: true"),
    ]:
        path = copy.project / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    files = command(copy)["bank_files"] | {"houses": str(copy.project / "houses.csv")}
    files["card_usage"] = write(cards(200), folder / "cards.csv")
    assert copy.build(**command(copy) | {"studies": ["card_usage", "mortgage"], "bank_files": files}) == ""
    return copy


def test_key_figures_follow_the_banks_extracts(with_cards: Warehouse, tmp_path: Path) -> None:
    """Other figures of the study's customers come for a date whose own extract stands."""
    copy = with_cards.copy(tmp_path)
    files = command(copy)["bank_files"] | {"houses": str(copy.project / "houses.csv")}
    frame = cards(200).assign(CUST_ID=mortgages()["CustomerId"].drop_duplicates().head(200), PURCHASES="9000")
    files["card_usage"] = write(frame, tmp_path / "cards.csv")
    variables = command(copy) | {"studies": ["card_usage", "mortgage"], "bank_files": files}
    assert copy.build_untested(**variables) == ""
    revenue = """
        select round(sum(kpis.card_revenue), 2) from segment_assignments
        inner join customer_kpis as kpis using (customer_id, as_of_date) where study = 'mortgage'"""
    assert copy.value(revenue) > 0
    assert copy.value("select round(sum(card_revenue_total), 2) from segment_kpis where study = 'mortgage'") == (
        copy.value(revenue)
    )


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The tutorial's study alone and without its persona rows: the page's command, with the unit tests."""
    copy = copy_of_the_project(tmp_path_factory.mktemp("alone"), personas=False)
    assert copy.dbt("build", **command(copy)) == ""
    return copy


def studies_of_marts(built: Warehouse) -> dict[str, set[str]]:
    """The studies in every table that tells studies apart."""
    tables = built.rows("select table_name from duckdb_columns() where column_name = 'study' and schema_name = 'main'")
    return {t: {study for (study,) in built.rows(f"select distinct study from {t}")} for (t,) in tables}


def test_what_the_page_shows_of_a_file_is_in_it() -> None:
    """The first line of a block names the file; "..." stands for what is left out."""
    shown = [text.split("\n", 1) for _, text in BLOCKS if text.startswith(("-- ", "# "))]
    assert len(shown) == 5
    for first, body in shown:
        file = (ROOT / first.split()[1]).read_text(encoding="utf-8")
        for part in body.split("...\n"):
            assert part in file, first


def test_every_mart_has_the_study(with_cards: Warehouse) -> None:
    """Whatever has rows of the project's own study has rows of the user's, from segments to recommendations."""
    found = studies_of_marts(with_cards)
    assert {"customer_segments", "segment_profiles", "segment_kpis", "segment_recommendations"} <= set(found)
    for mart, studies in found.items():
        if "card_usage" in studies and mart != "attention":
            assert "mortgage" in studies, mart


def test_the_personas_are_those_of_the_rows(with_cards: Warehouse) -> None:
    named = with_cards.rows(
        "select persona, is_catalogued, claims_failed from segment_personas where study = 'mortgage' order by persona"
    )
    assert named == [("Nearly There", True, 0), ("Newly Housed", True, 0), ("Stretched", True, 0)]
    groups = with_cards.rows(
        "select cast(substr(customer_id, 2) as integer) % 3, persona, count(*) from customer_segments "
        "where study = 'mortgage' group by all order by all"
    )
    assert [group[:2] for group in groups] == [(0, "Newly Housed"), (1, "Nearly There"), (2, "Stretched")]
    assert sum(n for *_, n in groups) == 200


def test_protected_columns_of_an_own_extract_are_compared(with_cards: Warehouse) -> None:
    """Against pandas on the file; a birthday is an age, and what only the study's YAML marks is compared as well."""
    known = with_cards.rows("select attribute, kind, known_from from protected_attributes order by position")
    assert [row for row in known if "mortgage" in row[2]] == [
        ("age", "age", "customer_demographics, mortgages, bank_customers, financial_profiles"),
        ("nationality", "category", "mortgages"),
        ("religion", "category", "mortgages"),
        ("years left", "number", "study mortgage"),
    ]
    people = holders().head(200).set_index("CustomerId")
    segments = dict(with_cards.rows("select customer_id, segment from segment_assignments where study = 'mortgage'"))
    people["segment"] = pd.Series(segments)
    ages = (20 + np.arange(200) % 60) + 10 / 365.25
    bands = ["under 25", "25 to 34", "35 to 44", "45 to 54", "55 to 64", "65 and over"]
    people["age"] = pd.cut(ages, [0, 25, 35, 45, 55, 65, 200], right=False, labels=bands).astype(str)
    sizes = people["nationality"].str.lower().value_counts().sort_index().sort_values(ascending=False, kind="stable")
    kept = set(sizes.index[:9])
    assert len(sizes) == 12
    people["nationality"] = people["nationality"].str.lower().map(lambda x: x if x in kept else "all other groups")
    quarter = pd.qcut(people["years_left"].astype(float), 4, labels=False)
    names = ["quarter 1 (lowest)", "quarter 2", "quarter 3", "quarter 4 (highest)"]
    people["years left"] = quarter.map(lambda place: names[int(place)])
    expected = {
        (attribute, segment, group): n
        for attribute in ("age", "nationality", "years left")
        for (segment, group), n in people.groupby(["segment", attribute]).size().items()
    }
    found = with_cards.rows(
        """select attribute, segment, group_name, customers
        from segment_fairness where study = 'mortgage' and customers > 0"""
    )
    assert {tuple(key): n for *key, n in found} == expected
    # the study of the project's has the same people, and knows them as well
    assert ("nationality",) in with_cards.rows("select attribute from segment_fairness where study = 'card_usage'")


def test_protected_columns_that_name_no_customer_are_said(with_cards: Warehouse) -> None:
    assert with_cards.rows("select attribute from protected_attributes where known_from like '%houses%'") == []
    said = with_cards.rows("select severity, times, message from attention where topic like 'protected columns%'")
    assert [row[:2] for row in said] == [(2, 1)]
    assert "the protected columns of houses: they have no column customer_id; call" in said[0][2]
    for (card,) in with_cards.rows("select card from model_cards"):
        assert "Not compared, since they name no customer: the protected columns of houses" in card


@pytest.mark.parametrize("build", ["alone", "with_cards"])
def test_faulty_rows_are_rejected_and_counted(build: str, request: pytest.FixtureRequest) -> None:
    built: Warehouse = request.getfixturevalue(build)
    rejected = built.rows(
        "select rejection_reason, count(raw_row) from rejected_rows where extract = 'mortgages' group by all"
    )
    assert dict(rejected) == REASONS
    counts = built.rows(
        "select extract, rows_read, rows_staged, rows_rejected from extract_counts where extract = 'mortgages'"
    )
    assert counts == [("mortgages", 205, 200, 5)]
    assert built.value("select count(*) from features_mortgage") == 200
    ((message,),) = built.rows("select message from attention where topic = 'rejected rows'")
    assert "mortgages 5 of 205" in message


def test_without_persona_rows_the_names_are_descriptive(alone: Warehouse) -> None:
    names = [name for (name,) in alone.rows("select persona from segment_personas where not is_catalogued")]
    assert len(names) == len(set(names)) == 3
    assert all(re.search("years left|late payments|loan to value|payment burden", name) for name in names)
    assert studies_of_marts(alone)["customer_segments"] == {"mortgage"}


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The tutorial's files, to be spoilt; one copy for all tests, since dbt then parses only what has changed."""
    copy = copy_of_the_project(tmp_path_factory.mktemp("tutorial"))
    assert copy.dbt("compile", **command(copy)) == ""  # on an empty database
    return copy


@pytest.fixture
def spoil(tutorial: Warehouse) -> Iterator[Callable[[str, str, str], None]]:
    """Changes a text in a file of the copy, for one test."""
    before: dict[Path, str] = {}

    def change(name: str, old: str, new: str) -> None:
        path = tutorial.project / name
        text = path.read_text(encoding="utf-8")
        before.setdefault(path, text)
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    yield change
    for path, text in before.items():
        path.write_text(text, encoding="utf-8")


def assert_said(copy: Warehouse, *words: str, **variables: Any) -> None:
    """The build of the study ends with a sentence that has the words."""
    message = copy.build("--select", "+feature_catalog", **command(copy) | variables)
    assert message
    assert "Traceback" not in message
    for word in words:
        assert word in message


HOLDER = "One row a mortgage holder and as_of_date.\n"
FAULTS = {
    "a feature that the SQL does not return": (
        [(SQL, "as payment_burden", "as paymnt_burden")],
        [SQL, "does not return the column payment_burden", YAML, "Did you mean paymnt_burden?"],
    ),
    "no customer_id": (
        [(SQL, "    customer_id,", "    customer_id as client,")],
        ["features_mortgage does not return the column customer_id", "it returns client, as_of_date"],
    ),
    "no customer_id, and no test that asks for it": (
        [
            (SQL, "    customer_id,", "    customer_id as client,"),
            (YAML, "[customer_id, as_of_date]", "[as_of_date, client]"),
        ],
        [SQL, "does not return the column customer_id, which every study needs", "it returns client, as_of_date"],
    ),
    "text": (
        [(SQL, "    late_payments,", "    cast(late_payments as varchar) as late_payments,")],
        ["Feature late_payments", "is varchar in " + SQL, "cast it"],
    ),
    "a column twice in the SQL": (
        [(SQL, "    late_payments,", "    late_payments,\n    monthly_income as late_payments,")],
        [SQL, "returns the column late_payments twice, the second time as late_payments_1"],
    ),
    "a column twice in the YAML": (
        [(YAML, "      - {name: late_payments", "      - {name: years_left}\n      - {name: late_payments")],
        [YAML, "lists the column years_left of features_mortgage twice"],
    ),
    "a label twice": (
        [(YAML, "label: Late payments", "label: Years left")],
        [YAML, "two features of study mortgage the label 'Years left'"],
    ),
    "a persona twice": (
        [(PERSONAS, "mortgage,Stretched,", "mortgage,Nearly There,grow\nmortgage,Stretched,")],
        [PERSONAS, "2 rows of mortgage, Nearly There", "keep one"],
    ),
    "personas as they were before": (
        [(PERSONAS, "mortgage,Stretched,", "mortgage,Stretched,Pay much and late.,")],
        [PERSONAS, "a row has not as many fields as its columns, which have to be study, persona, theme"],
    ),
    "traits without the column for words": (
        [(TRAITS, "feature,level,phrase", "feature,level,words")],
        [f"There is no column phrase in {TRAITS}"],
    ),
    "a playbook that does not say what is about credit": (
        [(PLAYBOOK, "payment is missed.,true", "payment is missed.")],
        [PLAYBOOK, "study, persona, area, recommendation, is_credit_advice"],
    ),
    "an unknown transform": (
        [(YAML, "unit: years", "unit: years, transform: log")],
        ["Feature years_left of study mortgage has the transform 'log'", "yeo_johnson"],
    ),
    "an unknown recipe": (
        [(YAML, "title: Mortgages", "title: Mortgages, recipe: log")],
        ["Study mortgage has the recipe 'log'", "standard"],
    ),
    "no settings of the study": ([(YAML, "{study: {title", "{studie: {title")], ["no config.meta.study in its YAML"]),
    "no YAML entry": ([(YAML, "name: features_mortgage", "name: features_mortgages")], [SQL, "has no YAML entry"]),
    "a key that is no column": (
        [
            (
                SOURCES,
                f"{HOLDER}        config: {{meta: {{key: [customer_id",
                f"{HOLDER}        config: {{meta: {{key: [client",
            )
        ],
        ["mortgages (models/sources.yml) has 'client' in its config.meta.key", "customer_id, as_of_date, loan"],
    ),
    "an extract that sources.yml lacks": ([(SQL, "'mortgages'", "'mortgage'")], ["'bank.mortgage'", SQL]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_file_is_said(fault: str, tutorial: Warehouse, spoil: Callable[[str, str, str], None]) -> None:
    changes, words = FAULTS[fault]
    for change in changes:
        spoil(*change)
    assert_said(tutorial, *words)


EXTRACTS: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], list[str]]] = {
    "a header and no rows": (
        lambda f: f.head(0),
        ["mortgages.csv, has a header and no rows", "the study mortgage needs it"],
    ),
    "misspelt columns": (
        lambda f: f.rename(columns={"loan": "loans"}),
        ["Extract mortgages", "mortgages.csv, lacks the required column loan", "did you mean loans?"],
    ),
    "too many rejected rows": (
        lambda f: f.assign(loan=["-1"] * 20 + list(f["loan"])[20:]),
        [
            "mortgages.csv: 24 of 205 rows are rejected, more than var max_rejected_share (0.05) allows",
            "Mostly: loan: below 0 (21 rows)",
            "Look at checked_own_extracts",
        ],
    ),
}


@pytest.mark.parametrize("case", EXTRACTS)
def test_a_fault_in_the_extract_is_said(case: str, tutorial: Warehouse) -> None:
    change, words = EXTRACTS[case]
    path = tutorial.project / MORTGAGES
    write(change(mortgages()), path)
    assert_said(tutorial, *words)
    write(mortgages(), path)


def test_a_totals_row_of_an_own_extract_is_named(tutorial: Warehouse) -> None:
    frame = mortgages().drop_duplicates("CustomerId")
    amounts = ["loan", "property_value", "monthly_payment", "monthly_income"]
    numbers = frame[amounts].apply(pd.to_numeric, errors="coerce")
    good = frame[numbers.gt(0).all(axis=1) & frame["CustomerId"].str.startswith("C", na=False)].head(150)
    total = good[amounts].astype(float).sum().round(2).to_dict() | {"CustomerId": "Total"}
    path = tutorial.project / MORTGAGES
    write(pd.concat([good, pd.DataFrame([total])], ignore_index=True), path)
    assert tutorial.build("--select", "+total_rows", **command(tutorial)) == ""
    assert tutorial.rows("select extract, customer_id from total_rows") == [("mortgages", "Total")]
    write(mortgages(), path)


STUDIES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a study twice": ({"studies": ["mortgage", "mortgage"]}, ["var studies names 'mortgage' twice"]),
    "no list": ({"studies": "mortgage"}, ["var studies is 'mortgage'; give a list, such as [mortgage]"]),
    "a study without its model": (
        {"studies": ["mortgage", "savings"]},
        [
            "names 'savings', but there is no models/features/features_savings.sql",
            "there are studies",
            "card_usage",
            "docs/your-study.md",
        ],
    ),
    "files without the extract": (
        {"bank_files": {"card_usage": "cards.csv"}},
        ["Extract mortgages, which the study mortgage needs, is not there", "names no file of it, only of card_usage"],
    ),
}


@pytest.mark.parametrize("case", STUDIES)
def test_a_fault_in_the_vars_is_said(case: str, tutorial: Warehouse) -> None:
    variables, words = STUDIES[case]
    assert_said(tutorial, *words, **variables)


def test_a_study_with_a_capital(tutorial: Warehouse, spoil: Callable[[str, str, str], None]) -> None:
    sql = tutorial.project / SQL
    spoil(YAML, "name: features_mortgage", "name: features_Mortgage")
    spoil(YAML, "'mortgage' in", "'Mortgage' in")
    sql.rename(sql.with_name("features_Mortgage.sql"))
    assert_said(
        tutorial, "names 'Mortgage'", "lower-case letters", "rename features_Mortgage.sql", studies=["Mortgage"]
    )
    sql.with_name("features_Mortgage.sql").rename(sql)


def test_the_extract_as_a_seed_of_the_sample_bank(tutorial: Warehouse, spoil: Callable[[str, str, str], None]) -> None:
    """The seed must be asked for: else dbt could not know that the model comes after it."""
    assert_said(tutorial, "Extract mortgages", "the sample bank has none", "{mortgages: PATH}", bank_files={})
    write(mortgages(), tutorial.project / "seeds" / "sample" / "raw_mortgages.csv")
    assert_said(
        tutorial, "there is a seed raw_mortgages, which needs checked_extract('mortgages', seed=true)", bank_files={}
    )
    spoil(SQL, "'mortgages'", "'mortgages', seed=true")
    variables = command(tutorial) | {"bank_files": {}}
    assert tutorial.build("--select", "+feature_catalog", **variables) == ""
    assert tutorial.value("select count(*) from features_mortgage") == 200
    # With files given the sample's seeds are off, and nothing asks for them.
    assert tutorial.dbt("parse", **command(tutorial)) == ""
