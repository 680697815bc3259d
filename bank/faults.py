"""What stops a build, in a sentence for whoever started it."""


class Refused(Exception):  # noqa: N818
    """The sentence: which file or key, what was found, what to do."""
