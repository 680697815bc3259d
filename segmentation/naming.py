"""What a segment is called: the persona that it had, the assignment with the best total score, or its traits.

Names are handed on from model to model. A segment that goes on (it kept its number) keeps its persona as long as the
persona's match is enough, and its descriptive name as long as its words hold. Nobody else takes a persona or a
description that a segment of the model before had: whoever read that name would take one group for the other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa

from segmentation.arrow import Labels, Matrix

PERSONAS = {
    "study": "varchar",
    "registration": "integer",
    "segment": "integer",
    "persona_number": "integer",
    "described_in": "integer",
    "words": "integer",
    "is_repeated": "boolean",
}
"""The columns of what is found, with their types in DuckDB."""
FORBIDDEN = -1e6
FEWEST_WORDS = 2
# By how many standard deviations a segment may miss a word and keep it: a z-score on a bound would change names at
# every fit.
SLACK = 0.2

Row = dict[str, Any]


@dataclass
class Name:
    """What a segment is called: its best persona, whether that is enough for a name, and which traits describe it."""

    persona_number: int | None
    is_enough: bool
    described_in: int
    traits: list[Row]
    words: int = 0
    is_kept: bool = False
    is_repeated: bool = False

    @property
    def content(self) -> frozenset[str]:
        """What a descriptive name says, whatever the order of its words."""
        return frozenset(trait["phrase"] for trait in self.traits[: self.words])


def match_personas(scores: pa.Table, registrations: pa.Table, traits: pa.Table) -> list[Row]:
    """One row, with the keys of PERSONAS, for every segment of every registered model.

    `scores`: study, registration, segment, persona_number, is_enough, score; every pair of segment and persona of a
    model, or none where a study has no personas. `registrations`: study, registration, previous_registration,
    segment_numbers. `traits`: study, registration, segment, feature, place (NULL where it does not stand out),
    phrase, z_score, z_lower, z_upper. persona_number is NULL where all personas went to other segments; a descriptive
    name has the first `words` traits of the model `described_in`, and the segment's number where it is_repeated.
    Raises ValueError where a pair is missing or comes twice.
    """
    rows: list[Row] = []
    pairs = _by_model(scores)
    of_models = _by_model(traits)
    names: dict[tuple[str, int | None], dict[int, Name]] = {}
    # In their order, so that the model before is named first; sorted, so that every run gives the same answer.
    for model in sorted(registrations.to_pylist(), key=lambda r: (r["study"], r["registration"])):
        key = (model["study"], model["registration"])
        before = names.get((model["study"], model["previous_registration"]), {})
        matched = _matched(model["study"], pairs.get(key, []), before)
        named = {}
        for segment in sorted(model["segment_numbers"]):
            number, is_enough = matched.get(segment, (None, False))
            own = [trait for trait in of_models.get(key, []) if trait["segment"] == segment]
            named[segment] = _described(number, is_enough, model["registration"], own, before.get(segment))
        _tell_apart(named, before)
        names[key] = named
        rows += [
            {"study": model["study"], "registration": model["registration"], "segment": segment}
            | {name: getattr(given, name) for name in ("persona_number", "described_in", "words", "is_repeated")}
            for segment, given in named.items()
        ]
    return rows


def _by_model(table: pa.Table) -> dict[tuple[str, int], list[Row]]:
    rows = sorted(table.to_pylist(), key=lambda r: (r["study"], r["registration"]))
    return {key: list(group) for key, group in groupby(rows, key=lambda r: (r["study"], r["registration"]))}


def _described(number: int | None, is_enough: bool, registration: int, own: list[Row], last: Name | None) -> Name:
    """The name of a segment with these traits: the words that it had, as long as they hold, or the first new ones."""
    if last is not None and not last.is_enough and not is_enough and _holds(last, own):
        return Name(number, is_enough, last.described_in, last.traits, last.words, True, last.is_repeated)
    standing_out = sorted((trait for trait in own if trait["place"] is not None), key=lambda trait: trait["place"])
    return Name(number, is_enough, registration, standing_out, min(FEWEST_WORDS, len(standing_out)))


def _holds(last: Name, own: list[Row]) -> bool:
    """Whether all words of a name are still said of a segment, or nearly. A name without words says nothing."""
    today = {trait["feature"]: trait for trait in own}
    return last.words > 0 and all(
        word["feature"] in today and _still(word, today[word["feature"]]) for word in last.traits[: last.words]
    )


def _still(word: Row, today: Row) -> bool:
    if word["z_lower"] is None and word["z_upper"] is None:  # it speaks of a share
        return bool(word["phrase"] == today["phrase"])
    lower = -np.inf if word["z_lower"] is None else word["z_lower"] - SLACK
    upper = np.inf if word["z_upper"] is None else word["z_upper"] + SLACK
    return bool(lower <= today["z_score"] <= upper)


def _tell_apart(named: dict[int, Name], before: dict[int, Name]) -> None:
    """Gives new descriptive names more words, until no two say the same; those that have no more words are repeated."""
    new = {s: name for s, name in named.items() if not name.is_enough and not name.is_kept}

    def is_taken(segment: int) -> bool:
        return any(
            other != segment and not name.is_enough and name.content == new[segment].content
            for names in (named, before)
            for other, name in names.items()
        )

    while longer := [n for s, n in new.items() if is_taken(s) and n.words < len(n.traits)]:
        for name in longer:
            name.words += 1
    for segment, name in new.items():
        name.is_repeated = is_taken(segment)


def _matched(study: str, pairs: list[Row], before: dict[int, Name]) -> dict[int, tuple[int, bool]]:
    """The persona of each segment and whether its match is enough: kept, or by the best total score (Kuhn 1955)."""
    cells = {(p["segment"], p["persona_number"]): p for p in pairs}
    segments, personas = sorted({s for s, _ in cells}), sorted({n for _, n in cells})
    if len(pairs) != len(segments) * len(personas) or len(cells) != len(pairs):
        raise ValueError(f"study {study}: every pair of segment and persona must come exactly once")
    holders = {name.persona_number: segment for segment, name in before.items() if name.is_enough}
    kept = {
        segment: number
        for number, segment in holders.items()
        if number is not None and (segment, number) in cells and cells[segment, number]["is_enough"]
    }
    score = {
        cell: FORBIDDEN if holders.get(cell[1], cell[0]) != cell[0] else float(pair["score"])
        for cell, pair in cells.items()
    }
    free_segments = [s for s in segments if s not in kept]
    free_personas = [n for n in personas if n not in kept.values()]
    found = kept | dict(_assigned(free_segments, free_personas, score))
    return {segment: (number, bool(cells[segment, number]["is_enough"])) for segment, number in found.items()}


def _assigned(
    segments: list[int], personas: list[int], score: dict[tuple[int, int], float]
) -> Iterable[tuple[int, int]]:
    """The one-to-one pairs with the best total score, without those that are forbidden."""
    if not segments or not personas:
        return
    table = np.array([[score[s, n] for n in personas] for s in segments], dtype=np.float64)
    if (best := _undisputed(table)) is None:
        from scipy.optimize import linear_sum_assignment

        best = linear_sum_assignment(table, maximize=True)
    for i, j in zip(*best, strict=True):
        if table[i, j] > FORBIDDEN:
            yield segments[i], personas[j]


def _undisputed(table: Matrix) -> tuple[Labels, Labels] | None:
    """The rows and columns of the only best assignment, where no two of the fewer side want the same of the other.

    None where they do, or where someone has two that are as good: SciPy, whose import takes a second, decides that.
    """
    by_row = table if table.shape[0] <= table.shape[1] else table.T
    wanted = by_row.argmax(axis=1).astype(np.int32)
    is_only = (by_row == by_row.max(axis=1, keepdims=True)).sum(axis=1) == 1
    if not is_only.all() or len(np.unique(wanted)) < len(wanted):
        return None
    own = np.arange(len(wanted), dtype=np.int32)
    return (own, wanted) if by_row is table else (wanted, own)
