"""What the bank's file says of one extract: the keys that are certain, and what is left to decide."""

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from bank.csv_files import shape_of
from bank.drafting.contract import Field
from bank.drafting.dates import Dates
from bank.drafting.likeness import (
    CONTENT,
    LIKENESS,
    MOST_CATEGORIES,
    NAME,
    Match,
    Matching,
    category_of,
    is_of_another_measure,
    suits,
)
from bank.drafting.looks import Looks
from bank.drafting.numbers import Numbers
from bank.drafting.sources import Source

READINGS = ("decimal", "thousands", "signs", "percent", "negative", "dates", "missing", "values")
LISTS = ("signs", "negative", "dates", "missing")
FEW_WORDS = 5


@dataclass
class Question:
    """What must be decided, with the lines of which one would do it."""

    text: str
    lines: list[dict[str, Any]] = field(default_factory=list)
    is_offer: bool = False
    """Whether it is a way to answer another one."""


@dataclass
class Entry:
    """`keys`: as they stand in YAML. `notes`: by key and column of the contract, what stands behind a line."""

    extract: str
    source: Source
    matching: Matching
    keys: dict[str, Any] = field(default_factory=dict)
    notes: dict[tuple[str, str], str] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def ask(self, text: str, *lines: dict[str, Any]) -> None:
        """One question more."""
        self.questions.append(Question(text, list(lines)))

    def offer(self, text: str, line: dict[str, Any]) -> None:
        """A line that would do instead of a column that is missing."""
        self.questions.append(Question(text, [line], is_offer=True))


def entry_of(source: Source, matching: Matching) -> Entry:
    """An extract, of a source that was found to be it."""
    entry = Entry(matching.extract.name, source, matching, dict(source.entry))
    entry.remarks += source.remarks
    for text in source.questions:
        entry.ask(text)
    readings = _Readings(entry)
    _columns(entry)
    for match in matching.matches.values():
        looks = match.column
        for other in match.others:
            looks = Looks(looks.name, looks.type, looks.counts + other.counts)
        readings.read(match.wanted, looks)
    readings.write()
    _missing(entry)
    _unmatched(entry)
    return entry


def _columns(entry: Entry) -> None:
    """What is called otherwise than in the contract, and why it is taken for that."""
    columns: dict[str, Any] = {}
    for name, match in entry.matching.matches.items():
        if match.others:
            columns[name] = [match.column.name, *(other.name for other in match.others)]
            entry.notes["columns", name] = "called otherwise in some files"
        elif match.how != NAME:
            columns[name] = match.column.name
            how = {LIKENESS: "by likeness", CONTENT: "by content alone"}.get(match.how, "a word for it")
            entry.notes["columns", name] = f"{how}; {match.column.evidence}"
        if not suits(match.wanted, match.column, by_bounds=match.wanted.type != "double"):
            entry.ask(f"{name}: is {match.column.name} it? It holds {_kind(match.column)} ({match.column.evidence})")
    for name, hits in entry.matching.options.items():
        _ask_which(entry, name, hits)
    if columns:
        entry.keys["columns"] = columns


def _ask_which(entry: Entry, name: str, hits: list[Looks]) -> None:
    said = " or ".join(f"{looks.name} ({looks.evidence})" for looks in hits)
    if all(looks.name in entry.source.repeated for looks in hits):
        entry.ask(f"{name}: it stands there more than once, as {said}; keep one in the file")
    else:
        entry.ask(f"{name}: {said}?", *({"columns": {name: looks.name}} for looks in hits))


def _kind(looks: Looks) -> str:
    return {"number": "numbers", "date": "dates", "text": "text"}.get(looks.kind, "no value")


