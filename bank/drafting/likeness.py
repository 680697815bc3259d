"""Which column of a source is which of the contract, and which extract it is: by names, by likeness, by content."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from bank.csv_files import column_key
from bank.drafting import words
from bank.drafting.contract import Extract, Field
from bank.drafting.looks import Looks
from bank.drafting.words import folded, known

NAME, WORD, LIKENESS, CONTENT = "name", "word", "likeness", "content"
WORTH = {NAME: 1.0, WORD: 0.95, LIKENESS: 0.7, CONTENT: 0.3}
MOST_CATEGORIES = 50
"""A column of more different values is none of categories."""


@dataclass
class Match:
    """A column of the contract and what it seems to be. `others`: what it is called in other files."""

    wanted: Field
    column: Looks
    how: str
    others: list[Looks] = field(default_factory=list)


@dataclass
class Matching:
    """A source as an extract. `options`: columns of which each could be one of the contract."""

    extract: Extract
    matches: dict[str, Match] = field(default_factory=dict)
    options: dict[str, list[Looks]] = field(default_factory=dict)
    unmatched: list[Looks] = field(default_factory=list)
    score: float = 0

    @property
    def missing(self) -> list[Field]:
        """What is required and not there."""
        return [one for one in self.extract.required if one.name not in self.matches and one.name not in self.options]

    @property
    def found(self) -> int:
        """How many of the required columns are there, but for the customer's id, which any file has."""
        missing = {one.name for one in self.missing}
        return sum(one.name not in missing for one in self.extract.required if one.name != "customer_id")

    @property
    def by_name(self) -> int:
        """How many columns are called as the contract has it, or nearly so."""
        return sum(match.how != CONTENT for match in self.matches.values())

    @property
    def is_fit(self) -> bool:
        """Whether it can be this extract: more than half of what is required is there, or half and much else."""
        needed = sum(one.name != "customer_id" for one in self.extract.required)
        return self.by_name > 0 and (2 * self.found > needed or (2 * self.found == needed and len(self.matches) >= 5))


def matching(
    extract: Extract, columns: Sequence[Looks], names: str, files_with: Mapping[str, set[str]] | None = None
) -> Matching:
    """`names`: what the file or table is called. `files_with`: which of several files have a column."""
    result = Matching(extract)
    free = list(columns)
    fields = list(extract.fields)
    for how, step in ((NAME, _by_name), (WORD, _by_word), (LIKENESS, _by_likeness), (CONTENT, _by_content)):
        for one, hits in step(extract, fields, free):
            if one.name in result.matches or one.name in result.options:
                continue
            hits = [looks for looks in hits if looks in free]
            if len(hits) > 1:
                result.options[one.name] = hits
            elif hits:
                result.matches[one.name] = Match(one, hits[0], how)
            free = [looks for looks in free if all(looks is not hit for hit in hits)]
        fields = [one for one in fields if one.name not in result.matches and one.name not in result.options]
        if files_with:
            free = _add_others(result, free, files_with)
    result.unmatched = free
    worth = sum(WORTH[match.how] * (1 if match.wanted.required else 0.5) for match in result.matches.values()) + len(
        result.options
    )
    result.score = worth * result.found / max(1, len(extract.required)) * (1.25 if _is_called(extract, names) else 1)
    return result


def known_names(extracts: Sequence[Extract]) -> Callable[[Sequence[str]], int]:
    """How many names of a header are the contract's, or words for them: of the extract that has most."""
    keys = [
        [
            {*(folded(name) for name in (one.name, *one.aliases)), *known(words.COLUMNS.get(one.name, ""))}
            for one in extract.fields
        ]
        for extract in extracts
    ]

    def count(header: Sequence[str]) -> int:
        names = {folded(_bare(name)) for name in header}
        return max(sum(bool(one & names) for one in of_extract) for of_extract in keys)

    return count


