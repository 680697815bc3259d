"""What the README shows of the sample bank is what a build of it gives."""

import re

import pytest
from archetypes import agreement, rows_of, visible_groups
from conftest import ROOT, Warehouse

README = (ROOT / "README.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"^```sql\n(select .*?)^```$(?:\n\n^```\n(┌.*?)^```$)?", README, flags=re.M | re.S)


def cells(box: str) -> list[list[str]]:
    """The header and the rows of a box table."""
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in box.splitlines() if line[0] == "│"]


def test_every_query_and_every_box_is_found() -> None:
    assert len(QUERIES) == README.count("```sql\nselect ")
    assert sum(box != "" for _, box in QUERIES) == README.count("┌") > 0


@pytest.mark.parametrize(("text", "box"), QUERIES, ids=[re.findall(r"from (\w+)", text)[0] for text, _ in QUERIES])
def test_a_query_gives_what_its_box_shows(sample: Warehouse, text: str, box: str) -> None:
    results = [sample.arrow(query) for query in text.split(";") if query.strip()]
    assert all(result.num_rows for result in results)
    if box:
        (result,) = results
        rows = [["NULL" if v is None else str(v) for v in row.values()] for row in result.to_pylist()]
        assert cells(box) == [result.column_names, *rows]


def shown_agreement(sample: Warehouse, study: str, truth: dict[str, str]) -> str:
    return f"{agreement(sample, study, truth):.2f}".lstrip("0")


def test_the_agreement_with_the_archetypes_is_as_shown(sample: Warehouse) -> None:
    table = README.split("| study | segments | agreement |")[1].split("\n\n")[0]
    shown = re.findall(r"^\| `(\w+)` \| (\d+) \| (\.\d\d) \|$", table, flags=re.M)
    assert {study for study, *_ in shown} == {row["study"] for row in rows_of("archetype_groups.csv")}
    for study, segments, figure in shown:
        assert sample.value(f"select count(*) from segment_personas where study = '{study}'") == int(segments), study
        assert shown_agreement(sample, study, visible_groups(study)) == figure, study


def test_what_is_said_of_combined_is_so(sample: Warehouse) -> None:
    """The sentence below the table: the sides on the groups of combined, then all three on the eight archetypes."""
    sentence = README.split("`combined` finds what neither side does:")[1].split("\n\n")[0]
    eight = {row["customer_id"]: row["archetype"] for row in rows_of("archetypes.csv")}
    sides = [shown_agreement(sample, study, visible_groups("combined")) for study in ("demographic", "behavioral")]
    all_eight = [shown_agreement(sample, study, eight) for study in ("combined", "demographic", "behavioral")]
    assert re.findall(r"\.\d\d", sentence) == [*sides, *all_eight]
