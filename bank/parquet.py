"""Whether a Parquet file is whole: the engine would stop at a damaged one in its own words, which name no extract."""

from functools import cache
from pathlib import Path

import duckdb

from bank.faults import Refused
from bank.sql import literal


def check_parquet(extract: str, file: str) -> None:
    """Reads all of it once, for each state of the file. Raises Refused where it is empty, cut off or damaged."""
    state = Path(file).stat()
    if state.st_size == 0:
        raise Refused(
            f"Extract {extract}: the file {file} is empty (0 bytes, not even a header). Export it again, or take it "
            "away."
        )
    if not _is_whole(file, state.st_size, state.st_mtime_ns):
        raise Refused(f"Extract {extract}: {file} is damaged or no Parquet file. Copy or export it again.")


@cache
def _is_whole(file: str, size: int, written: int) -> bool:
    """Whether each value can be unpacked. Statistics answer a count, so that hashes are asked for."""
    try:
        with duckdb.connect() as con:
            con.execute(
                f"select bit_xor(hash(columns(*))) from read_parquet({literal(file)}, hive_partitioning = false)"
            )
    except duckdb.Error:
        return False
    return True
