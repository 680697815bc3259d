"""Generate the sample bank: five raw extracts of one synthetic bank, the same on every machine.

`python -m sample_bank.generate` rewrites the CSVs of the repository (with planted dirt);
`--format parquet --out DIR` writes a clean bank of any size for benchmarks.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import duckdb

HERE = Path(__file__).resolve().parent
SEEDS = HERE.parent / "seeds" / "sample"

SEED = 20241231
CUSTOMERS = 1500
DATES = 3

# Each extract with the columns that order its rows: they are its key.
EXTRACTS = {
    "card_usage": ("CUST_ID", "AS_OF_DATE"),
    "bank_customers": ("CustomerID", "AsOfDate"),
    "customer_demographics": ("customer_id", "as_of_date"),
    "card_transactions": ("transaction_id",),
    "financial_profiles": ("Customer_ID", "As_Of_Date"),
}


def generate(con: duckdb.DuckDBPyConnection, customers: int = CUSTOMERS, seed: int = SEED, dates: int = DATES) -> None:
    """Define the bank on a connection: one temporary view an extract, and the view `customers`.

    Nothing is computed before a view is read, so the size costs no memory here.

    Args:
        con: an open DuckDB connection.
        customers: the number of customers over all dates, 1 or more.
        seed: 0 to 2^32 - 1; another seed is another bank.
        dates: 1 to 3, the last quarter-ends; with 1, nobody joins or leaves.
    """
    if customers < 1 or not 1 <= dates <= 3 or not 0 <= seed < 2**32:
        raise ValueError("customers >= 1, dates 1 to 3 and a seed of 0 to 2^32 - 1, please")
    widths = {"id_width": max(6, len(str(customers))), "transaction_width": max(7, len(str(customers)) + 3)}
    for name, value in {"customers": customers, "seed": seed, "dates": dates, **widths}.items():
        con.execute(f"set variable {name} = {value}")
    load_csv(con, "parameter_file", "archetype_parameters.csv")
    load_csv(con, "choice_file", "archetype_choices.csv")
    for name in ("randomness", "parameters", "customers", "customer_dates", "card_events", *EXTRACTS):
        con.execute((HERE / f"{name}.sql").read_text(encoding="utf-8"))


def load_csv(con: duckdb.DuckDBPyConnection, table: str, file: str, all_text: bool = False) -> None:
    """Load one of this folder's CSVs as a temporary table."""
    con.execute(
        f"create or replace temp table {table} as from read_csv(?, header = true, all_varchar = {all_text})",
        [str(HERE / file)],
    )


def quoted(columns: Sequence[str]) -> str:
    """Column names as a list in SQL."""
    return ", ".join(f'"{column}"' for column in columns)


def columns_of(con: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    """The columns of a table or view, in order."""
    return [str(row[0]) for row in con.execute(f"describe {relation}").fetchall()]


def write_parquet(
    con: duckdb.DuckDBPyConnection, folder: Path, extracts: Sequence[str] = tuple(EXTRACTS)
) -> list[Path]:
    """Write `<extract>.parquet` for each extract, ordered by key, without planted dirt."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for extract in extracts:
        files.append(folder / f"{extract}.parquet")
        query = f"from {extract} order by {quoted(EXTRACTS[extract])}"
        con.execute(f"copy ({query}) to '{sql_path(files[-1])}' (format parquet)")
    return files


def sql_path(path: Path) -> str:
    """A path for a SQL string."""
    return str(path).replace("'", "''")


def plant_dirt(con: duckdb.DuckDBPyConnection) -> None:
    """Copy the extracts to tables of text, `dirty_<extract>`, and apply `planted_dirt.csv` to them.

    A row of that file changes one value of the row it names (`change`), or adds a copy of the clean row
    (`copy`), with one value changed if it names a column.
    """
    load_csv(con, "planted_dirt", "planted_dirt.csv", all_text=True)
    for extract in EXTRACTS:
        con.execute(f"create or replace temp table clean_{extract} as select columns(*)::varchar from {extract}")
        con.execute(f"create or replace temp table dirty_{extract} as from clean_{extract}")
    rows = con.execute('select extract, row_id, as_of_date, action, "column", value from planted_dirt').fetchall()
    for extract, row_id, as_of_date, action, column, value in rows:
        key = [row_id, as_of_date][: len(EXTRACTS[extract])]
        where = " and ".join(f'"{name}" = ?' for name in EXTRACTS[extract])
        if not con.execute(f"select 1 from clean_{extract} where {where}", key).fetchall():
            raise ValueError(f"planted_dirt.csv names a row that {extract} does not have: {key}")
        if action == "change":
            con.execute(f'update dirty_{extract} set "{column}" = ? where {where}', [value, *key])
        else:
            values = f'* replace (?::varchar as "{column}")' if column else "*"
            con.execute(
                f"insert into dirty_{extract} select {values} from clean_{extract} where {where}",
                [value, *key] if column else key,
            )


def write_csv(con: duckdb.DuckDBPyConnection, seeds: Path = SEEDS, truth: Path = HERE) -> list[Path]:
    """Write `raw_<extract>.csv` with the planted dirt into `seeds`, and `archetypes.csv` into `truth`."""
    plant_dirt(con)
    queries = {seeds / f"raw_{extract}.csv": f"from dirty_{extract} order by all nulls last" for extract in EXTRACTS}
    queries[truth / "archetypes.csv"] = "select customer_id, archetype from customers order by customer_id"
    for path, query in queries.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        con.execute(f"copy ({query}) to '{sql_path(path)}' (format csv, header true)")
    return list(queries)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m sample_bank.generate", description=__doc__)
    parser.add_argument("--format", choices=["csv", "parquet"], default="csv")
    parser.add_argument("--out", type=Path, help="folder of the Parquet files")
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help="how many (Parquet only)")
    parser.add_argument("--dates", type=int, choices=[1, 2, 3], default=DATES, help="the last ones (Parquet only)")
    parser.add_argument("--extracts", default=",".join(EXTRACTS), help="with commas (Parquet only)")
    options = parser.parse_args(argv)
    options.extracts = options.extracts.split(",")
    if unknown := sorted(set(options.extracts) - set(EXTRACTS)):
        parser.error(f"no such extract: {', '.join(unknown)}; there are {', '.join(EXTRACTS)}")
    if (options.format == "parquet") != (options.out is not None):
        parser.error("--format parquet and --out belong together")
    return options


def main(argv: Sequence[str] | None = None) -> None:
    """Write the files and name them."""
    options = arguments(argv)
    with duckdb.connect() as con:
        if options.format == "csv":
            generate(con)
            files = write_csv(con)
        else:
            options.out.mkdir(parents=True, exist_ok=True)
            # What the sort of a large extract needs beyond this goes to the disk, beside the files.
            con.execute("set memory_limit = '2GB'")
            con.execute(f"set temp_directory = '{sql_path(options.out / 'spill')}'")
            generate(con, customers=options.customers, dates=options.dates)
            files = write_parquet(con, options.out, options.extracts)
    for file in files:
        print(f"{file.name}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