class _Readings:
    """How the values of an extract are read: first by column, then, where all columns agree, said once for all."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.found: dict[str, dict[str, Any]] = {key: {} for key in READINGS}
        self.plain: dict[str, set[str]] = {key: set() for key in READINGS}
        """Columns for which a key of the whole extract would be wrong."""
        self.asked: set[str] = set()
        """Keys of which a column is left to decide."""
        self.categories: set[str] = set()
        self.undecided: dict[str, dict[str, str]] = {}
        """By sign and column, what was seen where the sign could be either."""

    def read(self, one: Field, looks: Looks) -> None:
        """The values of one column."""
        if looks.said and not looks.is_text and one.type == "double" and looks.kind == "number":
            self._bounds(one, looks, looks.values)
        if not looks.is_text and one.type in ("date", "timestamp"):
            self._words(one, Counter(looks.dates.sentinels), Counter(), "date")
        if not looks.is_text or not looks.filled:
            return
        words = Counter({text: n for text, n in looks.words.items() if not category_of(one, text)[0]})
        if one.type == "double":
            self._numbers(one, looks, looks.numbers)
            self._words(one, words, looks.no_numbers, "number")
        elif one.type in ("date", "timestamp"):
            dates, others = looks.digit_dates
            self._dates(one, looks, dates, words)
            self._words(one, words, others, "date")
        else:
            if one.categories:
                self._categories(one, looks)
            elif one.is_id:
                self._ids(one, looks)
            self._words(one, words, Counter(), "")

    def write(self) -> None:
        """The keys."""
        for sign, seen in self.undecided.items():
            what = {".": "point", ",": "comma"}[sign]
            self.entry.ask(
                "; ".join(f"{name}: {said}" for name, said in seen.items())
                + f": is the {what} between thousands, or before decimals?",
                {"thousands": dict.fromkeys(seen, sign)},
                {"decimal": dict.fromkeys(seen, sign)},
            )
        for key, by_column in self.found.items():
            if not by_column:
                continue
            values = list(by_column.values())
            if key in ("signs", "missing", "negative"):
                together = list({value.lower(): value for one in values for value in one}.values())
                together = list(dict.fromkeys(value for one in values for value in one)) if key == "signs" else together
                is_for_all = (
                    key not in self.asked
                    and not self.plain[key]
                    and not {w.lower() for w in together} & self.categories
                )
                value: Any = together if is_for_all else by_column
            else:
                is_for_all = all(one == values[0] for one in values) and key in ("decimal", "thousands", "dates")
                value = values[0] if is_for_all and not self.plain[key] and key not in self.asked else by_column
            self.entry.keys[key] = _short(key, value)

    def _numbers(self, one: Field, looks: Looks, numbers: Numbers) -> None:
        name = one.name
        if not numbers.count:
            return
        decimal, thousands = numbers.reading
        if numbers.is_mixed:
            self.asked |= {"decimal", "thousands"}
            self.plain["decimal"].add(name)
            self.entry.ask(f"{name}: its numbers are written in two ways: {_seen_signs(numbers)}")
        elif sign := numbers.undecided:
            self.asked |= {"decimal", "thousands"}
            seen = numbers.unclear[sign]
            beside = f" beside {numbers.whole.example} ({_times(numbers.whole.count)})" if numbers.whole.count else ""
            self.undecided.setdefault(sign, {})[name] = f"{seen.example} ({_times(seen.count)}){beside}"
        if decimal == ",":
            self.found["decimal"][name] = decimal
            self.entry.notes["decimal", name] = (
                f"such as {numbers.decimal[decimal].example}" if decimal in numbers.decimal else ""
            )
        elif decimal == ".":
            self.plain["decimal"].add(name)
            if "." in numbers.unclear and not numbers.has_fraction:
                # 29.0 tells it here; the build asks for more than a zero
                self.found["decimal"][name] = "."
        if thousands:
            self.found["thousands"][name] = thousands
            self.plain["decimal"] |= {name} if thousands == "," else set()
            example = (
                numbers.thousands[thousands].example
                if thousands in numbers.thousands
                else numbers.unclear[thousands].example
            )
            self.entry.notes["thousands", name] = f"such as {example}"
        if decimal == "." and not thousands:
            self.plain["thousands"].add(name)
        if numbers.signs:
            self.found["signs"][name] = list(numbers.signs)
        for value, seen in (("behind", numbers.behind), ("parentheses", numbers.parentheses)):
            if seen.count:
                self.found["negative"].setdefault(name, []).append(value)
                self.entry.notes["negative", name] = f"such as {seen.example}"
        if numbers.percent.count:
            self._percent(one, numbers)
        for scale, seen in numbers.scales.items():
            self.entry.ask(
                f"{name}: {seen.example} ({_times(seen.count)}): what does {scale} multiply by? Say it by `expressions`"
            )
        if numbers.minus.count:
            self.entry.ask(
                f"{name}: the minus of {numbers.minus.count:,} values is a dash, which no program reads",
                {"expressions": {name: f"""replace("{looks.name}", '\u2212', '-')"""}},
            )
        self._bounds(one, looks, looks.values)

    def _percent(self, one: Field, numbers: Numbers) -> None:
        seen = numbers.percent
        text = f"such as {seen.example} ({_times(seen.count)})"
        if one.unit == "share":
            self.found["percent"][one.name] = "share"
            self.entry.notes["percent", one.name] = text
        else:
            self.asked.add("percent")
            self.entry.ask(
                f"{one.name}: {text}: is that {one.unit or 'number'} {_example_of_percent(seen.example)}?",
                {"percent": {one.name: "points"}},
                {"percent": {one.name: "share"}},
            )

    def _bounds(self, one: Field, looks: Looks, values: Counter[float]) -> None:
        """Values that the contract calls impossible, and those that stand for nothing."""
        if not values or (looks.is_text and looks.numbers.percent.count):
            return
        low = float(one.minimum) if one.minimum is not None else float("-inf")
        high = float(one.maximum) if one.maximum is not None else float("inf")
        smallest, largest = looks.extremes
        if (
            low <= smallest
            and largest <= high
            and not re.search("9{2}$", f"{largest:.0f}")
            and smallest not in (-1, -9)
        ):
            return
        sentinels = _sentinels(values, low, high)
        for value, n in sentinels.items():
            self.asked.add("missing")
            is_out = not low <= value <= high
            self.entry.ask(
                f"{one.name}: {value:g} stands there {_times(n)}{', beyond the bounds' if is_out else ''}: "
                "does it mean that nothing is known?",
                {"missing": {one.name: [f"{value:g}"]}},
            )
        outside = Counter(
            {value: n for value, n in values.items() if not low <= value <= high and value not in sentinels}
        )
        if not outside:
            return
        share = outside.total() / values.total()
        text = f"{one.name}: {outside.total():,} of {values.total():,} values are beyond the contract's "
        text += f"{low:.15g} to {high:.15g} ({looks.evidence})"
        is_plain = not looks.is_text or looks.numbers.reading in (("", ""), (".", ""))
        if one.unit == "share" and is_plain and high < max(outside) <= 100 * high:
            self.entry.ask(
                text + ": percentages?", {"expressions": {one.name: f'cast("{looks.name}" as double) / 100'}}
            )
        elif one.minimum == 0 and min(outside) < 0 and not max(outside) > high:
            way = "which way the money went is said by kind"
            self.entry.ask(
                f"{one.name}: {outside.total():,} of {values.total():,} values are negative ({looks.evidence}), and "
                f"the contract has none: {way if one.name == 'amount' else 'is it this column?'}"
            )
        elif share > 0.05:
            self.entry.ask(text + ": is it this column?")
        else:
            self.entry.remarks.append(text + ": such rows are rejected")

    def _dates(self, one: Field, looks: Looks, dates: Dates, words: Counter[str]) -> None:
        name, forms = one.name, dates.reading()
        if dates.undecided:
            self.asked.add("dates")
            examples = " and ".join(f"{seen.example} ({_times(seen.count)})" for seen in dates.undecided.values())
            ways = zip_longest(*dates.undecided)  # the day first in all of them, or the month
            self.entry.ask(
                f"{name}: {examples}: no value tells which number is the day and which the month",
                *({"dates": {name: _one(dates.in_order(*filter(None, way)))}} for way in ways),
            )
        for candidates, seen in dates.faulty.items():
            self.asked.add("dates")
            self.entry.ask(
                f"{name}: not all of its dates are {' or '.join(candidates)}, such as {seen.example}: "
                "mend the file, or list the forms",
            )
        if dates.foreign.count:
            self.entry.ask(
                f"{name}: {_times(dates.foreign.count)} a month stands there in words that the build does not know; "
                "say it by `expressions`"
            )
        if dates.epoch.count:
            unit = (
                "make_timestamp(cast({} as bigint) * 1000000)"
                if len(dates.epoch.example) == 10
                else "make_timestamp(cast({} as bigint) * 1000)"
            )
            self.entry.ask(
                f"{name}: {shape_of(dates.epoch.example)}: seconds since 1970, in UTC?",
                {"expressions": {name: unit.format(f'"{looks.name}"')}},
            )
        if forms and not dates.undecided and not dates.faulty:
            self.found["dates"][name] = forms
            said = [f"{dates.forms[form].example} ({_times(dates.forms[form].count)})" for form in forms]
            self.entry.notes["dates", name] = (
                " and ".join(said) if len(forms) > 1 else f"such as {dates.forms[forms[0]].example}"
            )
        elif dates.forms:
            self.plain["dates"].add(name)
        if forms and dates.zoned.count:
            self.entry.ask(
                f"{name}: {_times(dates.zoned.count)} a zone stands behind the time, which `dates` cannot say: "
                "say it by `expressions`"
            )
        if any(re.search(r"(?<!y)yy(?!y)|%y", form) for form in forms):
            self.entry.remarks.append(f"{name}: of years with two digits 69 is 1969, and 68 is 2068 ({dates.span})")
        words.update(dates.sentinels)

    def _words(self, one: Field, words: Counter[str], others: Counter[str], kind: str) -> None:
        """Words that say that nothing is known, and others that are no value."""
        if words:
            self.found["missing"][one.name] = list(
                {word.lower(): word for word, _ in words.most_common()[::-1]}.values()
            )[::-1]
            said = ", ".join(f"{_plain(word)} ({_times(n)})" for word, n in words.most_common())
            self.entry.notes["missing", one.name] = said
        if not others:
            return
        often = [(word, n) for word, n in others.most_common(FEW_WORDS) if n >= 3 and not re.search(r"\d", word)]
        if often:
            self.asked.add("missing")
            said = ", ".join(f"{_plain(word)} ({_times(n)})" for word, n in often)
            self.entry.ask(
                f"{one.name}: {said}: no {kind}; do such words mean that nothing is known?",
                {"missing": {one.name: [*words, *(word for word, _ in often)]}},
            )
        rest = others.total() - sum(n for _, n in often)
        if rest:
            example = next(text for text in others if text not in dict(often))
            self.entry.remarks.append(f"{one.name}: {rest:,} other values are no {kind}, such as {shape_of(example)}")

    def _categories(self, one: Field, looks: Looks) -> None:
        if len(looks.said) > MOST_CATEGORIES:
            self.entry.ask(f"{one.name}: {len(looks.said):,} different values: is {looks.name} it?")
            return
        self.categories |= {
            text.lower() for category, spellings in one.categories.items() for text in (category, *spellings)
        }
        values, unknown = {}, Counter[str]()
        for text, n in looks.said.items():
            category, is_said = category_of(one, text)
            if not category:
                unknown[text] = n
            elif not is_said:
                values[text] = category
        if values:
            self.found["values"][one.name] = values
            self.entry.notes["values", one.name] = "a guess by the words"
        if unknown:
            self.asked.add("values")
            said = ", ".join(f"{_plain(text)} ({_times(n)})" for text, n in unknown.most_common(20))
            self.entry.ask(
                f"{one.name}: what are {said}? Known: {', '.join(one.categories)}",
                {"values": {one.name: values | {text: "???" for text, _ in unknown.most_common(20)}}},
            )

    def _ids(self, one: Field, looks: Looks) -> None:
        n = sum(count for text, count in looks.said.items() if re.fullmatch(r"-?\d([.,]\d+)?[eE]\+\d+", text))
        if n:
            self.entry.ask(
                f"{one.name}: {_times(n)} an id like 1.23E+15, which lost its digits in a spreadsheet: export text"
            )


def leading_zeros(entry: Entry) -> tuple[int, int]:
    """How many customers' ids are digits with a zero before, and how many without, among those looked at."""
    match: Match | None = entry.matching.matches.get("customer_id")
    if match is None or not match.column.is_text:
        digits = (
            match.column.said.total() if match and re.match(r"U?(TINY|SMALL|BIG|HUGE)?INT", match.column.type) else 0
        )
        return 0, digits
    ids = [text for text in match.column.said if re.fullmatch(r"\d+([.]0+)?", text)]
    with_zero = sum(text.startswith("0") and len(text) > 1 for text in ids)
    return with_zero, len(ids) - with_zero


