"""How the dates of a column are written: their forms, as the bank's file names them; whether the day comes first."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from bank.drafting.numbers import DIGITS, Seen

NATIVE = ("yyyy-mm-dd", "yyyy/mm/dd")
"""What the build reads without being told, with a time of any kind behind it."""

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
FOREIGN_MONTHS = ["mär", "mrz", "mai", "okt", "dez", "janv", "fév", "avr", "juin", "juil", "aoû", "déc", "gen", "giu"]
FOREIGN_MONTHS += ["lug", "set", "ott", "dic"]

TIME = re.compile(
    r"(?P<day>.*?[^T ])(?P<gap>[T ])(?P<time>99?:99(?::99(?:[.,]9+)?)?)"
    r"(?P<half> ?[AaPp][Mm])?(?P<zone> ?(?:Z|UTC|[-+]99:?(?:99)?))?"
)

EXCEL = (15000, 73050)
"""The days of 1941 and 2099, as spreadsheets count them."""


@dataclass
class Dates:
    """What the dates of a column show. `forms`: those that are certain. `undecided`: forms of which each could be."""

    count: int = 0
    forms: dict[str, Seen] = field(default_factory=lambda: defaultdict(Seen))
    undecided: dict[tuple[str, ...], Seen] = field(default_factory=lambda: defaultdict(Seen))
    faulty: dict[tuple[str, ...], Seen] = field(default_factory=lambda: defaultdict(Seen))
    """Forms of which none has all values: these are written in two ways, or are no dates."""
    foreign: Seen = field(default_factory=Seen)
    epoch: Seen = field(default_factory=Seen)
    zoned: Seen = field(default_factory=Seen)
    sentinels: Counter[str] = field(default_factory=Counter)
    days: Counter[tuple[int, int, int]] = field(default_factory=Counter)
    """Year, month and day."""

    @property
    def span(self) -> str:
        """From the first to the last."""
        days = sorted(self.days)
        return (
            f"{days[0][0]:04}-{days[0][1]:02}-{days[0][2]:02} to {days[-1][0]:04}-{days[-1][1]:02}-{days[-1][2]:02}"
            if days
            else ""
        )

    def reading(self) -> list[str]:
        """The key `dates`: nothing where the build reads all forms by itself."""
        return [] if all(form.startswith(NATIVE) for form in self.forms) else self.in_order()

    def in_order(self, *more: str) -> list[str]:
        """All forms and some more, in the order in which they are to be tried: yyyy would take a year of two digits."""
        forms = sorted(self.forms, key=lambda form: -self.forms[form].count)
        return sorted([*forms, *more], key=lambda form: "yyyy" in form or "%Y" in form)


def dates_in(counts: Counter[str], also_digits: bool = False) -> tuple[Dates, Counter[str]]:
    """The dates among some texts, and the other texts. `also_digits`: those that could be numbers as well: 20250630."""
    groups: dict[tuple[tuple[str, ...], str], list[tuple[str, str]]] = defaultdict(list)
    dates, others = Dates(), Counter(counts)
    shapes: dict[str, list[str]] = defaultdict(list)
    for text in counts:
        shapes[text.translate(DIGITS)].append(text)
    for shape, texts in shapes.items():
        time = TIME.fullmatch(shape)
        day = time["day"] if time else shape
        candidates = _candidates(day, also_digits)
        if not candidates:
            continue
        if time and time["zone"]:
            dates.zoned.add(sum(counts[text] for text in texts), texts[0])
        groups[candidates, _behind(time)] += [(text, text[: len(day)]) for text in texts]
    for (candidates, behind), pairs in groups.items():
        values = Counter({text: counts[text] for text, _ in pairs})
        if _note(dates, candidates, behind, pairs, values):
            for text in values:
                del others[text]
    return dates, others


def _candidates(day: str, also_digits: bool) -> tuple[str, ...]:
    """The forms that a text of this shape could have."""
    if found := re.fullmatch(r"9999([-/.])99?\1(99?)", day):
        return (f"yyyy{found[1]}mm{found[1]}dd",)
    if found := re.fullmatch(r"99?([-/. ])99?\1(9999|99)", day):
        sign, year = found[1], "y" * len(found[2])
        forms = (f"dd{sign}mm{sign}{year}", f"mm{sign}dd{sign}{year}")
        return (*forms, f"yy{sign}mm{sign}dd") if re.fullmatch("99([-/])99\\1(99)", day) else forms
    if found := re.fullmatch(r"99?([-/. ]{0,2})([^\W\d_]{3,9})\.?([-/. ]?)(9999|99)", day):
        name = found[2].lower()
        if name in MONTHS:
            return (f"dd{found[1]}mon{found[3]}{'y' * len(found[4])}",)
        return ("foreign",) if name[:4].rstrip(".") in FOREIGN_MONTHS or name[:3] in (*FOREIGN_MONTHS, *MONTHS) else ()
    if found := re.fullmatch(r"([^\W\d_]{3}) 99?,? 9999", day):
        return (f"mon dd{',' if ',' in day else ''} yyyy",) if found[1].lower() in MONTHS else ()
    if not also_digits:
        return ()
    if re.fullmatch(r"9{5}([.,]9+)?", day):
        return ("excel",)
    return {
        "9" * 8: ("yyyymmdd", "ddmmyyyy", "mmddyyyy"),
        "9" * 6: ("yymmdd", "ddmmyy", "mmddyy"),
        "9" * 10: ("epoch",),
        "9" * 13: ("epoch",),
    }.get(day, ())


def _behind(time: re.Match[str] | None) -> str:
    """The part of a form that says the time; nothing where the build adds it by itself."""
    if not time:
        return ""
    parts = time["time"].count(":")
    if time["half"]:
        return time["gap"] + ("%I:%M:%S" if parts == 2 else "%I:%M") + time["half"][:-2] + "%p"
    return "thh:mi:ss" if time["gap"] == "T" and parts == 2 else "thh:mi" if time["gap"] == "T" else ""


def _note(
    dates: Dates,
    candidates: tuple[str, ...],
    behind: str,
    pairs: Sequence[tuple[str, str]],
    values: Counter[str],
) -> bool:
    """What the values of one group of forms tell; whether they are dates."""
    n, example = values.total(), pairs[0][0]
    if candidates in (("foreign",), ("epoch",)):
        seen = dates.foreign if candidates == ("foreign",) else dates.epoch
        seen.add(n, example)
        dates.count += n
        return True
    if candidates == ("excel",):
        days = {text: float(text.replace(",", ".")) for text in values}
        if not all(EXCEL[0] <= day <= EXCEL[1] for day in days.values()):
            return False
        dates.forms["excel"].add(n, example)
        dates.count += n
        return True
    by_day: Counter[str] = Counter()
    for text, day in pairs:
        by_day[day] += values[text]
    days_as = {form: _days(form, by_day) for form in candidates}
    valid = {form: sum(by_day[day] for day in days) for form, days in days_as.items()}
    possible = [form for form in candidates if valid[form] == n]
    if not possible:
        best = max(candidates, key=lambda form: valid[form])
        rest = [valid[form] for form in candidates if form != best]
        # a few faults leave the form as clear as it is
        if valid[best] >= 0.99 * n and all(other <= 0.9 * n for other in rest):
            possible = [best]
        elif valid[best] < 0.5 * n:
            return False
        else:
            dates.faulty[candidates].add(n, next(day for day in by_day if day not in days_as[best]))
            possible = [best]
            dates.count += n
            return True
    dates.count += n
    form = possible[0]
    if len(possible) == 1:
        dates.forms[_joined(form, behind)].add(n, example)
    else:
        dates.undecided[tuple(_joined(one, behind) for one in possible)].add(n, example)
    for day, parts in days_as[form].items():
        if parts[0] in (1, 9999) or parts in ((1900, 1, 1), (1900, 1, 2), (2999, 12, 31)):
            for text, its_day in pairs:
                if its_day == day:
                    dates.sentinels[text] += values[text]
        else:
            dates.days[parts] += by_day[day]
    return True


def _joined(form: str, behind: str) -> str:
    """A form with its time; with morning and afternoon in the words of strptime, since others have none for them."""
    if "%" not in behind:
        return form + behind
    for part, code in {"yyyy": "%Y", "yy": "%y", "mon": "%b", "mm": "%m", "dd": "%d"}.items():
        form = form.replace(part, code)
    return form + behind


def _days(form: str, days: Counter[str]) -> dict[str, tuple[int, int, int]]:
    """Year, month and day of those texts that are dates in a form."""
    order = re.findall("yyyy|yy|mon|mm|dd", form)
    is_apart = bool(re.search(r"[-/. ]", form)) or "mon" in order
    found = {}
    for text in days:
        if is_apart:
            parts = re.findall(r"\d+|[^\W\d_]{3,}", text)
        else:
            places = [form.index(part) for part in order]
            parts = [text[place : place + len(part)] for place, part in zip(places, order, strict=True)]
        said = dict(zip(order, parts, strict=False))
        year = int(said["yyyy"]) if "yyyy" in said else int(said["yy"]) + (1900 if int(said["yy"]) > 68 else 2000)
        month = MONTHS.index(said["mon"].lower()) + 1 if "mon" in said else int(said["mm"])
        day = int(said["dd"])
        if 1 <= month <= 12 and 1 <= day <= 31 and (1850 <= year <= 2150 or year in (1, 2999, 9999)):
            found[text] = (year, month, day)
    return found
