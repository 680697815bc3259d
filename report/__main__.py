"""`python -m report`: writes the report of the built warehouse."""

import argparse
from pathlib import Path

from bank.private import create_like
from report.render import render
from report.warehouse import open_warehouse, warehouse_path


def report_path() -> Path:
    """Where the report stands unless another place is named: beside the database."""
    return warehouse_path().with_name("report.html")


def main() -> None:
    """Render the report to the file that --output names."""
    parser = argparse.ArgumentParser(prog="python -m report", description="Render the marts into one HTML file.")
    parser.add_argument("--output", type=Path, default=report_path(), help="default: report.html beside the database")
    output: Path = parser.parse_args().output
    with open_warehouse() as connection:
        html = render(connection)
    create_like(warehouse_path(), output)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(html, encoding="utf-8")
    except OSError as error:
        raise SystemExit(
            f"The report cannot be written to {output}: {error.strerror}. Name another file: --output"
        ) from None
    shown = output.relative_to(Path.cwd()) if output.is_relative_to(Path.cwd()) else output
    print(f"Report: {shown} ({len(html.encode()) / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
