"""Text files as bytes: plain ones, and those in a .gz."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from bank.faults import Refused

BLOCK = 1 << 22
"""Bytes that are read at a time."""


def is_packed(path: str) -> bool:
    """Whether a file is one of gzip, by its name."""
    return path.lower().endswith(".gz")


def open_bytes(path: str) -> IO[bytes] | gzip.GzipFile:
    """A file, unpacked."""
    return gzip.open(path, "rb") if is_packed(path) else Path(path).open("rb")


def blocks_of(path: str, size: int = BLOCK) -> Iterator[bytes]:
    """What a file holds, unpacked, in blocks.

    Raises Refused where a .gz file is cut off or damaged: Python's gzip compares length and checksum of each of its
    members, and what can be unpacked of such a file would look like a whole one.
    """
    try:
        with open_bytes(path) as file:
            while block := file.read(size):
                yield block
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        what = "is cut off" if isinstance(error, EOFError) else "is damaged, or no gzip file"
        raise Refused(f"{path} {what}: it cannot be unpacked to its end. Copy or export it again.") from None
