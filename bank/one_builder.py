"""One build at a time: DuckDB lets one process write to the work database."""

import os
import re
from pathlib import Path

import duckdb

from bank.faults import Refused


def work_path(root: Path) -> Path:
    """The work database of the environment, as profiles.yml has it; a relative path starts at the project."""
    published = os.environ.get("SEGMENTATION_DB", "warehouse/bank.duckdb")
    return root / os.environ.get("SEGMENTATION_WORK", published.removesuffix("bank.duckdb") + "work/bank.duckdb")


def refuse_a_second(work: Path) -> None:
    """Raises Refused, which names the process, where another one has the work database open."""
    if not work.exists():
        return
    try:
        duckdb.connect(str(work)).close()
    except duckdb.IOException as error:
        holder = re.search(r"held in (\S.*?) \(PID (\d+)\)", str(error))
        if "lock" not in str(error) and not holder:
            return  # dbt says what is wrong with it
        who = f"{Path(holder[1]).name}, process {holder[2]}," if holder else "another process"
        raise Refused(
            f"{who} has {work} open: another build, or a tool. Wait until it has ended, or close it there; "
            "tools open the published file beside it instead."
        ) from None
    except duckdb.Error:
        return  # this process has it open, or dbt says what is wrong with it
