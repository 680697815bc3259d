"""The sample bank's extracts as pandas reads them, without the rows that were planted to be rejected; no dbt in it."""

import functools

import pandas as pd
from archetypes import rows_of
from conftest import ROOT

NAMES = {  # where staging does not call a column as the extract does, in small letters with underscores
    "bank_customers": {"customer_i_d": "customer_id"},
    "card_usage": {"cust_id": "customer_id"},
    "financial_profiles": {"customer_age": "age"},
}
DATES = ["as_of_date", "customer_since", "booked_on", "transacted_at"]
WORDS = {"gender": {"f": "female", "m": "male", "o": "other"}}  # shorter ways to say the same
TEXTS = ["customer_id", "transaction_id", "reverses"]
CATEGORIES = ["gender", "education", "marital_status", "region", "occupation", "category", "kind"]


def column_name(extract: str, header: str) -> str:
    words = "".join(f"_{c}" if c.isupper() and not header.isupper() and "_" not in header else c for c in header)
    name = words.strip("_").lower()
    return NAMES.get(extract, {}).get(name, name)


def planted_away(extract: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The text of the extract without the planted rows that must be rejected, and values that must be lost."""
    key = "transaction_id" if extract == "card_transactions" else "customer_id"
    for dirt in rows_of("planted_dirt.csv"):
        if dirt["extract"] != extract or dirt["expected"] == "staged":
            continue
        column = column_name(extract, dirt["column"])
        own = rows[key] == dirt["row_id"]
        if dirt["as_of_date"] and column != "as_of_date":
            own &= rows["as_of_date"] == dirt["as_of_date"]
        if dirt["expected"] == "lost":
            rows.loc[own, column] = ""
            continue
        if not column:  # an exact copy
            assert own.sum() == 2
            rows = rows.drop(rows.index[own][:1])
        elif "key twice" in dirt["what"]:  # the larger of the two stays
            assert own.sum() == 2
            rows = rows.drop(pd.to_numeric(rows.loc[own, column]).idxmin())
        else:
            planted = own if column != key else pd.Series(True, index=rows.index)
            gone = planted & (rows[column] == dirt["value"])
            assert gone.sum() == 1, dirt
            rows = rows[~gone]
    return rows


@functools.cache
def extract(name: str) -> pd.DataFrame:
    """The good rows of an extract with the types and names of its contract."""
    text = pd.read_csv(ROOT / "seeds" / "sample" / f"raw_{name}.csv", dtype=str, keep_default_na=False)
    text = text.rename(columns=lambda header: column_name(name, header))
    rows = planted_away(name, text).reset_index(drop=True)
    for column in rows:
        given = rows[column].str.strip()
        if column in CATEGORIES:
            given = given.str.lower().str.replace(r"[\s-]+", "_", regex=True)
            rows[column] = given.replace(WORDS.get(str(column), {})).replace("", None)
        elif column in TEXTS:
            rows[column] = given.replace("", None)
        elif column in DATES:
            rows[column] = pd.to_datetime(given.replace("", None))
        else:
            rows[column] = given.replace({"": None, "NaN": None}).astype(float)
    return rows
