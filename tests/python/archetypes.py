"""The truth behind the sample bank: the archetype of each customer, grouped by what a study can show of it."""

import csv

from conftest import ROOT

FOLDER = ROOT / "sample_bank"


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of a CSV of the sample bank's generator."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def visible_groups(study: str) -> dict[str, str]:
    """The group of each customer that the study could tell apart (archetype_groups.csv)."""
    groups = {r["archetype"]: r["visible_group"] for r in rows_of("archetype_groups.csv") if r["study"] == study}
    return {r["customer_id"]: groups[r["archetype"]] for r in rows_of("archetypes.csv")}
