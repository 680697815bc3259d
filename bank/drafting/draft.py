"""The draft of a bank's file as text: what is certain as keys, what is not as comments."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from bank.drafting.entry import READINGS, Entry, Question, described
from bank.drafting.sources import Unread

WIDTH = 118
TOP = [
    "A draft of a bank's file (docs/bank-file.md says what each key means), by `make describe`.",
    "What is as the contract has it needs no line. {left}",
]


def draft(
    entries: Sequence[Entry],
    others: Sequence[Unread],
    vars_of: Mapping[str, Any],
    questions: Sequence[Question],
    folder: Path | None,
) -> str:
    """`vars_of`: keys beside the extracts. `folder`: paths below it are said from there, others are absolute."""
    n = len(questions) + sum(map(_left, entries))
    left = f"Left to decide: {n}, each marked with ???." if n else "Nothing is left to decide."
    lines = [*(comment for text in TOP for comment in _comment(text.format(left=left))), ""]
    for question in questions:
        lines += _question(question, set())
    for key, value in vars_of.items():
        lines.append(f"{key}: {_value(_placed(value, folder) if key == 'attach' else value)}")
    lines += ["", "extracts:" if entries else "extracts: {}"]
    for entry in entries:
        lines += ["", *("  " + line if line else "" for line in _entry(entry, folder))]
    if others:
        lines += ["", *_comment("What is no extract as it is:")]
    for other in others:
        lines += _comment(f"- {other.label}: {other.why}")
        lines += [line for looks in other.columns for line in _comment(f"    {described(looks)}")]
    return "\n".join(lines) + "\n"


def _entry(entry: Entry, folder: Path | None) -> Iterator[str]:
    required = entry.matching.extract.required
    found = len(required) - len(entry.matching.missing)
    yield from _comment(
        f"{entry.source.label}: {entry.source.sample.extent}; {found} of {len(required)} required columns found"
    )
    yield f"{entry.extract}:"
    for key, value in entry.keys.items():
        if key == "path":
            value = _placed(value, folder)
        if isinstance(value, Mapping) and key in ("columns", *READINGS):
            yield f"  {key}:"
            for name, one in value.items():
                yield _noted(f"    {_scalar(name)}: {_value(one)}", [entry.notes.get((key, name), "")])
            if key == "columns":
                yield from (f"    {line}" for line in _missing(entry))
        else:
            notes = [f"{name}: {note}" for (its, name), note in entry.notes.items() if its == key and note]
            yield _noted(f"  {key}: {_value(value)}", notes[:2])
    if "columns" not in entry.keys and _missing(entry):
        yield "  # columns:"
        yield from (f"  #   {line[2:]}" for line in _missing(entry))
    keys = set(entry.keys)
    for question in entry.questions:
        yield from (f"  {line}" for line in _question(question, keys))
        keys |= {key for line in question.lines for key in line}
    for text in entry.remarks:
        yield from (f"  {line}" for line in _comment(text))


def _left(entry: Entry) -> int:
    return len(_missing(entry)) + sum(not question.is_offer for question in entry.questions)


def _missing(entry: Entry) -> list[str]:
    return [f"# {one.name}: ???  {entry.notes['missing columns', one.name]}" for one in entry.matching.missing]


def _question(question: Question, keys: set[str]) -> Iterator[str]:
    """A question, and the lines of which one answers it. `keys`: those that cannot come once more."""
    yield from _comment(question.text if question.is_offer else f"??? {question.text}")
    for line in question.lines:
        for key, value in line.items():
            there = "  # into the key above" if key in keys else ""
            yield f"# {key}: {value if value == '???' else _value(value)}{there}"


def _comment(text: str) -> Iterator[str]:
    """A comment on as many lines as it takes."""
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    indent = " " * (len(text) - len(text.lstrip()))
    line = "#" + indent
    for word in text.split():
        if len(line) + 1 + len(word) > WIDTH and line.strip("# "):
            yield line
            line = "#" + indent + "  "
        line += " " + word
    yield line


def _noted(line: str, notes: Sequence[str]) -> str:
    text = "; ".join(note for note in notes if note)
    return f"{line}  # {text}" if text else line


def _value(value: Any) -> str:
    """A value of YAML on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(name)}: {_value(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    """As plain as it can be read back."""
    if not isinstance(value, str):
        return json.dumps(value)
    is_plain = re.fullmatch(r"[^\W\d][\w ./*%+-]*|/[\w ./*=+-]*", value) and value == value.strip()
    if is_plain and yaml.safe_load(value) == value:
        return value
    return json.dumps(value, ensure_ascii=any(not sign.isprintable() for sign in value))


def _placed(value: Any, folder: Path | None) -> Any:
    """A path, or a mapping of paths."""
    if isinstance(value, Mapping):
        return {name: _placed(path, folder) for name, path in value.items()}
    path = Path(value)
    return path.relative_to(folder).as_posix() if folder and path.is_relative_to(folder) else str(value)
