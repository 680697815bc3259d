"""How the numbers of a column are written: decimal and thousands signs, what stands beside them, where the minus is."""

import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from bank.drafting.words import CURRENCIES, SCALES

DIGITS = str.maketrans("012345678", "9" * 9)
"""From texts to their shapes: of hundred thousands of numbers there are few."""

SHAPE = re.compile(
    r"(?P<open>\()?\s*[-+\u2212]?\s*(?P<before>[^\d\s.,'\u2019()+\u2212-][^\d\s()+\u2212-]{0,4})?\s*[-+\u2212]?\s*"
    r"(?P<body>9[9.,'\u2019\s]*(?<!\s)|[.,]9+)(?P<power>[eE][-+]?9+)?"
    r"\s*(?P<after>[^\d\s()\u2212-][^\d()\u2212-]{0,14}?)?\s*(?P<behind>[-\u2212])?\s*\)?"
)


@dataclass
class Seen:
    """How often something was seen, and one value with it."""

    count: int = 0
    example: str = ""

    def add(self, count: int, example: str) -> None:
        """Count some values more."""
        self.count, self.example = self.count + count, self.example or example


def _seen() -> dict[str, Seen]:
    return defaultdict(Seen)


@dataclass
class Numbers:
    """What the numbers of a column show. Signs that are `unclear` stand once, before three digits."""

    count: int = 0
    decimal: dict[str, Seen] = field(default_factory=_seen)
    thousands: dict[str, Seen] = field(default_factory=_seen)
    unclear: dict[str, Seen] = field(default_factory=_seen)
    whole: Seen = field(default_factory=Seen)
    signs: dict[str, Seen] = field(default_factory=_seen)
    scales: dict[str, Seen] = field(default_factory=_seen)
    percent: Seen = field(default_factory=Seen)
    behind: Seen = field(default_factory=Seen)
    parentheses: Seen = field(default_factory=Seen)
    minus: Seen = field(default_factory=Seen)
    """Those with the typographical minus, which is none to programs."""
    texts: Counter[str] = field(default_factory=Counter)
    has_fraction: bool = False
    """Whether a value has decimals that are not all zero, and may be nothing else."""

    @property
    def is_mixed(self) -> bool:
        """Whether values contradict each other: a sign is both, or there are two for one thing."""
        decimal, thousands, unclear = set(self.decimal), set(self.thousands), set(self.unclear)
        settled = decimal | thousands
        return (
            len(decimal) > 1
            or len(thousands) > 1
            or bool(decimal & thousands)
            or (bool(settled) and len(unclear - settled) > (not decimal) + (not thousands))
            or (not settled and len(unclear) > 1)
        )

    @property
    def undecided(self) -> str:
        """The sign of which nothing tells whether it stands before decimals or between thousands; else nothing."""
        is_open = self.unclear and not self.decimal and not self.thousands and not self.is_mixed
        return next(iter(self.unclear)) if is_open else ""

    @property
    def reading(self) -> tuple[str, str]:
        """Decimal and thousands sign, as far as they can only be these; empty where none was seen."""
        if self.is_mixed or self.undecided:
            return "", ""
        decimal, thousands = next(iter(self.decimal), ""), next(iter(self.thousands), "")
        for sign in self.unclear:
            if sign not in (decimal, thousands):
                decimal, thousands = (decimal, sign) if decimal else (sign, thousands)
        return decimal, thousands

    def values(self) -> Counter[float]:
        """The numbers themselves; where a sign is undecided it is taken to stand between thousands."""
        decimal, thousands = self.reading
        decimal, thousands = decimal or ".", thousands or self.undecided
        if thousands == decimal:
            decimal = "," if thousands == "." else "."
        found: dict[float, int] = {}
        is_plain = decimal == "." and not (thousands or self.signs or self.percent.count or self.scales)
        is_plain = is_plain and not (self.behind.count or self.parentheses.count or self.minus.count or self.is_mixed)
        for text, count in self.texts.items():
            try:
                value = float(text) if is_plain else _value(text, decimal)
            except ValueError:
                continue
            found[value] = found.get(value, 0) + count
        return Counter(found)


