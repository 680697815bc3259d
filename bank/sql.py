"""Names and strings as SQL has them."""

from collections.abc import Iterable


def literal(value: object) -> str:
    """A string."""
    return "'" + str(value).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name."""
    return '"' + name.replace('"', '""') + '"'


def identifiers(names: Iterable[str]) -> str:
    """A list of names."""
    return ", ".join(map(identifier, names))
