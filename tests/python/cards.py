"""Small card extracts for the tests: customers of the sample bank, changed as a test wants."""

from pathlib import Path

import pandas as pd
from conftest import ROOT

SAMPLE = ROOT / "seeds" / "sample" / "raw_card_usage.csv"


def cards(rows: int = 60, date: str = "2025-06-30") -> pd.DataFrame:
    """The first clean customers of a date, as text, as the extract has them."""
    frame = pd.read_csv(SAMPLE, dtype=str, keep_default_na=False)
    numbers = frame.drop(columns=["CUST_ID", "AS_OF_DATE"]).apply(pd.to_numeric, errors="coerce")
    clean = numbers.ge(0).all(axis=1) & numbers.lt(1e6).all(axis=1) & (frame["PURCHASES_FREQUENCY"].str.len() < 9)
    chosen: pd.DataFrame = frame[clean & (frame["AS_OF_DATE"] == date) & (frame["CUST_ID"] != "")]
    return chosen.drop_duplicates("CUST_ID").head(rows).reset_index(drop=True)


def write(frame: pd.DataFrame, path: Path) -> str:
    """Writes a CSV (or .csv.gz, or .parquet) and returns its path as text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        frame.to_parquet(path, index=False)
    else:
        frame.to_csv(path, index=False)
    return str(path)
