"""What the project is made of: pinned, listed, and of licences that a bank may use."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from supply import audit, licences
from supply.sbom import bill_of_materials, package_of

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
LOCKS = sorted(ROOT.glob("requirements*.txt"))


def locked(name: str) -> set[tuple[str, str]]:
    """Packages and versions, of some packages several, by platform."""
    lines = re.findall(r"^([A-Za-z0-9].*?) \\$", (ROOT / name).read_text(encoding="utf-8"), flags=re.M)
    return {(canonicalize_name(found.name), str(found.specifier)) for found in map(Requirement, lines)}


@pytest.fixture(scope="module")
def bom() -> Any:
    return bill_of_materials()


# pins


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_an_action_is_pinned_by_its_commit(path: Path) -> None:
    """With its release in a comment; a tag can be moved to other code."""
    uses = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
    assert uses
    for action in uses:
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", action), action


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_only_read(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        assert "permissions" not in job, name
        assert not job["runs-on"].endswith("-latest"), name
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout"):
                assert step["with"]["persist-credentials"] is False, name


def test_nothing_is_installed_that_is_not_pinned() -> None:
    """By a command of the project or of its pages: from a lock with hashes, or the project itself alone."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    files = [name for name in tracked if not name.endswith((".txt", "test_supply.py")) and (ROOT / name).is_file()]
    if not files:
        pytest.skip("not a git checkout")
    found = []
    for name in files:
        text = (ROOT / name).read_text(encoding="utf-8", errors="ignore")
        for command in re.findall(r"(?:pip|PIP\)) install ([^`]*?)(?:`|(?<!requirements)\n(?!--))", text + "\n"):
            is_locked = re.search(r"--require-hashes\s.*--requirement (requirements|\.venv/doors\.txt)", command)
            is_itself = "--no-deps --no-build-isolation --editable ." in command
            found.append(name)
            assert is_locked or is_itself, (name, command)
        assert not re.search(r"\b(npm|npx|gem|cargo|conda|pipx) (install|add)|uvx |curl [^\n]*\| *(ba)?sh", text), name
    assert {"Makefile", ".github/workflows/ci.yml"} <= set(found)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_has_versions_and_hashes(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    packages = re.findall(r"^\S.*(?:\n +.*)*", text, flags=re.M)
    assert packages
    for package in packages:
        assert re.match(r"[A-Za-z0-9._-]+(\[[\w,-]+\])?==\S+ ", package), package
        assert "--hash=sha256:" in package, package
    assert "://" not in text  # of whichever index


def test_what_a_lock_pins_is_the_same_in_the_others() -> None:
    assert locked("requirements.txt") < locked("requirements-dev.txt")
    ((name, version),) = locked("requirements-duckdb-2.txt")
    assert name == "duckdb"
    assert version.startswith("==2.")


# the bill of materials


def test_the_bill_of_materials_has_every_locked_package(bom: Any) -> None:
    assert (bom["bomFormat"], bom["specVersion"] >= "1.6") == ("CycloneDX", True)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert bom["metadata"]["component"]["name"] == project["name"]
    found = {(package_of(one), f"=={one['version']}"): one for one in bom["components"]}
    assert set(found) == locked("requirements-dev.txt")
    assert {key for key, one in found.items() if one["scope"] == "required"} == locked("requirements.txt")
    readers = {key for key, one in found.items() if one["scope"] == "optional"}
    assert readers == {key for key in found if key[0].startswith("duckdb-extension-")}
    for (name, _), component in found.items():
        assert component["purl"].startswith(f"pkg:pypi/{name}@"), name
        assert [one for reference in component["externalReferences"] for one in reference.get("hashes", [])], name
    known = {component["bom-ref"] for component in bom["components"]}
    (duckdb_needs,) = [need["dependsOn"] for need in bom["dependencies"] if need["ref"].startswith("dbt-duckdb==")]
    assert any(ref.startswith("duckdb==") for ref in duckdb_needs)
    assert {ref for need in bom["dependencies"] for ref in need["dependsOn"]} <= known


def test_the_bill_of_materials_is_the_same_every_time(bom: Any) -> None:
    again = bill_of_materials()
    assert json.dumps(bom) == json.dumps(again)
    assert "timestamp" not in bom["metadata"]
    assert "serialNumber" not in bom
    assert str(ROOT) not in json.dumps(bom)


def test_the_bill_of_materials_is_of_its_schema(bom: Any) -> None:
    """Of ten packages, one of each scope among them: the whole takes half a minute."""
    some = [
        one
        for place, one in enumerate(bom["components"])
        if place < 7 or one["name"] in ("pytest", "duckdb", "duckdb-extension-excel")
    ]
    needs = [need for need in bom["dependencies"] if need["ref"] in [one["bom-ref"] for one in some]]
    assert {one["scope"] for one in some} == {"required", "optional", "excluded"}
    text = json.dumps({**bom, "components": some, "dependencies": [{"ref": need["ref"]} for need in needs]})
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_make_sbom_writes_it(bom: Any, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "supply.sbom", "--output", str(tmp_path / "folder" / "sbom.json")]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.endswith(f": {len(bom['components'])} packages\n")
    assert json.loads((tmp_path / "folder" / "sbom.json").read_text(encoding="utf-8")) == bom


# licences


def test_every_licence_may_be_used(bom: Any) -> None:
    packages = licences.listed(bom)
    assert len(packages) == len(bom["components"])
    assert [(name, licence) for name, _, _, licence, is_fine in packages if not is_fine] == []


@pytest.mark.parametrize(
    ("licence", "is_fine"),
    [
        ("MIT", True),
        ("MIT AND PSF-2.0", True),
        ("MIT OR GPL-3.0-or-later", True),
        ("MIT AND GPL-3.0-or-later", False),
        ("License :: OSI Approved :: BSD License and MIT OR Apache-2.0", True),
        ("License :: OSI Approved :: BSD License and GPL-3.0-or-later", False),
        ("GPL-2.0-or-later WITH Classpath-exception-2.0", False),
        ("AGPL-3.0-or-later", False),
        ("SSPL-1.0", False),
        ("GPL-3.0-only", False),
        ("Proprietary", False),
        ("", False),
    ],
)
def test_what_may_not_be_used(licence: str, is_fine: bool) -> None:
    assert licences.may_be_used(licence) is is_fine


def test_a_package_without_a_licence_stops(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    component = {
        "name": "Secret.Tool",
        "version": "1",
        "scope": "required",
        "licenses": [{"license": {"name": "ours"}}],
    }
    monkeypatch.setattr(licences, "bill_of_materials", lambda: {"components": [component]})
    with pytest.raises(SystemExit, match=r"secret-tool: of a licence that supply/licences\.csv does not allow"):
        licences.main()
    assert "may not be used" in capsys.readouterr().out


def test_what_is_said_by_hand_is_needed(bom: Any) -> None:
    found = {package_of(component): component for component in bom["components"]}
    for package in licences.BY_HAND:
        assert not licences.may_be_used(licences.licence_of("by itself", found[package])), f"{package} says it by now"


# known vulnerabilities


def answers(monkeypatch: pytest.MonkeyPatch, out: str, err: str) -> None:
    def run(command: list[str], **_: Any) -> Any:
        assert command[2] == "pip_audit"
        return subprocess.CompletedProcess(command, 1 if err else 0, out, err)

    monkeypatch.setattr(subprocess, "run", run)


def test_an_audit_that_finds_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answers(monkeypatch, json.dumps({"dependencies": [{"name": "a", "version": "1", "vulns": []}]}), "")
    assert audit.main([]) == 0
    assert "requirements-dev.txt: 1 packages audited" in capsys.readouterr().out


def test_an_audit_that_finds_something(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    fault = {"id": "PYSEC-1", "fix_versions": ["2"]}
    found = {"dependencies": [{"name": "a", "version": "1", "vulns": [fault]}]}
    answers(monkeypatch, json.dumps(found), "Found 1 known vulnerability in 1 package")
    assert audit.main([]) == 1
    assert "a 1: PYSEC-1, mended in 2" in capsys.readouterr().out


REFUSED = "WARNING:pip_audit._cli:hashes\nERROR:pip_audit._cli:Failed to resolve 'somewhere'"
UNKNOWN = {"name": "a", "skip_reason": "Dependency not found on PyPI and could not be audited: a (1)"}


@pytest.mark.parametrize(
    ("out", "err", "said"),
    [
        ("", REFUSED, "Failed to resolve 'somewhere'"),
        (json.dumps({"dependencies": [UNKNOWN]}), "", "could not be audited"),
        ("", "", "it said nothing"),
    ],
    ids=["nobody there", "a mirror of packages alone", "silence"],
)
def test_an_audit_where_no_service_answers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], out: str, err: str, said: str
) -> None:
    answers(monkeypatch, out, err)
    assert audit.main([]) == 0
    printed = capsys.readouterr().out
    assert "SKIPPED: requirements-dev.txt was not audited, since no service answers: " in printed
    assert said in printed
    assert audit.main(["--required"]) == 1
