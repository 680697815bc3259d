"""Text files as bytes: plain ones, and those in a .gz."""

import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from bank.faults import Refused

BLOCK = 1 << 22
"""Bytes that are read at a time."""


def is_packed(path: str) -> bool:
    """Whether a file is one of gzip, by its name."""
    return path.lower().endswith(".gz")


def blocks_of(path: str) -> Iterator[bytes]:
    """What a file holds, unpacked, in blocks.

    Raises Refused where a .gz file is cut off or damaged, or has something behind its end: what can be unpacked of such
    a file would look like a whole one.
    """
    with Path(path).open("rb") as file:
        packed = iter(lambda: file.read(BLOCK), b"")
        try:
            yield from _members(packed) if is_packed(path) else packed
        except EOFError:
            raise Refused(f"{path} is cut off: it {AGAIN}") from None
        except zlib.error:
            raise Refused(f"{path} is damaged, or no gzip file: it {AGAIN}") from None


AGAIN = "cannot be unpacked to its end. Copy or export it again."


def _members(packed: Iterable[bytes]) -> Iterator[bytes]:
    """What a gzip file holds, one member after the other; zlib compares the length and checksum of each."""
    member = zlib.decompressobj(wbits=31)
    for block in packed:
        while block:
            if member.eof:
                member = zlib.decompressobj(wbits=31)
            yield member.decompress(block, BLOCK)
            block = member.unconsumed_tail or member.unused_data
    yield member.flush()
    if not member.eof:
        raise EOFError
