"""What the tests share: dbt builds into database files of their own, made once for all processes of a session.

Parsing takes most of the time of a small dbt command, so a manifest is parsed once for each project, studies and kind
of source, and handed over (`manifest_of`). A warehouse that several files read is built once (`built_once`); each
process reads a copy of its own. budget.py says how often each file may call dbt.
"""

import fcntl
import gc
import hashlib
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
import vl_convert
import yaml
from altair.utils.schemapi import debug_mode
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from bank.faults import Refused
from bank.settings import load
from report.render import render

sys.path.insert(0, str(Path(__file__).parent))

from budget import DBT_CALLS, HEAVIEST_FIRST

vl_convert.javascript_bundle = cache(vl_convert.javascript_bundle)  # the same in every report, and slow

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
PARTS = ["models", "python_models", "macros", "seeds", "tests", "dbt_project.yml", "profiles.yml", "selectors.yml"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, so that two processes end together; the order within a file stays."""
    place = {name: i for i, name in enumerate(HEAVIEST_FIRST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(place)))


@pytest.fixture(scope="session", autouse=True)
def common(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of a session share; with TEST_CACHE the sessions of the same project as well."""
    own = tmp_path_factory.getbasetemp()
    folder = own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own
    if cache := os.environ.get("TEST_CACHE"):
        others = ["segmentation", "report", "sample_bank", "requirements-dev.txt", "tests/python/conftest.py"]
        folder = Path(cache).resolve() / fingerprint([ROOT / part for part in [*PARTS, *others]])
    _common.append(folder / "common")
    _common[0].mkdir(parents=True, exist_ok=True)
    return _common[0]


_common: list[Path] = []


def fingerprint(paths: list[Path]) -> str:
    """A hash of files and of all files in folders, with their names; not of these tests, nor of what Python leaves."""
    digest = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            name = file.relative_to(path.parent)
            if file.is_file() and "__pycache__" not in name.parts and name.parts[:2] != ("tests", "python"):
                digest.update(f"{name.as_posix()}\n".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


@contextmanager
def made_once(path: Path) -> Iterator[Path | None]:
    """What nobody has made yet is made by the first process that asks, into the path that is given; others wait."""
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if path.exists():
            yield None
            return
        part = path.with_name(f"{path.name}.part")
        if part.is_dir():
            shutil.rmtree(part)
        yield part
        part.rename(path)


def close_connections() -> None:
    """dbt-duckdb keeps the database open for the next command of the process; a test needs it closed."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()
    gc.collect()


_manifests: dict[str, Any] = {}


def manifest_of(project: Path, variables: dict[str, Any]) -> Any:
    """The manifest for the studies and the kind of source; where the project does not parse, what dbt says of it.

    All other vars are read when a command runs. A copy of the project that a test has changed is parsed from what is
    known of the copy, or else of the project: dbt then reads what is different, as in the second command of a user.
    """
    if variables.get("bank"):
        try:
            variables = load(str(variables["bank"])) | variables
        except Refused:  # dbt will say so
            variables = {"bank_files": "files"}
    given: dict[str, Any] = {"studies": variables["studies"]} if "studies" in variables else {}
    if any(variables.get(name) for name in ("bank", "extracts", "bank_files", "bank_tables")):
        given["bank_files"] = "files"  # whichever it is: the sample bank is not there
    settings = hashlib.sha256(repr(given).encode()).hexdigest()[:16]
    key = f"{settings}-{content_of(project)}"
    if key not in _manifests:
        path = _common[0] / f"manifest-{key}"
        with made_once(path) as part:
            if part:
                part.write_bytes(pickle.dumps(parse(project, given, settings), protocol=5))
        gc.collect()
        known = pickle.loads(path.read_bytes())
        _manifests[key] = known if isinstance(known, str) else Manifest(**known)
        gc.freeze()  # so large, and here to stay: later collections need not look at it
    return _manifests[key]


@cache
def content_of_the_project() -> str:
    return fingerprint([ROOT / part for part in PARTS])


def content_of(project: Path) -> str:
    return content_of_the_project() if project == ROOT else fingerprint([project / part for part in PARTS])


def parse(project: Path, given: dict[str, Any], settings: str) -> dict[str, Any] | str:
    """The parts of the manifest, or what dbt says. (The manifest itself cannot be pickled whole: dbt forgets parts.)"""
    of_project = _common[0] / f"parsed-{settings}"
    target = of_project if project == ROOT else project / "target" / settings
    known = target / "partial_parse.msgpack"
    if project != ROOT and not known.exists():
        features = ROOT / "models" / "features"
        if all((features / f"features_{study}.sql").exists() for study in given.get("studies", [])):
            manifest_of(ROOT, given)
        known = of_project / "partial_parse.msgpack"
    arguments = ["--project-dir", str(project), "--profiles-dir", str(project), "--target-path", str(target)]
    arguments += ["--log-path", str(target), "--quiet", "--no-write-json", "--vars", yaml.safe_dump(given)]
    arguments += ["--partial-parse-file-path", str(known)] if known.exists() else []
    with databases(_common[0] / "bank.duckdb"):  # for all the same: else all is parsed anew
        result = dbtRunner().invoke(["parse", *arguments])
    if not result.success:
        return said_of(result)
    names = [field.name for field in fields(Manifest) if not field.name.startswith("_")]
    return {name: getattr(result.result, name) for name in names}


def published(work: Path) -> Path:
    """Where complete builds in a work database of the tests are published."""
    return work.parent / "published" / "bank.duckdb"


@contextmanager
def databases(work: Path) -> Iterator[None]:
    """Where dbt builds and publishes, and the working directory as it was before: dbt goes to the project's."""
    here = Path.cwd()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEGMENTATION_WORK", str(work))
        patch.setenv("SEGMENTATION_DB", str(published(work)))
        try:
            yield
        finally:
            os.chdir(here)
            close_connections()


def said_of(result: Any) -> str:
    """Everything that dbt says of its failures."""
    messages = [str(result.exception)] if result.exception else []
    nodes = getattr(result.result, "results", None) or []
    messages += [str(r.message) for r in nodes if r.status in ("error", "fail")]
    return "\n".join(messages) or "failed without a message"


calls: Counter[str] = Counter()
"""How often each file of tests has called dbt in this process."""


def count_call(file: str = "") -> None:
    """Counts a call for the file of the running test, and stops where it is one too many."""
    file = file or Path(os.environ.get("PYTEST_CURRENT_TEST", "").split("::")[0]).stem
    calls[file] += 1
    budget = DBT_CALLS.get(file, 0)
    assert calls[file] <= budget, f"{file} calls dbt more than {budget} times, its budget in tests/python/budget.py"


@dataclass
class Warehouse:
    """A work database and the dbt project that builds into it; complete builds are published beside it."""

    path: Path
    project: Path = ROOT
    as_a_user: bool = False
    """Whether dbt parses in each command and writes manifest.json and the like."""
    is_shared: bool = False
    """Whether it is built for all files of tests, which only read it."""
    parsed: Path | None = None
    """The project whose manifest is taken, where the own one differs in the defaults of vars alone."""

    def dbt(self, *args: str, **variables: Any) -> str:
        """Runs dbt and returns "" if all is well, else everything that it says of its failures."""
        count_call("all" if self.is_shared else "")
        manifest = None if self.as_a_user else manifest_of(self.parsed or self.project, variables)
        if isinstance(manifest, str):
            return manifest
        target = str(self.path.with_suffix(".target"))
        options = {"--project-dir": str(self.project), "--profiles-dir": str(self.project), "--target-path": target}
        options |= {"--log-path": target, "--vars": yaml.safe_dump(variables)}
        common = [part for name, value in options.items() if name not in args for part in (name, value)]
        common += ["--quiet"] if self.as_a_user or "--write-json" in args else ["--quiet", "--no-write-json"]
        with databases(self.path):
            result = dbtRunner(manifest=manifest).invoke([*args, *common])
        return "" if result.success else said_of(result)

    def build(self, *args: str, **variables: Any) -> str:
        """`dbt build` of what is asked for, or of everything but the unit tests: they do not depend on the data."""
        chosen = () if {"--select", "--selector"} & set(args) else ("--selector", "everything_but_unit_tests")
        return self.dbt("build", "--exclude-resource-type", "unit_test", *chosen, *args, **variables)

    def build_untested(self, *args: str, **variables: Any) -> str:
        """`dbt build` without data tests, where these are no matter of the test."""
        return self.dbt("build", "--exclude-resource-type", "unit_test", "test", *args, **variables)

    def dbt_in_a_process(self, *args: str, environment: dict[str, str], **variables: Any) -> str:
        """The same in a process of its own: some environment variables are read when a library is loaded."""
        given: dict[str, Any] = {"common": str(_common[0]), "path": str(self.path), "project": str(self.project)}
        given |= {"args": args, "variables": variables}
        code = (
            "import json, sys; from pathlib import Path; import conftest; given = json.loads(sys.stdin.read()); "
            "conftest._common.append(Path(given['common'])); "
            "warehouse = conftest.Warehouse(Path(given['path']), Path(given['project'])); "
            "print('said:', warehouse.dbt(*given['args'], **given['variables']))"
        )
        count_call()
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parent,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
            input=json.dumps(given),
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.split("said:", 1)[1].strip() if done.returncode == 0 else done.stdout + done.stderr

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query; the connection is closed again, since DuckDB allows one writer."""
        with duckdb.connect(str(self.path), read_only=True) as con:
            rows: list[tuple[Any, ...]] = con.execute(query).fetchall()
            return rows

    def value(self, query: str) -> Any:
        """The one value of a query."""
        ((value,),) = self.rows(query)
        return value

    def arrow(self, query: str) -> Any:
        """The result of a query as an Arrow table."""
        with duckdb.connect(str(self.path), read_only=True) as con:
            return con.execute(query).to_arrow_table()

    def copy(self, folder: Path) -> "Warehouse":
        """The same database in another folder, to be changed."""
        return Warehouse(Path(shutil.copy(self.path, folder / self.path.name)), self.project)


@pytest.fixture(scope="session")
def new_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Warehouse]:
    """Makes warehouses, each with a database file of its own."""
    return lambda: Warehouse(tmp_path_factory.mktemp("warehouse") / "bank.duckdb")


BuildOnce = Callable[[str, Callable[[Warehouse], object]], Warehouse]


@pytest.fixture(scope="session")
def built_once(common: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuildOnce]:
    """Builds a warehouse of some name, once for all processes; each gets a copy, which its tests only read."""
    opened = []

    def build(name: str, make: Callable[[Warehouse], object]) -> Warehouse:
        with made_once(common / name) as part:
            if part:
                part.mkdir()
                make(Warehouse(part / "bank.duckdb", is_shared=True))
        folder = Path(shutil.copytree(common / name, tmp_path_factory.mktemp(name) / name))
        path = folder / "bank.duckdb"
        opened.append(duckdb.connect(str(path), read_only=True))  # nobody can write, and to connect again costs nothing
        return Warehouse(path)

    yield build
    for connection in opened:
        connection.close()


@pytest.fixture
def warehouse(new_warehouse: Callable[[], Warehouse]) -> Warehouse:
    return new_warehouse()


def stages(fits: int) -> list[str]:
    """What a build says as its stages begin, when so many studies are fitted."""
    return [
        "reading the extracts of the sample bank, building features",
        f"fitting {fits} stud{'y' if fits == 1 else 'ies'}, about {6 + 4 * fits} s" if fits else "nothing new to fit",
        "scoring every customer",
        "describing the segments: personas, key figures, reasons",
    ]


def copy_project(folder: Path) -> Path:
    """Copies what dbt needs of the project into `folder`, where a test may change it."""
    project = folder / "project"
    project.mkdir()
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, project / part, ignore=shutil.ignore_patterns("__pycache__", "python"))
        else:
            shutil.copy(source, project / part)
    return project


@pytest.fixture
def project_copy(tmp_path: Path) -> Path:
    """A copy of the project that a test may change."""
    return copy_project(tmp_path)


def must_build(warehouse: Warehouse, **variables: Any) -> Warehouse:
    assert warehouse.build(**variables) == ""
    return warehouse


@pytest.fixture(scope="session")
def sample(built_once: BuildOnce) -> Warehouse:
    """The sample bank, built as a new user would; tests only read it."""

    def make(warehouse: Warehouse) -> None:
        warehouse.as_a_user = True
        assert warehouse.dbt("build") == ""
        # which leaves the files of the whole build as they are
        assert warehouse.dbt("build", "--select", "feature_screening", "--no-write-json") == ""

    return built_once("sample", make)


@pytest.fixture
def sample_copy(sample: Warehouse, tmp_path: Path) -> Warehouse:
    """The built sample bank, for a test that changes it."""
    return sample.copy(tmp_path)


@pytest.fixture(scope="session")
def sample_page(sample: Warehouse, common: Path) -> str:
    """The report of the sample bank, rendered once."""
    path = common / "report.html"
    with made_once(path) as part, duckdb.connect(str(sample.path), read_only=True) as con:
        if part:
            part.write_text(render(con), encoding="utf-8")
    return path.read_text(encoding="utf-8")


def rendered(path: Path) -> str:
    """The report of another database; that every chart keeps to the schema of its library, sample_page has seen."""
    with duckdb.connect(str(path), read_only=True) as con, debug_mode(False):
        return render(con)


def shared_file(name: str) -> str:
    """A public data file beside the project, or a skip with the reason."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{name} is public data that is not part of the project; it is not at ../shared/data")
    return str(path)


OUTLIVE_A_BUILD = [
    "training_sample",
    "feature_scaling",
    "feature_screening",
    "kmeans_fits",
    "principal_components",
    "sensitivity_fits",
    "algorithm_fits",
    "model_registrations",
]

CARD_FEATURES = [
    "balance",
    "balance_frequency",
    "purchases",
    "oneoff_purchases",
    "installments_purchases",
    "cash_advance",
    "purchases_frequency",
    "oneoff_purchases_frequency",
    "purchases_installments_frequency",
    "cash_advance_frequency",
    "cash_advance_trx",
    "purchases_trx",
    "credit_limit",
    "payments",
    "minimum_payments",
    "prc_full_payment",
    "tenure",
]


@pytest.fixture(scope="session")
def public_cards(built_once: BuildOnce) -> Warehouse:
    """The public card file with the recipe and number of segments of the original project."""
    variables: dict[str, Any] = {
        "studies": ["card_usage"],
        "bank_files": {"card_usage": shared_file("cc_general.csv")},
        "as_of_date": "2025-06-30",
        "study_overrides": {"card_usage": {"recipe": "standard", "segments": 4, "features": CARD_FEATURES}},
    }
    return built_once("public_cards", lambda warehouse: must_build(warehouse, **variables))


@pytest.fixture(scope="session")
def public_relationship(built_once: BuildOnce) -> Warehouse:
    """The public relationship file, which has no key: its rows are numbered."""
    variables: dict[str, Any] = {
        "studies": ["relationship"],
        "bank_files": {"bank_customers": {"path": shared_file("finance_customers.csv"), "customer_id": "row_number"}},
        "as_of_date": "2025-06-30",
        "study_overrides": {"relationship": {"recipe": "standard"}},
    }
    return built_once("public_relationship", lambda warehouse: must_build(warehouse, **variables))