def _missing(entry: Entry) -> None:
    """What is offered for required columns that are not there."""
    for one in entry.matching.missing:
        could_be = [looks for looks in entry.matching.unmatched if suits(one, looks) and looks.said]
        hints = [f"{looks.name} ({looks.evidence})" for looks in could_be[:4] if one.type == "double" or looks.has_few]
        entry.notes["missing columns", one.name] = "required; not found" + (
            f"; could be {', or '.join(hints)}" if hints else ""
        )
        for looks in entry.matching.unmatched:
            measure = is_of_another_measure(one, looks.name)
            if measure == "month":
                entry.offer(
                    f"{one.name}: {looks.name} seems to be a month's, and the contract has a year's",
                    {"expressions": {one.name: f'12 * cast("{looks.name}" as double)'}},
                )
            elif measure == "birth" and looks.kind == "number":
                entry.offer(
                    f"{one.name}: it can be counted from {looks.name} ({looks.evidence})",
                    {"expressions": {one.name: f'2025 - cast("{looks.name}" as integer)'}},
                )
            elif measure == "birth":
                entry.offer(
                    f"{one.name}: it can be counted from {looks.name} ({looks.evidence}), here on 30 June 2025",
                    {
                        "expressions": {
                            one.name: f"""datediff('year', cast("{looks.name}" as date), date '2025-06-30')"""
                        }
                    },
                )
        if one.name == "customer_id" and entry.matching.extract.is_of_customers and "path" in entry.keys:
            entry.offer(
                "no column is the customer's id; rows can be numbered where each is another customer",
                {"customer_id": "row_number"},
            )
        if one.name == "kind" and entry.extract == "card_transactions":
            entry.offer(
                "kind: where all transactions are purchases, that can be said", {"constants": {"kind": "purchase"}}
            )


