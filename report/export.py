"""Exports the public marts to Parquet and CSV, each model card as Markdown, with a dictionary and a manifest.

python -m report.export [--output FOLDER]
"""

import argparse
import json
import re
import shutil
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import duckdb

from bank.private import create_like
from report.warehouse import ROOT, open_warehouse, warehouse_path

# Without it Excel takes a CSV for the local code page, and garbles umlauts. Who reads CSV by program skips it.
BYTE_ORDER_MARK = "\ufeff"
# A spreadsheet runs text that begins so as a formula (OWASP, CSV injection): four signs, also in full width, tab, break
FORMULA_START = "^[=+@\t\r\n\uff1d\uff0b\uff0d\uff20-]"
APOSTROPHE = r"'\0"  # and what was found
# What file managers leave in folders that are looked at.
LITTER = {".DS_Store", "Thumbs.db", "desktop.ini"}

Manifest = dict[str, Any]


def identifier(name: str) -> str:
    """A name, quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: object) -> str:
    """A text, quoted for SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def public_marts(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """The columns and types of the marts to export; ends the program where one is not as described."""
    marts: dict[str, dict[str, str]] = {}
    described: dict[str, list[str]] = {}
    query = "select table_name, column_name from data_dictionary where is_exported order by table_name, position"
    names = con.execute(query).fetchall()
    for table, column in names:
        described.setdefault(table, []).append(column)
    built = (
        "select column_name, data_type from information_schema.columns where table_name = ? order by ordinal_position"
    )
    for table, columns in described.items():
        marts[table] = dict(con.execute(built, [table]).fetchall())
        if list(marts[table]) != columns:
            raise SystemExit(
                f"The mart {table} is not built, or not as data_dictionary describes it: build all marts (make build)."
            )
    return marts


def safe_in_csv(column: str, data_type: str) -> str:
    """A column as CSV has it: an apostrophe before text that a spreadsheet would run as a formula."""
    if data_type != "VARCHAR":
        return identifier(column)
    # Not "in (...)": a longer list becomes a join, behind which DuckDB does not keep the order of the rows.
    return f"regexp_replace({identifier(column)}, {literal(FORMULA_START)}, {literal(APOSTROPHE)})"


def read_from(path: Path) -> str:
    """A file as a relation, though its path may have the characters of a pattern."""
    return literal(re.sub(r"([*?[])", r"[\1]", str(path)))


def write_mart(con: duckdb.DuckDBPyConnection, mart: str, columns: dict[str, str], folder: Path) -> Manifest:
    """Writes a mart, sorted by its columns, and says what was written."""
    parquet, csv = f"parquet/{mart}.parquet", f"csv/{mart}.csv"
    query = f"select * from {identifier(mart)} order by all"
    con.execute(f"copy ({query}) to {literal(folder / parquet)} (format parquet, preserve_order)")
    written = read_from(folder / parquet)  # so that a mart that is a view is computed and sorted once
    names = [BYTE_ORDER_MARK + name if place == 0 else name for place, name in enumerate(columns)]
    cells = [
        f"{safe_in_csv(*column)} as {identifier(name)}" for column, name in zip(columns.items(), names, strict=True)
    ]
    query = f"select {', '.join(cells)} from {written}"
    con.execute(f"copy ({query}) to {literal(folder / csv)} (format csv, header, preserve_order)")
    ((rows,),) = con.execute(f"select count(*) from {written}").fetchall()
    dates: list[str] = []
    if "as_of_date" in columns:
        query = f"select distinct as_of_date from {written} where as_of_date is not null order by all"
        dates = [str(date) for (date,) in con.execute(query).fetchall()]
    return {
        "name": mart,
        "rows": rows,
        "columns": len(columns),
        "as_of_dates": {"first": dates[0], "last": dates[-1], "all": dates} if dates else None,
        "files": [{"path": path, "bytes": (folder / path).stat().st_size} for path in (parquet, csv)],
    }


def write_cards(con: duckdb.DuckDBPyConnection, folder: Path) -> list[Manifest]:
    """Writes each study's model card as Markdown, and says what was written."""
    (folder / "model_cards").mkdir()
    files = []
    for study, card in con.execute("select study, card from model_cards order by study").fetchall():
        path = f"model_cards/{study}.md"
        (folder / path).write_text(card, encoding="utf-8", newline="\n")
        files.append({"study": study, "path": path, "bytes": (folder / path).stat().st_size})
    return files


def write_export(con: duckdb.DuckDBPyConnection, folder: Path) -> Manifest:
    """Fills an empty folder. No clock is read: the same warehouse gives the same bytes."""
    for part in ("parquet", "csv"):
        (folder / part).mkdir()
    tables = [write_mart(con, mart, columns, folder) for mart, columns in public_marts(con).items()]
    shutil.copyfile(folder / "csv" / "data_dictionary.csv", folder / "data_dictionary.csv")
    names = ["study", "model_version", "version_number", "fitted_as_of", "segments", "has_structure"]
    models = con.execute(f"select {', '.join(names)} from segment_models order by study").fetchall()
    manifest = {
        "database": warehouse_path().name,
        "project_version": tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"],
        "studies": [dict(zip(names, row, strict=True)) for row in models],
        "tables": tables,
        "model_cards": write_cards(con, folder),
    }
    (folder / "manifest.json").write_text(
        json.dumps(manifest, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8"
    )
    return manifest


def files_of_others(folder: Path) -> list[str]:
    """The files in a folder that its last export has not written, and that a new one must not remove."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        exported = {file["path"] for table in manifest["tables"] for file in table["files"]}
        exported |= {file["path"] for file in manifest.get("model_cards", [])}  # the first exports had none
        exported |= {"data_dictionary.csv", "manifest.json"}
    except (OSError, ValueError, TypeError, LookupError):
        exported = set()
    files = [path for path in folder.rglob("*") if not path.is_dir() and path.name not in LITTER]
    found = {path.relative_to(folder).as_posix() for path in files}
    return sorted(found - exported)


def export(folder: Path) -> Manifest:
    """Exports into a folder beside the last export, and takes its place when all is written."""
    folder = folder.resolve()
    if folder.is_file():
        raise SystemExit(f"{folder} is a file: give a folder (--output).")
    if others := files_of_others(folder):
        raise SystemExit(f"{folder} holds files that no export wrote, such as {others[0]}: give another (--output).")
    with open_warehouse() as con:
        create_like(warehouse_path())
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
                fresh, last = Path(scratch) / "fresh", Path(scratch) / "last"
                fresh.mkdir()
                manifest = write_export(con, fresh)
                if folder.exists():
                    folder.rename(last)
                try:
                    fresh.rename(folder)
                except OSError:
                    if last.exists():
                        last.rename(folder)
                    raise
        except (duckdb.Error, OSError) as error:
            raise SystemExit(f"The export failed, and {folder} is as it was: {error}") from None
    return manifest


def main() -> None:
    """Exports, and says where to and how much."""
    parser = argparse.ArgumentParser(description="Exports the public marts to Parquet and CSV.")
    parser.add_argument(
        "--output", type=Path, default=ROOT / "exports", help="folder of the export (default: exports/ in the project)"
    )
    folder = parser.parse_args().output
    tables = export(folder)["tables"]
    size = sum(file["bytes"] for table in tables for file in table["files"])
    print(f"{folder}: {len(tables)} marts, {sum(table['rows'] for table in tables):,} rows, {size / 1e6:,.1f} MB")


if __name__ == "__main__":
    main()
