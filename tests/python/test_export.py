"""The export: every public mart in Parquet and CSV, with a dictionary and a manifest."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pytest
import yaml
from conftest import ROOT, Warehouse

from bank.one_builder import work_path
from report.export import export, main
from report.warehouse import DEFAULT, open_warehouse

NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL")


def rows(query: str) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = duckdb.connect().execute(query).fetchall()
    return found


def export_of(database: Path, folder: Path) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEGMENTATION_DB", str(database))
        export(folder)
    return folder


def types_of(warehouse: Warehouse, mart: str) -> dict[str, str]:
    columns = f"select column_name, data_type from information_schema.columns where table_name = '{mart}'"
    return dict(warehouse.rows(f"{columns} order by ordinal_position"))


def from_csv(path: Path, types: dict[str, str]) -> str:
    return f"from read_csv('{path}', header = true, columns = {types}, allow_quoted_nulls = false)"


def in_csv(value: object) -> object:
    """What a CSV has of a value: an apostrophe before text that a spreadsheet would run."""
    return "'" + value if isinstance(value, str) and re.match(r"[=+\-@\t\r\n＝＋－＠]", value) else value  # noqa: RUF001


@pytest.fixture(scope="module")
def exported(sample: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_of(sample.path, tmp_path_factory.mktemp("out") / "exports")


@pytest.fixture(scope="module")
def marts(sample: Warehouse) -> list[str]:
    nodes = json.loads((sample.path.with_suffix(".target") / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    public = [n["name"] for n in nodes.values() if n["resource_type"] == "model" and n["access"] == "public"]
    assert len(public) > 15
    return sorted(public)


@pytest.fixture(scope="module")
def tables(marts: list[str]) -> list[str]:
    """The marts without the view that is for one customer at a time."""
    return [mart for mart in marts if mart != "customer_segment_reasons"]


def test_every_mart_but_the_reasons_is_there_in_both_formats(
    sample: Warehouse, exported: Path, tables: list[str]
) -> None:
    assert [
        mart for (mart,) in sample.rows("select distinct table_name from data_dictionary where is_exported order by 1")
    ] == tables
    assert sorted(path.name for path in exported.iterdir()) == [
        "csv",
        "data_dictionary.csv",
        "manifest.json",
        "model_cards",
        "parquet",
    ]
    for part in ("csv", "parquet"):
        assert sorted(path.name for path in (exported / part).iterdir()) == sorted(f"{mart}.{part}" for mart in tables)
    assert (exported / "data_dictionary.csv").read_bytes() == (exported / "csv" / "data_dictionary.csv").read_bytes()


def test_both_formats_have_the_rows_of_the_marts(sample: Warehouse, exported: Path, tables: list[str]) -> None:
    for mart in tables:
        types = types_of(sample, mart)
        parquet = f"'{exported}/parquet/{mart}.parquet'"
        assert {name: kind for name, kind, *_ in rows(f"describe from {parquet}")} == types, mart
        expected = sample.rows(f"from {mart} order by all")
        assert rows(f"from {parquet}") == expected, mart
        csv = rows(from_csv(exported / "csv" / f"{mart}.csv", types))
        assert csv == [tuple(in_csv(value) for value in row) for row in expected], mart


def test_the_manifest_says_what_was_exported(sample: Warehouse, exported: Path, tables: list[str]) -> None:
    manifest = json.loads((exported / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["database"] == "bank.duckdb"
    version = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["version"]
    assert manifest["project_version"] == version
    assert [table["name"] for table in manifest["tables"]] == tables
    for table in manifest["tables"]:
        types = types_of(sample, table["name"])
        assert table["rows"] == sample.value(f"select count(*) from {table['name']}")
        assert table["columns"] == len(types)
        if "as_of_date" in types and table["rows"]:
            dates = [
                str(date) for (date,) in sample.rows(f"select distinct as_of_date from {table['name']} order by 1")
            ]
            assert table["as_of_dates"] == {"first": dates[0], "last": dates[-1], "all": dates}
        else:
            assert table["as_of_dates"] is None
        for file in table["files"]:
            assert (exported / file["path"]).stat().st_size == file["bytes"]
    columns = "study, model_version, version_number, cast(fitted_as_of as varchar), segments, has_structure"
    models = sample.rows(f"select {columns} from segment_models order by 1")
    assert [tuple(study.values()) for study in manifest["studies"]] == models
    assert len(models) == 7
    assert str(sample.path.parent) not in (exported / "manifest.json").read_text(encoding="utf-8")


def test_each_card_is_a_file(sample: Warehouse, exported: Path) -> None:
    cards = dict(sample.rows("select study, card from model_cards"))
    files = {path.name: path.read_text(encoding="utf-8") for path in (exported / "model_cards").iterdir()}
    assert files == {f"{study}.md": card for study, card in cards.items()}
    listed = json.loads((exported / "manifest.json").read_text(encoding="utf-8"))["model_cards"]
    assert [file["study"] for file in listed] == sorted(cards)
    for file in listed:
        assert file["path"] == f"model_cards/{file['study']}.md"
        assert (exported / file["path"]).stat().st_size == file["bytes"]


def test_the_dictionary_describes_every_column(sample: Warehouse, marts: list[str]) -> None:
    columns = "table_name, position, column_name, upper(data_type), unit, table_description, description"
    dictionary = sample.rows(f"select {columns} from data_dictionary order by 1, 2")
    built = [(mart, *column) for mart in marts for column in enumerate(types_of(sample, mart).items(), start=1)]
    assert [row[:4] for row in dictionary] == [(mart, position, name, kind) for mart, position, (name, kind) in built]
    known = sample.value(
        "select description from data_dictionary where table_name = 'data_dictionary' and column_name = 'unit'"
    )
    for mart, _, column, data_type, unit, *texts in dictionary:
        assert (unit is not None) == data_type.startswith(NUMBERS), (mart, column)
        assert unit is None or f"{unit} - " in known, unit
        assert all(text and "\n" not in text and "doc(" not in text and "{{" not in text for text in texts), (
            mart,
            column,
        )


def test_a_number_needs_a_unit_that_is_known(project_copy: Path, warehouse: Warehouse) -> None:
    warehouse.project = project_copy
    yml = project_copy / "models" / "marts" / "_marts__models.yml"
    text = yml.read_text(encoding="utf-8")
    for wrong, said in [
        (
            "config: {meta: {unit: furlongs}}",
            "Column position of the mart data_dictionary has the unit 'furlongs'; known: currency, ",
        ),
        (
            "config: {meta: {}}",
            "Column position of the mart data_dictionary is a number without unit: give config.meta.unit",
        ),
    ]:
        yml.write_text(text.replace("config: {meta: {unit: number}}", wrong), encoding="utf-8")
        assert said in warehouse.dbt("compile", "--select", "data_dictionary")
    yml.write_text(text, encoding="utf-8")
    assert warehouse.dbt("compile", "--select", "data_dictionary") == ""


def test_two_exports_are_the_same_bytes(sample: Warehouse, exported: Path, tmp_path: Path) -> None:
    again = export_of(sample.path, tmp_path / "exports")
    files = sorted(path.relative_to(exported) for path in exported.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    for file in files:
        assert (exported / file).read_bytes() == (again / file).read_bytes(), file


NASTY = [
    (1, 'Say "hello", then go', -1.5, [1.5, None]),
    (2, "two\nlines", 1e-7, []),
    (3, "two\rlines", 1e20, None),
    (4, "Müller, Zoë, 株式会社", None, None),
    (5, "=cmd|' /C calc'!A0", 0.1, None),
    (6, "+1", 2 / 3, None),
    (7, "-1 to 0", 0.0, None),
    (8, "@sum(a1)", 0.0, None),
    (9, "\t=1", 0.0, None),
    (10, "\r=1", 0.0, None),
    (11, "\n=1", 0.0, None),
    (12, "＝1", 0.0, None),  # noqa: RUF001
    (13, "a = b - c", 0.0, None),
    (14, "", 0.0, None),
    (15, None, 0.0, None),
    (16, "NULL", 0.0, None),
    (17, "\\0 \\n '", 0.0, None),
    (18, "＋1", 0.0, None),  # noqa: RUF001
    (19, "－1", 0.0, None),  # noqa: RUF001
    (20, "＠1", 0.0, None),  # noqa: RUF001
]


@pytest.fixture
def nasty(tmp_path: Path) -> Path:
    """A database that a hand has made: text that hurts, a list, and a view of many rows."""
    path = tmp_path / "o'hara" / "nasty.duckdb"
    path.parent.mkdir()
    with duckdb.connect(str(path)) as con:
        con.execute('create table nasty (i integer, "te""xt" varchar, number double, list double[])')
        con.executemany("insert into nasty values (?, ?, ?, ?)", NASTY)
        con.execute(
            "create view large as select i, md5(cast(i as varchar)) as t, repeat('x', 20) as u from range(500000) r (i)"
        )
        con.execute(
            "create table segment_models (study text, model_version text, version_number int, fitted_as_of date)"
        )
        con.execute("alter table segment_models add column segments int")
        con.execute("create table model_cards as select 's' as study, '# Müller' as card")
        con.execute("alter table segment_models add column has_structure boolean")
        con.execute(
            """create table data_dictionary as
            select table_name, column_name, ordinal_position as position, true as is_exported
            from information_schema.columns where table_name in ('nasty', 'large')
            union all
            values
                ('data_dictionary', 'table_name', 1, true),
                ('data_dictionary', 'column_name', 2, true),
                ('data_dictionary', 'position', 3, true),
                ('data_dictionary', 'is_exported', 4, true)"""
        )
    return path


def test_text_that_hurts(nasty: Path, tmp_path: Path) -> None:
    folder = export_of(nasty, tmp_path / "o'hara [1]" / "exports")
    quoted = str(folder).replace("'", "''").replace("[", "[[]")
    assert rows(f"from '{quoted}/parquet/nasty.parquet'") == NASTY
    types = {"i": "INTEGER", 'te"xt': "VARCHAR", "number": "DOUBLE", "list": "DOUBLE[]"}
    csv = rows(from_csv(folder / "csv" / "nasty.csv", types).replace(str(folder), quoted))
    assert csv == [tuple(in_csv(value) for value in row) for row in NASTY]
    assert [row[1][0] for row in csv[4:12] + csv[17:]] == ["'"] * 11
    assert (folder / "csv" / "nasty.csv").read_bytes().startswith(b'\xef\xbb\xbfi,"te""xt",number,list\n')


def test_many_rows_stay_in_order(nasty: Path, tmp_path: Path) -> None:
    """More than one row group, written by several threads."""
    folder = export_of(nasty, tmp_path / "exports")
    for path in ("parquet/large.parquet", "csv/large.csv"):
        query = (
            f"select count(*), bool_and(i = n - 1) from (select i, row_number() over () as n from '{folder / path}')"
        )
        assert rows(query) == [(500000, True)]


def test_an_export_that_fails_leaves_the_last_one_whole(nasty: Path, tmp_path: Path) -> None:
    folder = export_of(nasty, tmp_path / "out" / "exports")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with duckdb.connect(str(nasty)) as con:
        con.execute("insert into nasty values (21, 'new', 1, null)")
        con.execute("create or replace view large as select i, error('broken') as t, 'x' as u from range(5) r (i)")
    with pytest.raises(SystemExit, match=r"The export failed, and .*exports is as it was: .*broken"):
        export_of(nasty, folder)
    with duckdb.connect(str(nasty)) as con:
        con.execute("drop view large")
    with pytest.raises(SystemExit, match="The mart large is not built, or not as data_dictionary describes it"):
        export_of(nasty, folder)
    with duckdb.connect(str(nasty)) as con:
        con.execute("create view large as select 1 as i, 't' as t, 'u' as u")
    rename = Path.rename

    def busy(path: Path, target: Path) -> Path:
        if path.name == "fresh":
            raise OSError("in use")
        return rename(path, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "rename", busy)
        with pytest.raises(SystemExit, match=r"is as it was: in use"):
            export_of(nasty, folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert list(folder.parent.iterdir()) == [folder]


def test_an_export_removes_no_file_of_others(nasty: Path, tmp_path: Path) -> None:
    folder = export_of(nasty, tmp_path / "exports")
    (folder / ".DS_Store").touch()
    export_of(nasty, folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    del manifest["model_cards"]  # the first exports had none
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "model_cards" / "s.md").unlink()
    export_of(nasty, folder)
    (folder / "csv" / "mine.xlsx").touch()
    with pytest.raises(SystemExit, match=r"holds files that no export wrote, such as csv/mine\.xlsx"):
        export_of(nasty, folder)
    assert (folder / "csv" / "mine.xlsx").exists()
    (folder / "csv" / "mine.xlsx").unlink()
    (folder / "model_cards" / "mine.md").touch()
    with pytest.raises(SystemExit, match=r"holds files that no export wrote, such as model_cards/mine\.md"):
        export_of(nasty, folder)
    with pytest.raises(SystemExit, match="holds files that no export wrote"):
        export_of(nasty, nasty.parent)
    with pytest.raises(SystemExit, match="is a file"):
        export_of(nasty, nasty)


def test_the_command_says_how_much(nasty: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "exports"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEGMENTATION_DB", str(nasty))
        patch.setattr(sys, "argv", ["export", "--output", str(folder)])
        main()
    size = sum(path.stat().st_size for part in ("csv", "parquet") for path in (folder / part).iterdir())
    described = 3 + len(NASTY[0]) + 4
    assert (
        capsys.readouterr().out == f"{folder}: 3 marts, {500000 + len(NASTY) + described:,} rows, {size / 1e6:.1f} MB\n"
    )


def opening(path: Path) -> str:
    """What is said of a database that cannot be used."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEGMENTATION_DB", str(path))
        with pytest.raises(SystemExit) as stop:
            open_warehouse()
    said = str(stop.value)
    assert str(path) in said
    return said


