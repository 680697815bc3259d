"""What the tests share: dbt builds into database files of their own, made once a session."""

import gc
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from dbt.cli.main import dbtRunner

from report.render import render

sys.path.insert(0, str(Path(__file__).parent))

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"


def close_connections() -> None:
    """dbt-duckdb keeps the database open for the next command of the process; a test needs it closed."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()
    gc.collect()


_manifests: dict[str, Any] = {}


def parsed(project: Path, variables: dict[str, Any], parse: Callable[[], Any]) -> Any:
    """The manifest for the studies and the kind of source, parsed once a process; None where it does not parse, where a
    test may change the project, and for a build as a new user does it, which writes manifest.json.

    Parsing takes 4 of the 5 CPU seconds of a small dbt command. All other vars are read when a command runs.
    """
    if project != ROOT or not variables:
        return None
    kinds = [bool(variables.get(name)) for name in ("bank_files", "bank_tables")]
    key = repr((variables.get("studies"), kinds))
    if key not in _manifests:
        _manifests[key] = parse()
    return _manifests[key]


@dataclass
class Warehouse:
    """A database file and the dbt project that builds into it."""

    path: Path
    project: Path = ROOT

    def dbt(self, *args: str, **variables: Any) -> str:
        """Runs dbt and returns "" if all is well, else everything that it says of its failures."""
        os.environ["SEGMENTATION_DB"] = str(self.path)
        target = self.path.with_suffix(".target")
        common = ["--quiet", "--project-dir", str(self.project), "--profiles-dir", str(self.project)]
        common += [
            "--target-path",
            str(target),
            "--log-path",
            str(target),
            "--vars",
            yaml.safe_dump(variables),
        ]
        here = Path.cwd()
        try:
            manifest = parsed(self.project, variables, lambda: dbtRunner().invoke(["parse", *common]).result)
            result = dbtRunner(manifest=manifest).invoke([*args, *common])
        finally:
            os.chdir(here)
            close_connections()
            del os.environ["SEGMENTATION_DB"]
        if result.success:
            return ""
        messages = [str(result.exception)] if result.exception else []
        nodes = getattr(result.result, "results", None) or []
        messages += [str(r.message) for r in nodes if r.status in ("error", "fail")]
        return "\n".join(messages) or "failed without a message"

    def build(self, *args: str, **variables: Any) -> str:
        """`dbt build` of what is asked for, or of everything but the unit tests: they do not depend on the data."""
        chosen = () if {"--select", "--selector"} & set(args) else ("--selector", "everything_but_unit_tests")
        return self.dbt("build", "--exclude-resource-type", "unit_test", *chosen, *args, **variables)

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


@pytest.fixture(scope="session")
def new_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Warehouse]:
    """Makes warehouses, each with a database file of its own."""
    return lambda: Warehouse(tmp_path_factory.mktemp("warehouse") / "bank.duckdb")


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


PARTS = ["models", "python_models", "macros", "seeds", "tests", "dbt_project.yml", "profiles.yml", "selectors.yml"]


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
def sample(new_warehouse: Callable[[], Warehouse]) -> Warehouse:
    """The sample bank, built as a new user would; tests only read it."""
    warehouse = new_warehouse()
    assert warehouse.dbt("build") == ""
    assert warehouse.dbt("build", "--select", "feature_screening") == ""
    return warehouse


@pytest.fixture(scope="session")
def sample_page(sample: Warehouse) -> str:
    """The report of the sample bank, rendered once."""
    with duckdb.connect(str(sample.path), read_only=True) as con:
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
def public_cards(new_warehouse: Callable[[], Warehouse]) -> Warehouse:
    """The public card file with the recipe and number of segments of the original project."""
    return must_build(
        new_warehouse(),
        studies=["card_usage"],
        bank_files={"card_usage": shared_file("cc_general.csv")},
        as_of_date="2025-06-30",
        study_overrides={"card_usage": {"recipe": "standard", "segments": 4, "features": CARD_FEATURES}},
    )


@pytest.fixture(scope="session")
def public_relationship(new_warehouse: Callable[[], Warehouse]) -> Warehouse:
    """The public relationship file, which has no key: its rows are numbered."""
    file = {"path": shared_file("finance_customers.csv"), "customer_id": "row_number"}
    return must_build(
        new_warehouse(),
        studies=["relationship"],
        bank_files={"bank_customers": file},
        as_of_date="2025-06-30",
        study_overrides={"relationship": {"recipe": "standard"}},
    )
