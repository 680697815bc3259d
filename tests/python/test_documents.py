"""What the README and the pages of docs/ say is so: queries and their results, figures, settings, names, links."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from archetypes import agreement, rows_of, visible_groups
from conftest import ROOT, Warehouse, published, stages
from jinja2 import Environment

from benchmarks.pages import filled

DOCS = sorted((ROOT / "docs").rglob("*.md"))
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "examples/README.md")] + DOCS
PAGES += [ROOT / folder / "README.md" for folder in ("sample_bank", "benchmarks", "tests/generic")]
TEXTS = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in PAGES}
QUERY = re.compile(r"^```sql\n(select .*?)^```$(?:\n\n(^```\n┌.*?^```$|(?:^\|[^\n]*\n)+))?", flags=re.M | re.S)
QUERIES = [(page, *found) for page, text in TEXTS.items() for found in QUERY.findall(text)]


def cells(shown: str) -> list[list[str]]:
    """The header and the rows of a result, a box as a terminal draws it or a table of Markdown."""
    lines = [line for line in shown.splitlines() if line[:1] in ("│", "|") and not re.fullmatch(r"[|:-]+", line)]
    return [[cell.strip() for cell in re.split("[│|]", line)[1:-1]] for line in lines]


def table_below(page: str, header: str) -> list[list[str]]:
    """The rows of the tables of a page with this header."""
    parts = TEXTS[page].split(f"\n{header}\n")[1:]
    return [row for part in parts for row in cells(part.split("\n\n")[0])]


def test_every_query_and_every_result_is_found() -> None:
    assert len(QUERIES) == sum(text.count("```sql\nselect ") for text in TEXTS.values()) > 15
    boxes = sum(text.count("```\n┌") for text in TEXTS.values())
    # one is what a command of the README prints
    assert sum(shown.startswith("```") for *_, shown in QUERIES) == boxes - 1 > 0
    assert len([page for page, *_ in QUERIES if page == "README.md"]) == 3
    assert all(shown for page, _, shown in QUERIES if page == "README.md")


@pytest.mark.parametrize(
    ("page", "text", "shown"),
    QUERIES,
    ids=[page + "-" + re.findall(r"from (\w+)", text)[0] for page, text, _ in QUERIES],
)
def test_a_query_gives_what_its_box_shows(sample: Warehouse, page: str, text: str, shown: str) -> None:
    results = [sample.arrow(query) for query in text.split(";") if query.strip()]
    assert all(result.num_rows for result in results), page
    if shown:
        (result,) = results
        rows = [["NULL" if v is None else str(v) for v in row.values()] for row in result.to_pylist()]
        assert cells(shown) == [result.column_names, *rows], page


@pytest.fixture
def built_project(sample: Warehouse, tmp_path: Path) -> Path:
    """A folder with .venv/bin/python and warehouse/bank.duckdb where the pages' commands expect them."""
    (tmp_path / "warehouse").mkdir()
    (tmp_path / "warehouse" / "bank.duckdb").symlink_to(published(sample.path))
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    return tmp_path


