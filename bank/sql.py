"""Names and strings as SQL has them."""


def literal(value: object) -> str:
    """A string."""
    return "'" + str(value).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name."""
    return '"' + name.replace('"', '""') + '"'