def numbers_in(counts: Counter[str]) -> tuple[Numbers, Counter[str]]:
    """The numbers among some texts, and the other texts."""
    shapes: dict[str, list[str]] = defaultdict(list)
    for text in counts:
        shapes[text.translate(DIGITS)].append(text)
    matched = {}
    behind: Counter[str] = Counter()
    for shape in shapes:
        if (found := SHAPE.fullmatch(shape)) and (parts := _parts(found["body"])) and _is_sign(found["before"]):
            matched[shape] = (found, parts)
            if found["after"] and not _is_sign(found["after"]):
                behind[found["after"]] += 1
    numbers, others = Numbers(), Counter(counts)
    for shape, (found, parts) in matched.items():
        if found["after"] in behind and len(behind) > 3 and not _is_scale(found["after"]):
            continue  # 12A, 7B, 3C: no numbers with something behind them
        values = Counter({text: counts[text] for text in shapes[shape]})
        for text in values:
            del others[text]
        _note(numbers, found, parts, values)
    return numbers, others


def _note(numbers: Numbers, found: re.Match[str], parts: tuple[str, str, str], values: Counter[str]) -> None:
    """What the values of one shape tell."""
    n, example = values.total(), next(iter(values))
    decimal, thousands, unclear = parts
    numbers.count += n
    numbers.texts.update(values)
    if unclear:
        # nobody writes a thousand as 0.500
        small = [text for text in values if re.match(r"\D*0", text)]
        if small:
            numbers.decimal[unclear].add(sum(values[text] for text in small), small[0])
            numbers.has_fraction = numbers.has_fraction or any(
                float(text[-3:]) for text in small if text[-3:].isdigit()
            )
        if len(small) < len(values):
            rest = [text for text in values if text not in set(small)]
            numbers.unclear[unclear].add(sum(values[text] for text in rest), rest[0])
    if decimal:
        numbers.decimal[decimal].add(n, example)
        behind = re.compile(rf"{re.escape(decimal)}\d*[1-9]")
        numbers.has_fraction = numbers.has_fraction or any(map(behind.search, values))
    if thousands:
        numbers.thousands[thousands].add(n, example)
    if not (decimal or thousands or unclear):
        numbers.whole.add(n, example)
    for place in ("before", "after"):
        if sign := found[place]:
            _note_sign(numbers, sign.strip(), n, example)
    if found["behind"]:
        numbers.behind.add(n, example)
    if found["open"]:
        numbers.parentheses.add(n, example)
    if "\u2212" in found.string:
        numbers.minus.add(n, example)


def _note_sign(numbers: Numbers, sign: str, n: int, example: str) -> None:
    if sign == "%":
        numbers.percent.add(n, example)
    elif _is_scale(sign):
        numbers.scales[sign].add(n, example)
    else:
        numbers.signs[sign].add(n, example)


def _is_scale(sign: str) -> bool:
    return sign.strip().lower() in SCALES.split()


def _is_sign(text: str | None) -> bool:
    """Whether something can stand beside a number: a currency. Not C, so that C0001 is none."""
    return not text or text.strip() in CURRENCIES.split() or all(unicodedata.category(sign)[0] == "S" for sign in text)


def _parts(body: str) -> tuple[str, str, str] | None:
    """Of the shape of a number: its decimal sign, its sign between thousands, or the one that could be either."""
    body = re.sub(r"\s", " ", body)
    signs, groups = re.findall("[^9]", body), [len(group) for group in re.split("[^9]", body)]
    if not signs:
        return "", "", ""
    last, others = signs[-1], set(signs[:-1])
    is_grouped = 1 <= groups[0] <= 3 and all(group == 3 for group in groups[1:-1])
    if len(signs) == 1:
        if groups[0] > 3 or groups[0] == 0 or groups[1] != 3:
            return (last, "", "") if last in ".," else None
        return ("", "", last) if last in ".," else ("", last, "")
    if others == {last}:
        return ("", last, "") if is_grouped and groups[-1] == 3 else None
    if len(others) == 1 and last in ".," and is_grouped:
        return last, others.pop(), ""
    return None


def _value(text: str, decimal: str) -> float:
    is_negative = bool(re.match(r"\D*[-\u2212(]", text) or re.search(r"[-\u2212]\s*\)?$", text))
    digits = re.sub(rf"[^\d{re.escape(decimal)}]", "", text).strip(decimal if decimal not in ".," else "")
    # a point that belongs to a sign, as in Fr. 12
    number = float(re.sub(r"^\.(?=\d+\.)|(?<=\d)\.$", "", digits.replace(decimal, ".")))
    return -number if is_negative else number
