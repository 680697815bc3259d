"""What the texts of a column look like, whatever the column is called."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from bank.csv_files import shape_of
from bank.drafting.dates import Dates, dates_in
from bank.drafting.numbers import Numbers, numbers_in
from bank.drafting.words import is_missing
from bank.examples import MISSING

FEW = 12
"""So many different values can be looked at one by one."""


@dataclass(frozen=True)
class Looks:
    """A column of a sample. `counts`: how often each text comes, stripped. `type`: as the engine has it."""

    name: str
    type: str
    counts: Counter[str]

    @cached_property
    def filled(self) -> Counter[str]:
        """The texts that the build does not take for missing values by itself."""
        usual = [text for text in self.counts if len(text) < 8 and text.upper() in MISSING]
        return Counter({text: n for text, n in self.counts.items() if text not in usual}) if usual else self.counts

    @cached_property
    def words(self) -> Counter[str]:
        """Those that mean that nothing is known."""
        return Counter({text: n for text, n in self.filled.items() if is_missing(text)})

    @cached_property
    def said(self) -> Counter[str]:
        """Those that mean something."""
        if not self.words:
            return self.filled
        return Counter({text: n for text, n in self.filled.items() if text not in self.words})

    @property
    def is_text(self) -> bool:
        """Whether values arrive as text, so that it matters how they are written."""
        return self.type == "VARCHAR"

    @cached_property
    def numbers(self) -> Numbers:
        """The numbers among the values."""
        return self._numbers[0]

    @cached_property
    def no_numbers(self) -> Counter[str]:
        """The values that are none."""
        return self._numbers[1]

    @cached_property
    def dates(self) -> Dates:
        """The dates among the values."""
        return dates_in(self._some if self._is_prose else self.said)[0]

    @cached_property
    def digit_dates(self) -> tuple[Dates, Counter[str]]:
        """The same, and what is none, where a date is expected: 20250630 is one then."""
        return dates_in(self.said, also_digits=True)

    @cached_property
    def kind(self) -> str:
        """number, date, text, or unknown where nothing is said."""
        n = self.said.total()
        if not n:
            return "unknown"
        if self.numbers.count > n / 2:
            return "number"
        return "date" if self.dates.count > n / 2 else "text"

    @cached_property
    def values(self) -> Counter[float]:
        """The numbers themselves."""
        if self.is_text:
            return self.numbers.values()
        return Counter({float(text): n for text, n in self.numbers.texts.items()})

    @cached_property
    def extremes(self) -> tuple[float, float]:
        """The smallest number and the largest."""
        return min(self.values, default=0), max(self.values, default=0)

    @property
    def evidence(self) -> str:
        """What stands there, in a few words and without anybody's: for a comment."""
        n, different = self.said.total(), len(self.said)
        if not n:
            return "no value"
        if self.kind == "date":
            return f"dates {self.dates.span}"
        if self.kind == "number" and not self.is_key:
            return f"values {self.extremes[0]:.15g} to {self.extremes[1]:.15g}"
        if self.has_few:
            return (
                "values " + ", ".join(text for text, _ in self.said.most_common(4)) + (", ..." if different > 4 else "")
            )
        return f"{different:,} different, of the form {shape_of(next(iter(self.said)))}"

    @property
    def has_few(self) -> bool:
        """Whether the values are so few, and come so often, that they say nothing of anybody."""
        return 0 < len(self.said) <= FEW and self.said.total() >= 5 * len(self.said)

    @cached_property
    def is_key(self) -> bool:
        """Whether every value is another one, and none has decimals."""
        n = self.said.total()
        return n > 1 and len(self.said) == n and not (self.kind == "number" and self.numbers.decimal)

    @cached_property
    def is_counter(self) -> bool:
        """Whether it counts the rows, as programs write it for themselves."""
        if not self.is_key or self.kind != "number":
            return False
        low, high = self.extremes
        return low in (0, 1) and high - low + 1 == len(self.values)

    @cached_property
    def _some(self) -> Counter[str]:
        texts = list(self.said)
        return Counter({text: self.said[text] for text in texts[:: max(1, len(texts) // 500)]})

    @cached_property
    def _is_prose(self) -> bool:
        """Whether hardly a value has a digit, of very many: names, say."""
        some = self._some
        return len(self.said) > 2000 and sum(any(map(str.isdigit, text)) for text in some) < len(some) / 50

    @cached_property
    def _numbers(self) -> tuple[Numbers, Counter[str]]:
        return (Numbers(), self.said) if self._is_prose else numbers_in(self.said)
