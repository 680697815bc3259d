"""Staging of many extracts within one command of dbt: what its own tasks do with a model, without their second each.

A command's start, and its end, cost more than the reading of a small file; here they happen once. What each extract
goes through is dbt's runner of models: the SQL of checked_<extract> is compiled, its materialization runs, and what
stops is said as a build says it.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, count_call, databases, manifest_of
from dbt.adapters.factory import get_adapter
from dbt.cli.main import dbtRunner
from dbt.task.run import ModelRunner
from dbt.task.run_operation import RunOperationTask

STUDIES = ["card_usage", "relationship", "demographic", "behavioral", "wealth"]


@dataclass
class Staging:
    """A warehouse that takes one extract after the other."""

    task: Any
    adapter: Any
    log: Path

    def stage(self, extract: str, entry: dict[str, Any] | str, **variables: Any) -> str:
        """Reads an extract beside what stands; returns "" or what a build would say."""
        vars_of = self.task.config.cli_vars
        vars_of.clear()
        vars_of.update({"studies": STUDIES, "extracts": {extract: entry}} | variables)
        self.adapter.cache.clear()
        node = copy.deepcopy(self.task.manifest.nodes[f"model.customer_segmentation.checked_{extract}"])
        result = ModelRunner(self.task.config, self.adapter, node, 1, 1).safe_run(self.task.manifest)
        return "" if result.status == "success" else str(result.message)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self.adapter.connection_named("look"):
            _, table = self.adapter.execute(query, fetch=True)
            return [tuple(row) for row in table.rows]

    def forget(self, extract: str) -> None:
        """Takes away what was read."""
        with self.adapter.connection_named("look"):
            for table in (f"checked_{extract}", f"incoming_{extract}"):
                self.adapter.execute(f"drop table if exists {table}")
            for table in (f"faults_{extract}", f"scans_{extract}"):
                self.adapter.execute(f"drop table if exists temp.{table}")

    def logged(self) -> str:
        """What dbt's log has got since this was asked last."""
        with self.log.open("r+", encoding="utf-8", errors="replace") as file:
            text = file.read()
            file.truncate(0)
        return text


@contextmanager
def as_task(act: Callable[[Any], None]) -> Iterator[None]:
    """Within, `dbt run-operation` does this with its task."""

    def run(task: Any) -> None:
        task.compile_manifest()
        act(task)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RunOperationTask, "run", run)
        patch.setattr(RunOperationTask, "interpret_results", lambda task, results: True)
        yield


def staged(folder: Path, use: Callable[[Staging], None]) -> None:
    """Opens a warehouse in a folder, and hands it over; what is raised there is raised here."""
    count_call()
    given = {"studies": STUDIES, "bank_files": "files"}
    manifest = manifest_of(ROOT, given)
    manifest.build_flat_graph()
    raised: list[BaseException] = []

    def act(task: Any) -> None:
        adapter = get_adapter(task.config)
        staging = Staging(task, adapter, folder / "dbt.log")
        try:
            with adapter.connection_named("begin"):
                adapter.execute(
                    "create table if not exists built_dates "
                    "(model varchar, part varchar, as_of_date date, stamp varchar, build varchar)"
                )
            use(staging)
        except BaseException as error:  # which dbt would make a message of
            raised.append(error)

    options = ["--project-dir", str(ROOT), "--profiles-dir", str(ROOT), "--target-path", str(folder / "target")]
    options += ["--log-path", str(folder), "--log-file-max-bytes", "0", "--quiet", "--no-write-json"]
    options += ["--vars", yaml.safe_dump(given)]
    with databases(folder / "bank.duckdb"), as_task(act):
        result = dbtRunner(manifest=manifest).invoke(["run-operation", "make_built_dates", *options])
    if raised:
        raise raised[0]
    assert result.success, result.exception
