"""`python -m supply.sbom`: the bill of materials of everything that the lock pins, as CycloneDX (JSON).

Two readings by cyclonedx-py are laid one over the other: of the lock, which has every package for every platform with
its hashes, and of this environment, which has licences and who needs whom. No clock and no random number is in it.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
RUNTIME, ALL = "requirements.txt", "requirements-dev.txt"

Bom = dict[str, Any]


def cyclonedx(*arguments: object) -> Bom:
    """What cyclonedx-py says. Raises CalledProcessError where it fails."""
    # the schema is looked at in a test, since that takes twenty times as long as all else
    options = ["--output-reproducible", "--no-validate", "--of", "JSON"]
    command = [sys.executable, "-m", "cyclonedx_py", *map(str, arguments), *options]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    bom: Bom = json.loads(done.stdout)
    return bom


def package_of(component: Bom) -> str:
    """The package's name, in its one spelling."""
    return canonicalize_name(component["name"])


def pinned(lock: str) -> set[str]:
    """The names of the packages in a lock."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return {canonicalize_name(name) for name in re.findall(r"^([A-Za-z0-9][\w.-]*)[=\[]", text, flags=re.M)}


def bill_of_materials() -> Bom:
    """The locked packages: those that run (required), DuckDB's readers (optional), and what develops (excluded)."""
    bom = cyclonedx("environment", "--pyproject", "pyproject.toml", sys.executable)
    installed = {package_of(component): component for component in bom["components"]}
    runs = pinned(RUNTIME)
    bom["components"] = cyclonedx("requirements", ALL)["components"]  # some in several versions, by platform
    for component in bom["components"]:
        del component["description"]  # the line of the lock once more
        name = package_of(component)
        here = installed.get(name, {})
        component |= {key: here[key] for key in ("description", "licenses") if key in here}
        if here.get("version") == component["version"]:
            component["bom-ref"] = here["bom-ref"]
        is_reader = name.startswith("duckdb-extension-")
        component["scope"] = "required" if name in runs else "optional" if is_reader else "excluded"
    known = {component["bom-ref"] for component in [*bom["components"], bom["metadata"]["component"]]}
    bom["dependencies"] = [
        {**need, "dependsOn": [ref for ref in need.get("dependsOn", []) if ref in known]}
        for need in bom["dependencies"]
        if need["ref"] in known
    ]
    return bom


def main() -> None:
    """Writes the file that --output names."""
    parser = argparse.ArgumentParser(prog="python -m supply.sbom", description="Write the bill of materials.")
    parser.add_argument("--output", type=Path, default=ROOT / "target" / "sbom.cdx.json")
    output: Path = parser.parse_args().output
    bom = bill_of_materials()
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(bom, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{output}: {len(bom['components'])} packages")


if __name__ == "__main__":
    main()
