"""Lets `dbt build --vars '{bank: /data/bank.yml}'` take the vars that stand in that file, and one build run at a time.

dbt finds its plugins by their names, which begin with dbt_. The vars are known before dbt parses, so that a file can
say which studies there are. What the command line gives wins.
"""

from pathlib import Path
from typing import Any

from dbt.flags import get_flags
from dbt.plugins import dbtPlugin
from dbt_common.exceptions import DbtRuntimeError

from bank.faults import Refused
from bank.one_builder import refuse_a_second, work_path
from bank.settings import entries, load


class Bank(dbtPlugin):  # type: ignore[misc]
    """Acts in this project alone."""

    def initialize(self) -> None:
        """Put the file's vars beside those of the command line."""
        flags = get_flags()
        given: dict[str, Any] | None = getattr(flags, "VARS", None)  # a linter has none
        if self.project_name != "customer_segmentation" or given is None:
            return
        try:
            if flags.WHICH not in ("parse", "list", "deps", "clean", "debug"):
                refuse_a_second(work_path(Path(__file__).parent))
            if given.get("extracts"):
                given["extracts"] = entries("--vars", given["extracts"])
            found = load(str(given["bank"])) if given.get("bank") else {}
        except Refused as fault:
            raise DbtRuntimeError(str(fault)) from None
        for name, value in found.items():
            given.setdefault(name, value)


plugins = [Bank]
