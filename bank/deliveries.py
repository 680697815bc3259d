"""Which files of an extract are new: a delivery is a file as it is, told by its name, its content and how it is read.

The warehouse keeps the delivery of each row, as text such as `cards_2025-06.csv@134069190-3f2a9c81d0b4`. A file that
was read is not read again; one that comes again under the same name replaces what it said before.
"""

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from bank.places import PATTERN

WHOLE = 1 << 24
"""Files up to this size, in bytes, are told by all that they hold, larger ones by their time and some places."""

PLACES = 16
BLOCK = 1 << 16

OF_DELIVERY = "delivery of the row"
"""The column that says the file beside those of an extract, where there are several."""


def delivery_of(file: str, root: Path, reading: str) -> str:
    """The delivery that a file is. `root`: the folder below which its name begins; `reading`: how it is read."""
    path = Path(file)
    state = path.stat()
    hashed = hashlib.blake2b(reading.encode(), digest_size=6)
    with path.open("rb") as opened:
        if state.st_size <= WHOLE:
            hashed.update(opened.read())
        else:
            hashed.update(str(state.st_mtime_ns).encode())
            for place in range(PLACES):
                opened.seek(place * (state.st_size - BLOCK) // (PLACES - 1))
                hashed.update(opened.read(BLOCK))
    return f"{path.relative_to(root).as_posix()}@{state.st_size}-{hashed.hexdigest()}"


def root_of(entry: dict[str, Any]) -> Path:
    """The folder in which an extract's files are, or below which."""
    place = Path(entry.get("folder") or entry["path"])
    while not place.is_dir() or PATTERN.search(str(place)):
        place = place.parent
    return place


def deliveries_of(
    files: Sequence[str],
    entry: dict[str, Any],
    known: Collection[str],
    again: Collection[str] = (),
    date: str = "",
    reading: str = "",
) -> dict[str, Any]:
    """What of some files has to be read: {new: {file: delivery}, replaced, replaced_of_date, lost}.

    `known`: the deliveries in the warehouse, those of files without a date of their own below the date that was said of
    them: `2025-06-30/cards.csv@...`; `date`: what is said today; `again`: those that are to be read again. Of the known
    ones, `replaced` have the names of new files, `replaced_of_date` these names below today's date, and `lost` are all
    that are not there today as they were.
    """
    root = root_of(entry)
    today = {file: delivery_of(file, root, reading) for file in files}
    of_date = f"{date}/" if date else ""
    read = set(known) - set(again)
    new = {file: one for file, one in today.items() if one not in read and of_date + one not in read}
    standing = {form for file, one in today.items() if file not in new for form in (one, of_date + one)}
    names = {name_of(delivery) for delivery in new.values()}
    lost = sorted(set(known) - standing)
    return {
        "new": new,
        "replaced": [delivery for delivery in lost if name_of(delivery) in names],
        "replaced_of_date": [delivery for delivery in lost if name_of(delivery) in {of_date + name for name in names}],
        "lost": lost,
    }


def name_of(delivery: str) -> str:
    """The file's name in a delivery."""
    return delivery.rpartition("@")[0]
