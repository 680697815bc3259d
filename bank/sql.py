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


def tried(expression: str) -> str:
    """An expression, NULL for a row for which it fails: the engine would stop there, and say the row's value.

    Within a lambda, since the optimizer takes out of TRY what two expressions share.
    """
    return f"list_transform([1], lambda no_column: try({expression}))[1]"
