"""`python -m supply.licences`: the licence of every locked package, and whether a bank may use it.

licences.csv says which licences may be used and why; one that is not in it stops, so that somebody decides. Of packages
whose own words are no licence that a program can read, packages.csv says which it is, and where that stands.
"""

import csv
from pathlib import Path

from license_expression import AND, OR, ExpressionError, LicenseExpression, get_spdx_licensing

from supply.sbom import Bom, bill_of_materials, package_of

FOLDER = Path(__file__).parent


def rows(name: str) -> dict[str, dict[str, str]]:
    """The rows of a CSV beside this file, by their first column."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return {next(iter(row.values())): row for row in csv.DictReader(file)}


ALLOWED = {licence for licence, row in rows("licences.csv").items() if row["may_be_used"] == "yes"}
BY_HAND = {package: row["licence"] for package, row in rows("packages.csv").items()}


def licence_of(package: str, component: Bom) -> str:
    """Expressions of SPDX, or the names that the package gives, with "and" between them: all are meant."""
    if package in BY_HAND:
        return BY_HAND[package]
    entries = component.get("licenses", [])
    return " and ".join(
        entry.get("expression") or entry["license"].get("id") or entry["license"]["name"] for entry in entries
    )


def may_be_used(licence: str) -> bool:
    """Whether the licences are allowed: all that are named; of an expression all of an AND, one of an OR."""
    return all(one in ALLOWED or is_allowed(expression(one)) for one in licence.split(" and "))


def expression(licence: str) -> LicenseExpression | None:
    """As SPDX writes it; None where it is none."""
    try:
        return get_spdx_licensing().parse(licence)
    except ExpressionError:
        return None


def is_allowed(parsed: LicenseExpression | None) -> bool:
    """The same of a parsed expression; false of none."""
    if isinstance(parsed, AND):
        return all(map(is_allowed, parsed.args))
    if isinstance(parsed, OR):
        return any(map(is_allowed, parsed.args))
    return str(parsed) in ALLOWED


def listed(bom: Bom) -> list[tuple[str, str, str, str, bool]]:
    """Package, version, scope and licence of each component, and whether it may be used."""
    found = []
    for component in sorted(bom["components"], key=lambda one: (package_of(one), one["version"])):
        name = package_of(component)
        licence = licence_of(name, component)
        found.append((name, component["version"], component["scope"], licence or "unknown", may_be_used(licence)))
    return found


def main() -> None:
    """Prints the list; ends with 1 where a package may not be used."""
    packages = listed(bill_of_materials())
    for name, version, scope, licence, is_fine in packages:
        print(f"{name:35} {version:18} {scope:9} {licence}{'' if is_fine else '   <-- may not be used'}")
    refused = [name for name, *_, is_fine in packages if not is_fine]
    if refused:
        raise SystemExit(
            f"{', '.join(refused)}: of a licence that supply/licences.csv does not allow. Take the package out, or say "
            "there why it may be used; what a package fails to say of itself belongs in supply/packages.csv."
        )
    print(f"{len(packages)} packages, all of which may be used")


if __name__ == "__main__":
    main()
