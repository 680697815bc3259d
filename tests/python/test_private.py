"""Who may read what is made of customers' rows, and that passwords stand nowhere."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
import yaml
from conftest import ROOT, Warehouse, count_call
from dbt_common.events.functions import env_scrubber
from dbt_common.exceptions import DbtRuntimeError

from bank.plugin import Plugin
from bank.private import MASKS, create_for

PASSWORD = "s3cr'et\\ ü@/:%20"


@pytest.fixture(autouse=True)
def mask() -> Iterator[None]:
    """Everything is open before, and the mask of the process as it was afterwards."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# modes


@pytest.mark.parametrize(
    ("readers", "of_file", "of_folder"), [("owner", 0o600, 0o700), ("group", 0o640, 0o750), ("everybody", 0o644, 0o755)]
)
def test_files_are_created_for_their_readers_alone(tmp_path: Path, readers: str, of_file: int, of_folder: int) -> None:
    assert list(MASKS) == ["owner", "group", "everybody"]
    there = tmp_path / "there"
    there.touch(0o666)
    create_for(readers, there, tmp_path / "not there")
    (tmp_path / "folder").mkdir()
    with duckdb.connect(str(tmp_path / "folder" / "bank.duckdb")) as con:
        con.execute("create table t as select 1 as one")
        log = tmp_path / "folder" / "bank.duckdb.wal"
        assert (mode(log), mode(log.with_suffix(""))) == (of_file, of_file)
    assert (mode(there), mode(tmp_path / "folder")) == (of_file, of_folder)


def test_a_database_is_its_owners_alone_unless_a_var_says_otherwise(warehouse: Warehouse) -> None:
    for readers, its_mode in [("owner", 0o600), ("group", 0o640), ("owner", 0o600)]:
        given = {} if readers == "owner" else {"readable_by": readers}
        assert warehouse.build_untested("--select", "trait_levels", **given) == ""
        assert mode(warehouse.path) == its_mode


def test_readers_that_are_none(warehouse: Warehouse) -> None:
    said = warehouse.build_untested("--select", "study_settings", readable_by="all")
    assert "var readable_by is 'all'; give owner, group or everybody" in said


@pytest.mark.parametrize(("of_database", "of_folder"), [(0o600, 0o700), (0o640, 0o750)])
def test_what_is_made_of_a_database_is_as_private_as_it_is(
    sample_copy: Warehouse, tmp_path: Path, of_database: int, of_folder: int
) -> None:
    sample_copy.path.chmod(of_database)
    export, report = tmp_path / "new" / "exports", tmp_path / "report.html"
    report.touch(0o644)  # of an earlier version
    for command in (["report.export", "--output", str(export)], ["report", "--output", str(report)]):
        environment = os.environ | {"SEGMENTATION_DB": str(sample_copy.path)}
        subprocess.run([sys.executable, "-m", *command], cwd=ROOT, env=environment, check=True, capture_output=True)
    assert mode(report) == of_database
    made = [export, *export.rglob("*")]
    assert {mode(path) for path in made if path.is_dir()} == {of_folder}
    assert {mode(path) for path in made if path.is_file()} == {of_database}
    assert len(made) > 20


# passwords


@pytest.mark.parametrize("command", [["debug"], ["build", "--select", "study_settings"]], ids=lambda words: words[0])
def test_a_password_stands_nowhere_where_the_server_is_down(tmp_path: Path, command: list[str]) -> None:
    """Neither whole nor in part, in whatever dbt shows or writes."""
    count_call()
    escaped = PASSWORD.replace("\\", "\\\\").replace("'", "\\'")
    environment = os.environ | {
        "DBT_ENV_SECRET_CRM": f"host=127.0.0.1 port=1 user=bank dbname=kern password='{escaped}'",
        "SEGMENTATION_DB": str(tmp_path / "bank.duckdb"),
        "DBT_TARGET_PATH": str(tmp_path / "target"),
        "DBT_LOG_PATH": str(tmp_path / "logs"),
        "PYTHONPATH": str(ROOT),
    }
    environment.pop("PGPASSWORD", None)
    given = ["--vars", yaml.safe_dump({"attach": {"crm": {"postgres": "DBT_ENV_SECRET_CRM"}}})]
    dbt = [sys.executable, "-c", "from dbt.cli.main import cli; cli()"]
    done = subprocess.run(
        [*dbt, "--log-level", "debug", *command, *given], cwd=ROOT, env=environment, capture_output=True, check=False
    )
    shown = done.stdout + done.stderr
    assert done.returncode != 0
    assert b"crm (host 127.0.0.1, database kern) cannot be opened: no server answers there" in shown
    written = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert any(path.name == "dbt.log" for path in written)
    assert [str(path) for path, content in {Path("console"): shown, **written}.items() if b"s3cr" in content] == []


def plugin(folder: Path) -> Plugin:
    """As dbt-duckdb makes it of a profile."""
    path = str(folder / "work" / "bank.duckdb")
    return Plugin("bank", {"publish": str(folder / "bank.duckdb")}, SimpleNamespace(path=path))


def test_dbt_masks_a_password_by_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Not only the connection string that it stands in: a later message may repeat the one without the other."""
    monkeypatch.setenv("DBT_ENV_SECRET_CRM", "host=127.0.0.1 port=1 password=s3cret")
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("DBT_ENV_SECRET_PASSWORD_OF_CRM", "")  # and gone after the test
    flags = SimpleNamespace(VARS={"attach": {"crm": {"postgres": "DBT_ENV_SECRET_CRM"}}})
    monkeypatch.setattr("bank.plugin.get_flags", lambda: flags)
    with duckdb.connect() as con, pytest.raises(DbtRuntimeError, match="no server answers there"):
        plugin(tmp_path).configure_connection(con)
    assert env_scrubber("the engine said s3cret") == "the engine said *****"


@pytest.mark.parametrize(
    "path", ["host=db password=s3cret", "host=db password = 's3cret'", "postgresql://me:s3cret@db/kern"]
)
def test_a_password_in_a_profile_is_refused(path: str, tmp_path: Path) -> None:
    """dbt debug shows what a profile attaches."""
    creds = SimpleNamespace(attach=[SimpleNamespace(path="core.duckdb"), SimpleNamespace(path=path)])
    with pytest.raises(DbtRuntimeError, match="profile attaches a database with a password") as caught:
        plugin(tmp_path).update_connection_config(creds, {})
    assert "s3cret" not in str(caught.value)
