"""`python -m supply.audit`: known vulnerabilities of the locked packages, by pip-audit.

It asks a service in the network. Where none answers the audit is skipped, says so, and is no failure: but in CI of the
project's own repository it has to run (`--required`).
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements-dev.txt", "requirements-duckdb-2.txt")


def pip_audit(lock: str) -> tuple[dict[str, Any] | None, str]:
    """What pip-audit found of a lock, or None with the last line of what it says instead."""
    # --no-deps: the lock has them all; --disable-pip: nothing is installed to find out
    options = [
        "--requirement",
        lock,
        "--require-hashes",
        "--disable-pip",
        "--no-deps",
        "--format",
        "json",
        "--progress-spinner",
        "off",
    ]
    command = [sys.executable, "-m", "pip_audit", *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    try:
        found: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return None, (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
    left_out = [package["skip_reason"] for package in found["dependencies"] if "skip_reason" in package]
    # an index that knows no vulnerabilities, such as a mirror, says of each package that there is none
    return (None, left_out[0]) if len(left_out) == len(found["dependencies"]) else (found, "")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where nothing is known, or nobody can be asked; 1 where something is, or nobody was asked who had to be."""
    parser = argparse.ArgumentParser(prog="python -m supply.audit", description="Look for known vulnerabilities.")
    parser.add_argument("--required", action="store_true", help="fail where no service answers")
    is_required: bool = parser.parse_args(arguments).required
    known = 0
    for lock in LOCKS:
        found, said = pip_audit(lock)
        if found is None:
            print(f"SKIPPED: {lock} was not audited, since no service answers: {said}")
            known += is_required
            continue
        packages = found["dependencies"]
        for package in packages:
            for fault in package.get("vulns", []):
                known += 1
                mended = ", ".join(fault["fix_versions"]) or "no version yet"
                print(f"{package['name']} {package['version']}: {fault['id']}, mended in {mended}")
        left_out = [package["name"] for package in packages if "skip_reason" in package]
        print(
            f"{lock}: {len(packages) - len(left_out)} packages audited"
            + (f", without {', '.join(left_out)}" if left_out else "")
        )
    return 1 if known else 0


if __name__ == "__main__":
    sys.exit(main())
