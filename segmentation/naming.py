"""Which persona a segment gets: the one that it had, or the one-to-one assignment with the best total score.

Names are handed on from model to model. A segment that goes on (it kept its number) keeps its persona as long as the
persona's match is enough, and its descriptive name as long as its words hold. Nobody else takes a persona that a
segment of the model before had: whoever read that name would take one group for the other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa

PERSONAS = pa.schema(
    [
        pa.field("study", pa.string()),
        pa.field("registration", pa.int32()),
        pa.field("segment", pa.int32()),
        pa.field("persona_number", pa.int32()),
        pa.field("described_in", pa.int32()),
    ]
)
FORBIDDEN = -1e6

Row = dict[str, Any]


@dataclass(frozen=True)
class Name:
    """What a segment is called: its best persona, whether that is enough for a name, and which model describes it."""

    persona_number: int | None
    is_enough: bool
    described_in: int


def match_personas(scores: pa.Table, registrations: pa.Table, checks: pa.Table) -> pa.Table:
    """One row of PERSONAS for every segment of every registered model.

    `scores`: study, registration, segment, persona_number, is_enough, score; every pair of segment and persona of a
    model, or none where a study has no personas. `registrations`: study, registration, previous_registration,
    segment_numbers. `checks`: study, registration, segment, described_in, holds. persona_number is NULL where all
    personas went to other segments. Raises ValueError where a pair is missing or comes twice.
    """
    rows: list[Row] = []
    pairs = _by_model(scores)
    holding = {
        (r["study"], r["registration"], r["segment"], r["described_in"]) for r in checks.to_pylist() if r["holds"]
    }
    names: dict[tuple[str, int | None], dict[int, Name]] = {}
    # In their order, so that the model before is named first; sorted, so that every run gives the same answer.
    for model in sorted(registrations.to_pylist(), key=lambda r: (r["study"], r["registration"])):
        study, registration = model["study"], model["registration"]
        before = names.get((study, model["previous_registration"]), {})
        matched = _matched(study, pairs.get((study, registration), []), before)
        named = {}
        for segment in sorted(model["segment_numbers"]):
            number, is_enough = matched.get(segment, (None, False))
            last = before.get(segment)
            goes_on = last is not None and not last.is_enough and not is_enough
            if last is not None and goes_on and (study, registration, segment, last.described_in) in holding:
                named[segment] = Name(number, is_enough, last.described_in)
            else:
                named[segment] = Name(number, is_enough, registration)
        names[study, registration] = named
        key = {"study": study, "registration": registration}
        rows += [
            key | {"segment": s, "persona_number": n.persona_number, "described_in": n.described_in}
            for s, n in named.items()
        ]
    return pa.Table.from_pylist(rows, schema=PERSONAS)


def _by_model(scores: pa.Table) -> dict[tuple[str, int], list[Row]]:
    rows = sorted(scores.to_pylist(), key=lambda r: (r["study"], r["registration"], r["segment"], r["persona_number"]))
    return {key: list(group) for key, group in groupby(rows, key=lambda r: (r["study"], r["registration"]))}


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
    from scipy.optimize import linear_sum_assignment

    if not segments or not personas:
        return
    table = np.array([[score[s, n] for n in personas] for s in segments], dtype=np.float64)
    for i, j in zip(*linear_sum_assignment(table, maximize=True), strict=True):
        if table[i, j] > FORBIDDEN:
            yield segments[i], personas[j]
