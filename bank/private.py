"""Who may read what is made of customers' rows: the database, its log and its overflow, exports and reports.

Files get their mode when they are created, by the mask of this process: so nothing is open for a moment, whoever
creates it (DuckDB, dbt or this project). On Windows modes mean nothing; there the rights of the folder hold.
"""

import os
from contextlib import suppress
from pathlib import Path

MASKS = {"owner": 0o077, "group": 0o027, "everybody": 0o022}
"""Var readable_by: files 600, 640 or 644, folders 700, 750 or 755."""


def create_for(readers: str, *there: Path) -> None:
    """From here on files are created for these readers alone; those that are there already are given to them, too."""
    apply(MASKS[readers], *there)


def create_like(database: Path, *there: Path) -> None:
    """The same for whoever may read the database: what is made of it is as private as it is."""
    mode = database.stat().st_mode & 0o666
    apply(0o777 & ~(0o700 | mode | mode >> 2 & 0o011), *there)


def apply(mask: int, *there: Path) -> None:
    """The mask, and the modes that it gives to what is there, as far as it is this user's."""
    os.umask(mask)
    for path in there:
        if path.exists():
            with suppress(PermissionError):
                path.chmod((0o777 if path.is_dir() else 0o666) & ~mask)
