"""Names and strings as SQL has them."""

from collections.abc import Iterable


def literal(text: str) -> str:
    """A string."""
    return "'" + text.replace("'", "''") + "'"


def identifiers(names: Iterable[str]) -> str:
    """A list of names."""
    return ", ".join('"' + name.replace('"', '""') + '"' for name in names)
