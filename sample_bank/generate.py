"""Generate the sample bank: five raw extracts of one synthetic bank, the same on every machine.

`python -m sample_bank.generate` rewrites the CSVs of the repository (with planted dirt);
`--format parquet --out DIR` writes a clean bank of any size for benchmarks, `--format deliveries --out DIR`
the same in the order in which a bank would get it, a folder a delivery.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import duckdb

HERE = Path(__file__).resolve().parent
SEEDS = HERE.parent / "seeds" / "sample"

SEED = 20241231
CUSTOMERS = 1500
DATES = 6

# Each extract with the columns that order its rows: they are its key.
EXTRACTS = {
    "card_usage": ("CUST_ID", "AS_OF_DATE"),
    "bank_customers": ("CustomerID", "AsOfDate"),
    "customer_demographics": ("customer_id", "as_of_date"),
    "card_transactions": ("transaction_id",),
    "financial_profiles": ("Customer_ID", "As_Of_Date"),
}


def generate(
    con: duckdb.DuckDBPyConnection,
    customers: int = CUSTOMERS,
    seed: int = SEED,
    dates: int = DATES,
    changes: bool = True,
) -> None:
    """Define the bank on a connection: one temporary view an extract, and the view `customers`.

    Nothing is computed before a view is read, so the size costs no memory here.

    Args:
        con: an open DuckDB connection.
        customers: the number of customers over all dates, 1 or more.
        seed: 0 to 2^32 - 1; another seed is another bank.
        dates: 1 to 6, the last quarter-ends; with 1, nobody joins or leaves.
        changes: whether the past differs from today as `planted_changes.csv` says.
    """
    if customers < 1 or not 1 <= dates <= DATES or not 0 <= seed < 2**32:
        raise ValueError("customers >= 1, dates 1 to 6 and a seed of 0 to 2^32 - 1, please")
    widths = {"id_width": max(6, len(str(customers))), "transaction_width": max(7, len(str(customers)) + 3)}
    for name, value in {"customers": customers, "seed": seed, "dates": dates, **widths}.items():
        con.execute(f"set variable {name} = {value}")
    load_csv(con, "parameter_file", "archetype_parameters.csv")
    load_csv(con, "choice_file", "archetype_choices.csv")
    load_csv(con, "planted_changes", "planted_changes.csv")
    if not changes:
        con.execute("delete from planted_changes")
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


def deliveries(con: duckdb.DuckDBPyConnection, extracts: Sequence[str] = tuple(EXTRACTS)) -> dict[str, dict[str, str]]:
    """Each delivery, in the order in which they come, by its name: the files that it brings, each with its query.

    A file is called after its date; one that comes again replaces the other. Card transactions come when they are
    booked, and with the last date what was booked after it.
    """
    planted = dict(con.execute("select change, first_date from planted_changes").fetchall())
    dates = [date for (date,) in con.execute("select distinct as_of_date from customer_dates order by 1").fetchall()]
    found: dict[str, dict[str, str]] = {}
    for before, date in zip([None, *dates], dates, strict=False):
        files = {
            f"{extract}/{date}": f"select * from {extract} where \"{key[1]}\" = date '{date}'"
            for extract, key in EXTRACTS.items()
            if extract != "card_transactions"
        }
        since = f"booked_on > date '{before}'" if before else "true"
        until = f"booked_on <= date '{date}'" if date < dates[-1] else "true"
        files[f"card_transactions/{date}"] = f"select * from card_transactions where {since} and {until}"
        found[f"{date}"] = files
        if planted.get("region_comes_late") == date:
            cards = files[f"card_usage/{date}"]
            people = f"select customer_id from customer_demographics where as_of_date = date '{date}'"
            east = f"{people} and region ilike 'east%'"
            files[f"card_usage/{date}"] = f'{cards} and "CUST_ID" not in ({east})'
            found[f"{date}_east"] = {f"card_usage/{date}_east": f'{cards} and "CUST_ID" in ({east})'}
        if planted.get("date_restated") == date:
            profiles = files[f"financial_profiles/{date}"]
            first = '* replace (("Loan_Amount" * 1.05)::decimal(18, 2) as "Loan_Amount")'
            files[f"financial_profiles/{date}"] = profiles.replace("*", first, 1)
            found[f"{date}_restated"] = {f"financial_profiles/{date}": profiles}
    chosen = {
        name: {file: query for file, query in files.items() if file.split("/")[0] in extracts}
        for name, files in found.items()
    }
    return {name: files for name, files in chosen.items() if files}


def write_deliveries(
    con: duckdb.DuckDBPyConnection, folder: Path, extracts: Sequence[str] = tuple(EXTRACTS)
) -> list[Path]:
    """Write a folder a delivery, numbered as they come; copied over each other they are the bank's folder."""
    written = []
    for number, (name, files) in enumerate(deliveries(con, extracts).items(), 1):
        for file, query in files.items():
            written.append(folder / f"{number}_{name}" / f"{file}.parquet")
            written[-1].parent.mkdir(parents=True, exist_ok=True)
            key = quoted(EXTRACTS[file.split("/")[0]])
            con.execute(f"copy ({query} order by {key}) to '{sql_path(written[-1])}' (format parquet)")
    return written


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
    parser.add_argument("--format", choices=["csv", "parquet", "deliveries"], default="csv")
    parser.add_argument("--out", type=Path, help="folder of the Parquet files or deliveries")
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help="how many (not of the CSVs)")
    parser.add_argument(
        "--dates", type=int, choices=range(1, DATES + 1), default=DATES, help="the last (not of the CSVs)"
    )
    parser.add_argument("--unchanged", action="store_true", help="without planted changes (not of the CSVs)")
    parser.add_argument("--extracts", default=",".join(EXTRACTS), help="with commas (not of the CSVs)")
    options = parser.parse_args(argv)
    options.extracts = options.extracts.split(",")
    if unknown := sorted(set(options.extracts) - set(EXTRACTS)):
        parser.error(f"no such extract: {', '.join(unknown)}; there are {', '.join(EXTRACTS)}")
    if (options.format == "csv") != (options.out is None):
        parser.error("--out belongs to --format parquet or deliveries")
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
            generate(con, customers=options.customers, dates=options.dates, changes=not options.unchanged)
            if options.format == "deliveries":
                files = write_deliveries(con, options.out, options.extracts)
            else:
                files = write_parquet(con, options.out, options.extracts)
    for file in files:
        name = file.relative_to(options.out) if options.format == "deliveries" else file.name
        print(f"{name}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