@pytest.mark.parametrize("page", ["README.md", "docs/queries.md"])
def test_the_command_that_opens_the_database_works(built_project: Path, page: str) -> None:
    (command,) = re.findall(r"^```sh\n(query\(\) .*?)^```$", TEXTS[page], flags=re.M | re.S)
    ran = subprocess.run(["sh", "-c", command], cwd=built_project, capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("┌")
    shown = re.findall(rf"^```sh\n{re.escape(command)}```\n\n```\n(┌.*?)^```$", TEXTS[page], flags=re.M | re.S)
    assert shown in ([], [ran.stdout.strip() + "\n"])


def test_the_readme_shows_what_a_build_says(sample_copy: Warehouse, capfd: pytest.CaptureFixture[str]) -> None:
    """Line by line; the size of the report may differ a little, and "..." stands for what is left out."""
    (block,) = re.findall(r"`make build` should now say:\n\n```\n(.*?)^```$", TEXTS["README.md"], flags=re.M | re.S)
    assert sample_copy.dbt("run-operation", "summary") == ""
    said = [*stages(sample_copy.value("select count(*) from study_settings")), "published: warehouse/bank.duckdb"]
    printed = capfd.readouterr().out.replace(str(published(sample_copy.path)), "warehouse/bank.duckdb")
    said += [line.rstrip() for line in printed.splitlines()]
    shown = [line for line in block.splitlines() if line and line != "..."]
    assert re.fullmatch(r"Report: warehouse/report.html \(\d\.\d MB\)", shown.pop())
    assert [line for line in shown if line not in said] == []
    places = [said.index(line) for line in shown]
    assert places == sorted(places)


def shown_agreement(sample: Warehouse, study: str, truth: dict[str, str]) -> str:
    return f"{agreement(sample, study, truth):.2f}".lstrip("0")


def test_the_agreement_with_the_archetypes_is_as_shown(sample: Warehouse) -> None:
    shown = table_below("docs/method.md", "| study | segments | agreement |")
    assert {study.strip("`") for study, *_ in shown} == {row["study"] for row in rows_of("archetype_groups.csv")}
    for name, segments, figure in shown:
        study = name.strip("`")
        assert sample.value(f"select count(*) from segment_personas where study = '{study}'") == int(segments), study
        assert shown_agreement(sample, study, visible_groups(study)) == figure, study


def test_what_is_said_of_combined_is_so(sample: Warehouse) -> None:
    """The sentence below the table: the sides on the groups of combined, then all three on the eight archetypes."""
    sentence = TEXTS["docs/method.md"].split("`combined` finds what neither side does:")[1].split("\n\n")[0]
    eight = {row["customer_id"]: row["archetype"] for row in rows_of("archetypes.csv")}
    sides = [shown_agreement(sample, study, visible_groups("combined")) for study in ("demographic", "behavioral")]
    all_eight = [shown_agreement(sample, study, eight) for study in ("combined", "demographic", "behavioral")]
    assert re.findall(r"\.\d\d", sentence) == [*sides, *all_eight]


def test_the_studies_of_the_readme_are_the_studies(sample: Warehouse) -> None:
    shown = table_below("README.md", "| study | question | extract | segments |")
    studies = sample.rows("select study, question, segments from study_settings order by position")
    said = [(name.strip("`"), question, "auto" if k == "by rule" else k) for name, question, _, k in shown]
    assert sorted(said) == sorted(studies)


def test_every_mart_is_listed_with_what_it_is_for(sample: Warehouse) -> None:
    manifest = json.loads((sample.path.with_suffix(".target") / "manifest.json").read_text(encoding="utf-8"))
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    rows = table_below("docs/marts.md", "| mart | one row a | what for |")
    listed = [name for first, *_ in rows for name in re.findall(r"`(\w+)`", first)]
    assert sorted(listed) == sorted(model["name"] for model in models if model["access"] == "public")
    behind = re.findall(r"`(\w+)`", TEXTS["docs/marts.md"].split("Behind them")[1])
    assert set(behind) <= {model["name"] for model in models}


def var_rules() -> dict[str, Any]:
    """What macro var_rules says of each var, in the order of dbt_project.yml."""
    (path,) = [path for path in (ROOT / "macros").rglob("*.sql") if "macro var_rules()" in path.read_text("utf-8")]
    returned: list[dict[str, Any]] = []

    def keep(value: dict[str, Any]) -> str:
        returned.append(value)
        return ""

    template = Environment(extensions=["jinja2.ext.do"]).from_string(
        path.read_text(encoding="utf-8"), globals={"return": keep}
    )
    template.module.var_rules()  # type: ignore[attr-defined]
    return returned[0]


def in_words(rule: Any) -> str | None:
    """A range as the page writes it; None where the page says it in words of its own."""
    if rule is None or rule[0] in ("text", "mapping", "boolean"):
        return {"mapping": "mapping", "boolean": "true, false"}.get(rule[0]) if rule else None
    low, high = (re.sub(r"^0\.", ".", str(limit)) for limit in rule[1:3])
    return f"between {low} and {high}" if rule[0] == "between" else f"{low} to {high}"


def test_the_settings_are_the_vars(sample: Warehouse) -> None:
    """In the order of dbt_project.yml, with default and range; those that define features are marked as settings."""
    defaults = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    rows = table_below("docs/settings.md", "| var | default | range | what it does |")
    table = {re.findall(r"`(\w+)`", first)[0]: (first, said.strip("`"), limits) for first, said, limits, _ in rows}
    assert list(table) == list(defaults)
    for name, default in defaults.items():
        _, said, limits = table[name]
        assert said == "none" if default is None else yaml.safe_load(said) == default, name
        words = in_words(var_rules()[name])
        if name in ("bank_files", "window_months"):
            assert limits in ("folder or mapping", f"{words}, even"), name
        else:
            assert words is None or limits == words, name
    starred = {name for name, (first, *_) in table.items() if first.endswith("*")}
    defining = sample.rows("select distinct feature_vars from study_settings where feature_vars is not null")
    assert {var for (text,) in defining for var in re.findall(r"(\w+): ", text)} <= starred


def test_the_tests_that_keep_a_promise_exist() -> None:
    functions = {
        name
        for path in (ROOT / "tests" / "python").glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), flags=re.M)
    }
    singular = {path.stem for path in (ROOT / "tests" / "singular").glob("*.sql")}
    promises = table_below("docs/promises.md", "| promise | kept by |")
    for promise, kept_by in promises:
        named = re.findall(r"`(\w+)`", kept_by)
        assert named, promise
        assert set(named) <= functions | singular, promise
    assert len(promises) > 30