def test_what_is_no_warehouse_is_said_in_a_sentence(tmp_path: Path) -> None:
    assert "There is no database at" in opening(tmp_path / "none.duckdb")
    assert "make build" in opening(tmp_path / "none.duckdb")
    (tmp_path / "text.duckdb").write_text("no database", encoding="utf-8")
    assert "cannot be opened as a DuckDB database: build it again" in opening(tmp_path / "text.duckdb")
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    assert "holds no built marts: build them (make build)" in opening(tmp_path / "empty.duckdb")


def test_a_database_that_another_process_writes_to(tmp_path: Path) -> None:
    path = tmp_path / "busy.duckdb"
    hold = f"import duckdb, sys; con = duckdb.connect({str(path)!r}); print(flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout
        assert writer.stdin
        writer.stdout.readline()
        said = opening(path)
        writer.stdin.close()
    assert "Another process writes to" in said
    assert "wait until dbt has ended" in said


def test_the_command_ends_with_the_sentence(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "report.export", "--output", str(tmp_path / "exports")],
        cwd=ROOT,
        env={"SEGMENTATION_DB": str(tmp_path / "none.duckdb")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.startswith("There is no database at")
    assert "Traceback" not in run.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_default_is_where_dbt_publishes() -> None:
    profile = yaml.safe_load((ROOT / "profiles.yml").read_text(encoding="utf-8"))
    outputs = profile["customer_segmentation"]["outputs"].values()
    places = {plugin["config"]["publish"] for output in outputs for plugin in output["plugins"]}
    assert places == {(place := "{{ env_var('SEGMENTATION_DB', '" + DEFAULT + "') }}")}
    (work,) = {output["path"] for output in outputs}
    assert place.strip("{} ") in work


@pytest.mark.parametrize(
    ("given", "work"),
    [
        ({}, "warehouse/work/bank.duckdb"),
        ({"SEGMENTATION_DB": "bank.duckdb"}, "work/bank.duckdb"),
        ({"SEGMENTATION_DB": "/data/bank.duckdb"}, "/data/work/bank.duckdb"),
        ({"SEGMENTATION_DB": "/share/bank.duckdb", "SEGMENTATION_WORK": "/data/bank.duckdb"}, "/data/bank.duckdb"),
    ],
)
def test_the_work_database_is_where_the_profile_has_it(
    given: dict[str, str], work: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SEGMENTATION_DB", "SEGMENTATION_WORK"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    template = yaml.safe_load((ROOT / "profiles.yml").read_text(encoding="utf-8"))
    path = template["customer_segmentation"]["outputs"]["dev"]["path"]
    rendered = jinja2.Template(path).render(env_var=lambda name, default="": os.environ.get(name, default))
    assert (ROOT / rendered, work_path(ROOT)) == (ROOT / work, ROOT / work)
