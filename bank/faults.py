"""What stops a command with a sentence for the user."""


class Refused(Exception):  # noqa: N818 (a word for users, not for programmers)
    """A sentence that says what is wrong and what to do; shown as it is, without a traceback."""
