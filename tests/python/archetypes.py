"""The truth behind the sample bank: the archetype of each customer, grouped by what a study can show of it."""

import csv

from conftest import ROOT, Warehouse
from sklearn.metrics import adjusted_rand_score

FOLDER = ROOT / "sample_bank"


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of a CSV of the sample bank's generator."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def visible_groups(study: str) -> dict[str, str]:
    """The group of each customer that the study could tell apart (archetype_groups.csv)."""
    groups = {r["archetype"]: r["visible_group"] for r in rows_of("archetype_groups.csv") if r["study"] == study}
    return {r["customer_id"]: groups[r["archetype"]] for r in rows_of("archetypes.csv")}


def agreement(sample: Warehouse, study: str, truth: dict[str, str]) -> float:
    """Adjusted Rand index between a study's segments at the latest date and what is true of its customers."""
    found = sample.rows(
        f"select customer_id, segment from customer_segments where study = '{study}' and as_of_date = '2025-06-30'"
    )
    return float(adjusted_rand_score([truth[c] for c, _ in found], [s for _, s in found]))
