"""Readers see complete builds: what is published, when, and what happens when it cannot be."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import ROOT, Warehouse, published
from test_months import Bank

from bank.faults import Refused
from bank.one_builder import refuse_a_second
from bank.publish import begin, publish, take_over

DATES = ["2025-06-30", "2025-07-31", "2025-08-31"]


def readers(place: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every table and view of the published file, row by row."""
    with duckdb.connect(str(place), read_only=True) as con:
        names = con.execute("select table_name from information_schema.tables order by all").fetchall()
        return {name: con.execute(f"from {name} order by all").fetchall() for (name,) in names}


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    folder = tmp_path_factory.mktemp("bank")
    (folder / f"as_of_date={DATES[0]}").mkdir()
    bank = Bank(folder)
    bank.deliver(DATES[0], 1)
    return bank


@pytest.fixture(scope="module")
def variables(bank: Bank) -> dict[str, Any]:
    return {"studies": ["card_usage"], "bank_files": str(bank.folder)}


@pytest.fixture(scope="module")
def built(new_warehouse: Callable[[], Warehouse], variables: dict[str, Any]) -> Warehouse:
    warehouse = new_warehouse()
    assert warehouse.build(**variables) == ""
    return warehouse


def assert_published(warehouse: Warehouse) -> None:
    """The published file says what the work database says, and nothing of staging."""
    found = readers(published(warehouse.path))
    for name, rows in found.items():
        assert rows == warehouse.rows(f"from {name} order by all"), name
    described = {name for (name,) in warehouse.rows("select distinct table_name from data_dictionary")}
    assert described <= found.keys()
    assert not [name for name in found if name.startswith(("raw_", "stg_", "checked_", "rejected_", "incoming_"))]
    assert "training_sample" not in found


def test_a_complete_build_is_published_and_described(built: Warehouse) -> None:
    assert_published(built)
    with duckdb.connect(str(published(built.path)), read_only=True) as con:
        margin = "table_name = 'customer_segments' and column_name = 'margin'"
        said = con.execute(f"select comment from duckdb_columns() where {margin}").fetchall()
        assert said == con.execute(f"select description from data_dictionary where {margin}").fetchall()
        comments = con.execute(
            "select table_name, comment from duckdb_tables() union all select view_name, comment from duckdb_views()"
        ).fetchall()
    described = dict(built.rows("select distinct table_name, table_description from data_dictionary"))
    assert {name: text for name, text in comments if name in described} == described


def test_build_info_says_what_it_is_made_of(built: Warehouse) -> None:
    info = {(topic, name): value for topic, name, value in readers(published(built.path))["build_info"]}
    assert info["version", "DuckDB"] == f"v{duckdb.__version__}"
    assert f"version: {info['version', 'project']}\n" in (ROOT / "dbt_project.yml").read_text(encoding="utf-8")
    assert info["as_of_dates", "card_usage"] == DATES[0]
    assert info["rows staged", "card_usage"] == str(built.value("select count(*) from stg_card_usage"))
    assert info["rows rejected", "card_usage"] == str(
        built.value("select count(*) from rejected_rows where extract = 'card_usage'")
    )
    assert info["model in force", "card_usage"] == built.value("select model_version from segment_models")


def test_what_is_not_complete_is_not_published(
    built: Warehouse, bank: Bank, variables: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    """A part, a build that fails, one without tests, then the next one: readers go on reading the first until then."""
    place = published(built.path)
    before = readers(place)
    with duckdb.connect(str(place), read_only=True) as reader:
        assert built.build("--select", "attention", **variables) == ""
        bank.deliver(DATES[1], 2)
        good = (path := bank.folder / f"as_of_date={DATES[1]}" / "card_usage.csv").read_bytes()
        path.write_bytes(good.replace(b",", b";", 40))
        said = built.dbt_in_a_process("build", environment={}, **variables).strip().splitlines()
        assert said[-1] == (
            f"Nothing is published, since 1 step failed (checked_card_usage): {place} is the build of before."
        )
        path.write_bytes(good)
        assert built.build_untested(**variables) == ""
        assert readers(place) == before
        assert built.build("--selector", "score", **variables) == ""
        said = capfd.readouterr().out.strip().splitlines()
        assert said[-1].startswith("Nothing is published, since a build with fits has not ended: run dbt build.")
        assert built.build(**variables) == ""
        assert capfd.readouterr().out.strip().splitlines()[-1] == f"published: {place}"
        assert reader.execute("select distinct cast(as_of_date as varchar) from customer_segments").fetchall() == [
            (DATES[0],)
        ]
    assert_published(built)
    after = readers(place)
    assert {str(row[1]) for row in after["study_dates"]} == set(DATES[:2])
    said_before, said_after = ({row[:2]: row[2] for row in found["build_info"]} for found in (before, after))
    assert said_before["inputs", "fingerprint"] != said_after["inputs", "fingerprint"]
    assert said_before["version", "project"] == said_after["version", "project"]


@pytest.fixture
def work(tmp_path: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path, Path]]:
    """A small work database with one table by date, one by study and date, one that is made anew, and a view."""
    (tmp_path / "work").mkdir()
    path = tmp_path / "work" / "bank.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("""
            create table built_dates (model varchar, part varchar, as_of_date date, stamp varchar, build varchar);
            create table figures (study varchar, as_of_date date, figure integer);
            create table features_s (as_of_date date, feature integer);
            create table plain as select 1 as one;
            create view seen as from bank.main.figures;
            create table secret as select 1 as one;
            create table data_dictionary as
                select
                    'plain' as table_name, 'It''s plain.' as table_description,
                    'one' as column_name, 'One.' as description""")
        yield con, path, tmp_path / "bank.duckdb"


WANTED: dict[str, Any] = {
    "tables": [
        {"name": "figures", "written_by": "figures", "date": "as_of_date", "part": "study"},
        {"name": "features_s", "written_by": "customers", "date": "as_of_date", "study": "s"},
        {"name": "plain"},
        {"name": "data_dictionary"},
    ],
    "views": ["seen"],
    "with_fits": True,
}


def write_date(con: duckdb.DuckDBPyConnection, study: str, day: str, figure: int, build: str) -> None:
    con.execute(f"""
        delete from figures where study = '{study}' and as_of_date = '{day}';
        insert into figures values ('{study}', '{day}', {figure});
        delete from built_dates where part = '{study}' and as_of_date = '{day}';
        insert into built_dates values
            ('figures', '{study}', '{day}', 's{figure}', '{build}'),
            ('customers', '{study}', '{day}', 's', '{build}')""")
    if study == "s":
        con.execute(
            f"delete from features_s where as_of_date = '{day}'; insert into features_s values ('{day}', {figure})"
        )


@pytest.mark.parametrize("large", [0, 10**9])
def test_dates_that_were_written_are_replaced(
    work: tuple[duckdb.DuckDBPyConnection, Path, Path], large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a copy of the last build (a large file) or from nothing: a date is new, one restated, one gone."""
    monkeypatch.setattr("bank.publish.LARGE", large)
    monkeypatch.setattr("bank.publish.MOST_FREE", 1)
    con, path, place = work
    for study, day in (("s", "2025-01-31"), ("t", "2025-01-31"), ("s", "2025-02-28")):
        write_date(con, study, day, 1, "a")
    assert publish(con, path, place, WANTED)["bytes"] == place.stat().st_size
    write_date(con, "s", "2025-03-31", 3, "b")
    write_date(con, "t", "2025-01-31", 4, "b")
    con.execute(
        "delete from figures where as_of_date = '2025-02-28'; delete from features_s where as_of_date = '2025-02-28'"
    )
    con.execute("delete from built_dates where as_of_date = '2025-02-28'; alter table plain add column two integer")
    publish(con, path, place, WANTED)
    found = readers(place)
    assert found.keys() == {"built_dates", "data_dictionary", "features_s", "figures", "plain", "seen"}
    for name, rows in found.items():
        assert rows == con.execute(f"from {name} order by all").fetchall(), name
    assert not list(place.parent.glob("*.draft*"))