def _unmatched(entry: Entry) -> None:
    optional = [
        one.name for one in entry.matching.extract.fields if not one.required and one.name not in entry.matching.matches
    ]
    optional = [name for name in optional if name != "as_of_date" and name not in entry.matching.options]
    if optional:
        entry.remarks.append(f"optional, and not found: {', '.join(optional)}")
    entry.remarks += [f"not used: {described(looks)}" for looks in entry.matching.unmatched]


def described(looks: Looks) -> str:
    """A column that is nothing of the contract: its kind, how many values, and some, or else their shapes."""
    n = len(looks.said)
    if not n:
        return f"{looks.name}: empty"
    if looks.has_few:
        some = ", ".join(f"{_plain(text)} ({count:,})" for text, count in looks.said.most_common(4))
        return f"{looks.name}: {looks.kind}, {n} different: {some}{', ...' if n > 4 else ''}"
    if looks.kind in ("number", "date") and not looks.is_key:
        return f"{looks.name}: {looks.kind}, {n:,} different, {looks.evidence}"
    shapes = list(dict.fromkeys(shape_of(text) for text in list(looks.said)[:200]))[:3]
    return f"{looks.name}: {looks.kind}, {n:,} different, of the form {', '.join(shapes)}"


def _sentinels(values: Counter[float], low: float, high: float) -> Counter[float]:
    """Values such as 999 and -1 that come often, and far from all others."""
    found: Counter[float] = Counter()
    ordered = sorted(values)
    if len(ordered) < 3:
        return found
    for value, next_to in ((ordered[-1], ordered[-2]), (ordered[0], ordered[1])):
        n = values[value]
        is_odd = re.fullmatch("-?9{2,}|-[19]", f"{value:.0f}") and value == int(value)
        is_far = not low <= value <= high or abs(value) > 2 * abs(next_to)
        if is_odd and is_far and n >= max(3, 0.002 * values.total()):
            found[value] = n
    return found


def _seen_signs(numbers: Numbers) -> str:
    said = [
        f"{seen.example} ({_times(seen.count)})"
        for group in (numbers.decimal, numbers.thousands, numbers.unclear)
        for seen in group.values()
    ]
    return ", ".join(said)


def _example_of_percent(text: str) -> str:
    number = re.sub(r"[^\d.,-]", "", text)
    return f"{number} (points), or a hundredth of it (share)"


def _one(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values


def _short(key: str, value: Any) -> Any:
    """A list of one as that one."""
    if isinstance(value, dict) and key in LISTS:
        return {name: _short(key, one) for name, one in value.items()}
    return value[0] if isinstance(value, list) and len(value) == 1 and key in LISTS else value


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n:,} times"


def _plain(text: str) -> str:
    """A value in a comment: on one line, and not longer than it takes."""
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return text if len(text) <= 40 else text[:40] + "..."
