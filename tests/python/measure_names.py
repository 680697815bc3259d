"""How many customers keep their segment's name after a re-fit on other customers.

`python tests/python/measure_names.py [cards] [sample] [bank]` fits one half of the customers, scores the other half and
fits that; a line for each study has the share of the second half that keeps the name, and the stability of both fits.
cards: the public card file with four settings; sample: the sample bank; bank: its generator with 20,000 customers.
docs/decisions/numbers-and-names.md has the figures (half an hour for all).
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb
from conftest import ROOT, SHARED, Warehouse

ODD = "instr('13579bdf', right(md5('h' || {}), 1)) > 0"
UPPER = "md5('h' || {}) >= '8'"
CARDS: dict[str, dict[str, Any]] = {
    "by the rule": {"segments": "auto"},
    "robust, k = 4": {"segments": 4},
    "standard, k = 3": {"recipe": "standard", "segments": 3},
    "standard, k = 4": {"recipe": "standard", "segments": 4},
}
NAMES = """
    select study, customer_id, persona from customer_segments as c
    where as_of_date = (select max(as_of_date) from customer_segments where study = c.study)
"""
FITS = "select study, segments, stability from segmentation_health where is_in_force order by study"


def halve(source: Path, name: str, folder: Path, condition: str) -> None:
    """Writes the customers of an extract to folder/0 and folder/1, by a hash of their id."""
    relation = f"read_csv('{source}', all_varchar = true)" if source.suffix == ".csv" else f"'{source}'"
    with duckdb.connect() as con:
        columns = [row[0] for row in con.execute(f"describe from {relation}").fetchall()]
        (customer,) = [c for c in columns if c.lower().replace("_", "") in ("custid", "customerid")]
        for half, sign in enumerate(("not", "")):
            target = folder / str(half) / f"{name}{source.suffix}"
            target.parent.mkdir(exist_ok=True)
            con.execute(f"copy (from {relation} where {sign} {condition.format(customer)}) to '{target}'")


def measure(label: str, folder: Path, **variables: Any) -> None:
    """Prints what a re-fit on the second half does to its names."""
    with tempfile.TemporaryDirectory() as scratch:
        warehouse = Warehouse(Path(scratch) / "bank.duckdb")
        seen = []
        for half, refit in ((0, False), (1, False), (1, True)):
            files = str(folder / str(half))
            if said := warehouse.build(bank_files=files, as_of_date="2025-06-30", refit=refit, **variables):
                sys.exit(said)
            names = {(study, customer): name for study, customer, name in warehouse.rows(NAMES)}
            seen.append((names, warehouse.rows(FITS)))
        (_, first), (before, _), (after, second) = seen
        for (study, k, stability), (_, new_k, new_stability) in zip(first, second, strict=True):
            own = [key for key in before if key[0] == study]
            kept = sum(before[key] == after[key] for key in own) / len(own)
            print(f"{label}, {study}: {k}, {new_k}; {stability:.2f}, {new_stability:.2f}; {kept:.3f} of {len(own)}")


def main(cases: list[str]) -> None:
    """Measures the cases that are named, or all."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for case in cases or ["cards", "sample", "bank"]:
            (folder / case).mkdir()
        if (folder / "cards").exists():
            halve(SHARED / "cc_general.csv", "card_usage", folder / "cards", ODD)
            for label, override in CARDS.items():
                measure(label, folder / "cards", studies=["card_usage"], study_overrides={"card_usage": override})
        if (folder / "sample").exists():
            for path in sorted((ROOT / "seeds" / "sample").glob("raw_*.csv")):
                halve(path, path.stem.removeprefix("raw_"), folder / "sample", ODD)
            measure("sample bank", folder / "sample")
        if (folder / "bank").exists():
            made = ["--format", "parquet", "--customers", "20000", "--dates", "1", "--out", str(folder / "made")]
            subprocess.run([sys.executable, "-m", "sample_bank.generate", *made], check=True)
            for path in sorted((folder / "made").glob("*.parquet")):
                halve(path, path.stem, folder / "bank", UPPER)
            measure("generator", folder / "bank")


if __name__ == "__main__":
    main(sys.argv[1:])
