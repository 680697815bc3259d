"""Numbers for people: the currency and the locale of the bank, in text and in charts."""

import math
import re
from datetime import date
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent

MISSING = "\N{EN DASH}"


class Numbers:
    """Writes figures in one locale; None is written as a dash."""

    missing = MISSING

    def __init__(self, currency: str, locale: str) -> None:
        """Raise SystemExit with a sentence where the locale is unknown; `currency` is a symbol or an ISO code."""
        self.currency = currency
        try:
            self.locale = Locale.parse(locale.replace("-", "_"))
        except (UnknownLocaleError, ValueError):
            raise SystemExit(
                f"var locale is '{locale}', which is no locale; give one such as en_GB, de_DE or fr_CH"
            ) from None

    def number(self, value: float | None, digits: int = 0) -> str:
        """A number with at most so many decimals."""
        if value is None or not math.isfinite(value):
            return MISSING
        pattern = "#,##0" + ("." + "#" * digits if digits else "")
        return format_decimal(round(value, digits) + 0.0, format=pattern, locale=self.locale)  # + 0: never -0

    def counted(self, number: int | None, noun: str) -> str:
        """A number of things with its noun: 1 customer, 1,500 customers."""
        return f"{self.number(number)} {noun}{'' if number == 1 else 's'}"

    def share(self, value: float | None, digits: int = 1) -> str:
        """A share of 0 to 1 in per cent."""
        if value is None or not math.isfinite(value):
            return MISSING
        pattern = self.locale.percent_formats[None].pattern
        decimals = re.sub(r"0(?=[^0]*$)", "0." + "0" * digits, pattern)
        shown = round(value, digits + 2) + 0.0  # + 0: never -0
        return format_percent(shown, format=decimals if digits else pattern, locale=self.locale)

    def money(self, value: float | None) -> str:
        """An amount, in whole units from 100 on."""
        if value is None or not math.isfinite(value):
            return MISSING
        pattern = self.locale.currency_formats["standard"].pattern
        if abs(value) >= 100:
            pattern = pattern.replace("0.00", "0")
        shown = round(value, 2) + 0.0
        return format_currency(shown, self.currency, format=pattern, currency_digits=False, locale=self.locale)

    def in_unit(self, value: float | None, unit: str | None) -> str:
        """A figure in the unit of its feature: currency, share, or a number with about three digits."""
        if unit == "currency":
            return self.money(value)
        if unit == "share":
            return self.share(value)
        return self.number(value, 0 if value is None or abs(value) >= 100 else 1 if abs(value) >= 10 else 2)

    def span(self, minimum: float | None, maximum: float | None, unit: str | None) -> str:
        """A range of values, in the unit of their feature."""
        if unit == "share":
            return f"{self.share(minimum, 0)} to {self.share(maximum, 0)}"
        return f"{self.in_unit(minimum, unit)} to {self.in_unit(maximum, unit)}"

    def unit(self, unit: str) -> str:
        """A unit for the label of an input."""
        return {"currency": self.currency, "share": "0 to 1"}.get(unit, unit)

    def day(self, value: date | None) -> str:
        """A date, its month in words."""
        return MISSING if value is None else str(format_date(value, "d MMMM y", locale=self.locale))

    def short_day(self, value: date) -> str:
        """A date in a chart."""
        return str(format_date(value, "d MMM y", locale=self.locale))

    def d3_locale(self) -> dict[str, Any]:
        """The same for the charts: a locale of d3-format."""
        symbols = self.locale.number_symbols["latn"]
        before, after = format_currency(1, self.currency, locale=self.locale, currency_digits=False).split("1", 1)
        return {
            "decimal": symbols["decimal"],
            "thousands": symbols["group"],
            "grouping": [3],
            "currency": [before, after.lstrip("0" + symbols["decimal"])],
            "percent": symbols["percentSign"],
            "minus": symbols["minusSign"],
        }