def suits(one: Field, looks: Looks, by_bounds: bool = True) -> bool:
    """Whether what stands in a column can be a column of the contract: its kind, its bounds, how many values."""
    if looks.kind == "unknown":
        return True
    if one.type == "double":
        return looks.kind == "number" and (not by_bounds or _within(one, looks) >= 0.8)
    if one.type in ("date", "timestamp"):
        dates, others = looks.digit_dates
        return dates.count > 4 * others.total() and (not by_bounds or _in_time(one, looks) >= 0.8)
    has_decimals = looks.kind == "number" and any(value != int(value) for value in list(looks.values)[:1000])
    if looks.kind == "date" or has_decimals:
        return False
    if one.categories:
        return len(looks.said) <= MOST_CATEGORIES
    return not (one.any_category and looks.is_key)


def normal(text: str) -> str:
    """A category as the build compares it."""
    return re.sub("[ -]", "_", text.lower())


def category_of(one: Field, text: str) -> tuple[str, bool]:
    """The category that a text is, and whether the contract says so; a guess otherwise, or nothing."""
    for category, spellings in one.categories.items():
        if normal(text) in (category, *spellings):
            return category, True
    for category, spelled in words.CATEGORIES.get(one.name, {}).items():
        if category in one.categories and folded(text) in known(spelled):
            return category, False
    alike = {
        folded(name): category for category, spellings in one.categories.items() for name in (category, *spellings)
    }
    return alike.get(folded(text), ""), False


def is_of_another_measure(one: Field, name: str) -> str:
    """What a column is of which the contract has another measure: a month's income, a birth."""
    parts = _tokens(name)
    if "income" in one.name and any(part.startswith(tuple(words.OF_A_MONTH.split())) for part in parts):
        return "month"
    return (
        "birth" if one.name == "age" and any(part.startswith(tuple(words.OF_A_BIRTH.split())) for part in parts) else ""
    )


def _add_others(result: Matching, free: list[Looks], files_with: Mapping[str, set[str]]) -> list[Looks]:
    """What a column is called in files that lack it under its first name; returns what is still free."""
    every = set().union(*files_with.values())
    for match in result.matches.values():
        there = set().union(*(files_with[column_key(one.name)] for one in (match.column, *match.others)))
        for looks in free:
            its = files_with[column_key(looks.name)]
            is_alike = folded(_bare(looks.name)) in _words_for(match.wanted)
            is_alike = is_alike or _likeness(match.wanted, looks.name) >= 0.8
            if is_alike and its <= every - there and suits(match.wanted, looks):
                match.others.append(looks)
                there |= its
        free = [looks for looks in free if all(looks is not other for other in match.others)]
    return free


Step = list[tuple[Field, list[Looks]]]


def _by_name(extract: Extract, fields: Sequence[Field], free: Sequence[Looks]) -> Step:
    return [(one, [looks for looks in free if column_key(looks.name) in one.keys]) for one in fields]


def _by_word(extract: Extract, fields: Sequence[Field], free: Sequence[Looks]) -> Step:
    return [
        (one, [looks for looks in free if folded(_bare(looks.name)) in _words_for(one) and suits(one, looks, False)])
        for one in fields
    ]


def _by_likeness(extract: Extract, fields: Sequence[Field], free: Sequence[Looks]) -> Step:
    """The most alike first; columns that are as good as each other together."""
    scores = [
        (likeness, one, looks)
        for one in fields
        for looks in free
        if (likeness := _likeness(one, looks.name)) >= 0.8 and suits(one, looks)
    ]
    best = {looks.name: max(likeness for likeness, _, other in scores if other is looks) for _, _, looks in scores}
    steps: Step = []
    for _, one, _ in sorted(scores, key=lambda score: -score[0]):
        own = [(likeness, looks) for likeness, other, looks in scores if other is one and likeness == best[looks.name]]
        top = max((likeness for likeness, _ in own), default=0)
        steps.append((one, [looks for likeness, looks in own if likeness > top - 0.03]))
    return steps


