"""Text files as bytes: plain ones, and those in a .gz."""

import gzip
from pathlib import Path
from typing import IO

BLOCK = 1 << 22
"""Bytes that are read at a time."""


def open_bytes(path: str) -> IO[bytes] | gzip.GzipFile:
    """A file, unpacked."""
    return gzip.open(path, "rb") if path.lower().endswith(".gz") else Path(path).open("rb")