def test_what_somebody_wrote_into_the_published_file_is_gone(
    work: tuple[duckdb.DuckDBPyConnection, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bank.publish.LARGE", 0)
    con, path, place = work
    write_date(con, "s", "2025-01-31", 1, "a")
    publish(con, path, place, WANTED)
    with duckdb.connect(str(place)) as other:
        other.execute("update figures set figure = 99")
    publish(con, path, place, WANTED)
    assert [row[2] for row in readers(place)["figures"]] == [1]


@pytest.mark.parametrize("at", ["os.replace", "shutil.copyfile"])
def test_what_cannot_be_published_leaves_the_build_of_before(
    work: tuple[duckdb.DuckDBPyConnection, Path, Path], at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    con, path, place = work
    publish(con, path, place, WANTED)
    before = place.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bank.publish.LARGE", 0)
    monkeypatch.setattr(f"bank.publish.{at}", full)
    con.execute("update plain set one = 2")
    with pytest.raises(Refused, match=r"could not be published: .*No space left on device.* is as it was"):
        publish(con, path, place, WANTED)
    assert place.read_bytes() == before
    assert not list(place.parent.glob("*.draft*"))
    monkeypatch.undo()
    publish(con, path, place, WANTED)
    assert readers(place)["plain"] == [(2,)]


def test_without_fits_a_build_waits_for_those_that_have_begun(
    work: tuple[duckdb.DuckDBPyConnection, Path, Path],
) -> None:
    con, path, place = work
    begin(path)
    assert publish(con, path, place, WANTED | {"with_fits": False}) == {"begun": True}
    assert not place.exists()
    publish(con, path, place, WANTED)
    publish(con, path, place, WANTED | {"with_fits": False})


def test_a_warehouse_of_before_is_taken_over(tmp_path: Path) -> None:
    """Until 0.8.0 dbt built in the file that readers open: its models and what was read go on."""
    with duckdb.connect(str(tmp_path / "bank.duckdb")) as con:
        con.execute(
            "create table training_sample as select 'a' as customer_id; create view seen as from training_sample"
        )
    (tmp_path / "work").mkdir()
    with duckdb.connect(str(tmp_path / "work" / "bank.duckdb")) as con:
        take_over(con, tmp_path / "bank.duckdb")
        assert con.execute("from training_sample").fetchall() == [("a",)]


def test_a_second_builder_is_told_who_builds(tmp_path: Path) -> None:
    path = tmp_path / "bank.duckdb"
    refuse_a_second(path)
    hold = f"import duckdb; con = duckdb.connect({str(path)!r}); print('open', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(Refused) as said:
            refuse_a_second(path)
        dbt = [
            sys.executable,
            "-m",
            "dbt.cli.main",
            "build",
            "--target-path",
            str(tmp_path),
            "--log-path",
            str(tmp_path),
        ]
        given = os.environ | {"SEGMENTATION_WORK": str(path)}
        ran = subprocess.run(dbt, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
        other.communicate(b"\n")
    assert f"process {other.pid}, has {path} open" in str(said.value)
    assert ran.returncode != 0
    assert str(said.value) in ran.stdout
    assert "Traceback" not in ran.stdout + ran.stderr
    assert len(ran.stdout.splitlines()) < 8
    refuse_a_second(path)