def test_the_figures_of_speed_are_those_of_the_benchmarks() -> None:
    page = TEXTS["docs/speed.md"]
    assert page.count("<!-- benchmarks/") == 5
    assert filled(page) == page, "python -m benchmarks.pages copies them"


def test_the_readme_and_the_pages_are_short() -> None:
    """In characters, as a reader meets them."""
    assert (ROOT / "README.md").stat().st_size <= 9 * 1024
    long = {page: len(text) for page, text in TEXTS.items() if page.startswith("docs/") and len(text) > 10_000}
    assert long == {}


def slugs(text: str) -> set[str]:
    """The anchors that GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", TEXTS)
def test_links_lead_somewhere(page: str) -> None:
    """To files of the project, to headings, and to folders; links to elsewhere are not followed."""
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS[page]):
        if re.match("https?:", target):
            continue
        file, _, anchor = target.partition("#")
        path = (ROOT / page).parent / file if file else ROOT / page
        assert path.exists(), target
        if anchor:
            assert anchor in slugs(path.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("page", TEXTS)
def test_files_commands_and_vars_that_are_named_exist(page: str) -> None:
    text = TEXTS[page]
    tops = "models|macros|seeds|tests|report|segmentation|python_models|benchmarks|sample_bank|docs|examples"
    for path in re.findall(rf"`((?:{tops})/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.M)
    assert set(re.findall(r"(?:`|^)make ([\w-]+)", text, flags=re.M)) <= set(targets)
    known = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    for given in re.findall(r"(?:--vars |VARS=)'({.*?})'", text):
        assert set(yaml.safe_load(given)) <= set(known), given
    if page != "CHANGELOG.md":
        assert re.findall(r"^dbt .*", text, flags=re.M) == [], "dbt is in .venv/bin"


def test_every_page_is_reached_from_the_readme() -> None:
    reached, new = {"README.md"}, ["README.md"]
    while new:
        page = new.pop()
        for target in re.findall(r"\]\(([^)\s#]+)", TEXTS.get(page, "")):
            path = os.path.normpath(Path(page).parent / target)
            if path not in reached:
                reached.add(path)
                new.append(path)
    assert set(TEXTS) - reached == set()


def test_the_site_of_dbt_begins_with_a_page_of_the_project(sample: Warehouse) -> None:
    manifest = json.loads((sample.path.with_suffix(".target") / "manifest.json").read_text(encoding="utf-8"))
    text = manifest["docs"]["doc.customer_segmentation.__overview__"]["block_contents"]
    known = {node["name"] for node in manifest["nodes"].values()} | {"python_models"}
    known |= {path.name for path in (ROOT / "models").iterdir() if path.is_dir()}
    named = [name for row in cells(text) for name in re.findall(r"`(\w+)`", row[0] + row[-1])]
    assert set(named) <= known
    assert len(named) > 20
    owners = [exposure["owner"]["name"] for exposure in manifest["exposures"].values()]
    assert all(owners)
    marts = [node for node in manifest["nodes"].values() if node.get("access") == "public"]
    assert {mart["group"] for mart in marts} == {"customer_analytics"}
