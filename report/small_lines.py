"""Small lines beside a figure: how it came from date to date."""

from collections.abc import Callable
from datetime import date

from markupsafe import Markup

from report.queries import Rows

WIDTH, HEIGHT = 100, 20


def small_line(rows: Rows, column: str, write: Callable[[float], str], day: Callable[[date], str]) -> Markup:
    """A line over the dates, and the first value in words; nothing where fewer than two dates have one.

    The line fills its height where the figure changed by a fifth or more, so that what hardly changed looks calm.
    """
    points = [(row["as_of_date"], float(row[column])) for row in rows if row[column] is not None]
    if len(points) < 2:
        return Markup()
    (first, _), (last, _) = points[0], points[-1]
    values = [value for _, value in points]
    middle = (max(values) + min(values)) / 2
    span = max(max(values) - min(values), 0.2 * max(map(abs, values))) or 1
    line = " ".join(
        f"{WIDTH * (at - first).days / (last - first).days:.1f},{HEIGHT * (0.5 - (value - middle) / span):.1f}"
        for at, value in points
    )
    words = "; ".join(f"{day(at)}: {write(value)}" for at, value in points)
    return Markup(
        '<dd class="note"><svg class="spark" role="img" viewBox="0 0 {} {}" preserveAspectRatio="none">'
        '<title>{}</title><polyline points="{}"/></svg>from {} on {}</dd>'
    ).format(WIDTH, HEIGHT, words, line, write(values[0]), day(first))