def _by_content(extract: Extract, fields: Sequence[Field], free: Sequence[Looks]) -> Step:
    """Only where one column can be one of the contract, and each nothing else. Numbers alone say too little."""
    pairs = [(one, looks) for one in fields for looks in free if _is_by_content(extract, one, looks)]
    return [
        (one, [looks])
        for one, looks in pairs
        if sum(other is one for other, _ in pairs) == 1 and sum(other is looks for _, other in pairs) == 1
    ]


def _is_by_content(extract: Extract, one: Field, looks: Looks) -> bool:
    n = looks.said.total()
    if not n or not suits(one, looks):
        return False
    if one.categories:
        return sum(count for text, count in looks.said.items() if category_of(one, text)[0]) >= 0.9 * n
    if one.name == "as_of_date":
        return looks.kind == "date" and 20 * len(looks.dates.days) <= n
    if one.type in ("date", "timestamp"):
        return looks.kind == "date" and one.required
    is_row_s_key = extract.key[-1] == one.name if not extract.is_of_customers else one.name == "customer_id"
    is_other_id = one.name == "customer_id" and bool(_tokens(looks.name) & known(words.OTHER_IDS))
    return is_row_s_key and n >= 20 and looks.is_key and not looks.is_counter and not is_other_id


def _words_for(one: Field) -> frozenset[str]:
    return known(words.COLUMNS.get(one.name, "")) | {folded(name) for name in (one.name, *one.aliases)}


def _likeness(one: Field, name: str) -> float:
    theirs = _tokens(name)
    if is_of_another_measure(one, name):
        return 0
    if one.name == "customer_id" and theirs & known(words.OTHER_IDS):
        return 0
    best = 0.0
    for own in (one.name, *one.aliases):
        if len(own) > 4:
            best = max(best, SequenceMatcher(None, folded(_bare(name)), folded(own)).ratio())
        ours = _tokens(own)
        if len(theirs) <= len(ours) + 1 and all(any(_is_part(part, other) for other in theirs) for part in ours):
            best = max(best, 0.9 if len(theirs) == len(ours) else 0.85)
    return best


def _is_part(part: str, other: str) -> bool:
    """Whether one part of a name is another, or is cut short."""
    short, long = sorted((part, other), key=len)
    return part == other or (len(short) >= 3 and long.startswith(short))


def _tokens(name: str) -> set[str]:
    """The parts of avgAccountBalance and avg_account_balance alike."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", _bare(name))
    return {folded(part) for part in re.split(r"[\W_]+", apart) if part}


def _bare(name: str) -> str:
    """A name without what stands in brackets."""
    return re.sub(r"\(.*?\)|\[.*?\]", "", name).strip() or name


def _within(one: Field, looks: Looks) -> float:
    values, (smallest, largest) = looks.values, looks.extremes
    in_percent = 100 if one.unit == "share" and looks.is_text and looks.numbers.percent.count else 1
    low = in_percent * (float(one.minimum) if one.minimum is not None else float("-inf"))
    high = in_percent * (float(one.maximum) if one.maximum is not None else float("inf"))
    if low <= smallest and largest <= high:
        return 1
    return sum(n for value, n in values.items() if low <= value <= high) / max(1, values.total())


def _in_time(one: Field, looks: Looks) -> float:
    days = looks.digit_dates[0].days
    inside = sum(
        n
        for day, n in days.items()
        if str(one.minimum or "") <= "{:04}-{:02}-{:02}".format(*day) <= str(one.maximum or "9999")
    )
    return inside / days.total() if days else 1


def _is_called(extract: Extract, names: str) -> bool:
    """Whether a file or table is called as its extract is."""
    key = folded(names)
    return folded(extract.name) in key or any(word in key for word in known(words.EXTRACTS.get(extract.name, "")))
