"""Personas are given one to one, so that the total score is the best, and handed on from model to model."""

from itertools import permutations
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from segmentation.naming import PERSONAS, match_personas

Pairs = list[tuple[int, int]]
SCORES = pa.schema(
    [
        ("study", pa.string()),
        ("registration", pa.int32()),
        ("segment", pa.int32()),
        ("persona_number", pa.int32()),
        ("is_enough", pa.bool_()),
        ("score", pa.float64()),
    ]
)
MODELS = pa.schema(
    [
        ("study", pa.string()),
        ("registration", pa.int32()),
        ("previous_registration", pa.int32()),
        ("segment_numbers", pa.list_(pa.int32())),
    ]
)
CHECKS = pa.schema(
    [
        ("study", pa.string()),
        ("registration", pa.int32()),
        ("segment", pa.int32()),
        ("described_in", pa.int32()),
        ("holds", pa.bool_()),
    ]
)


def scores(
    matches: NDArray[np.float64], study: str = "s", registration: int = 1, segments: list[int] | None = None
) -> pa.Table:
    """A table of scores: a row a segment, a column a persona; from .6 on a score is enough for a name."""
    numbers = segments or list(range(1, len(matches) + 1))
    rows = [
        {
            "study": study,
            "registration": registration,
            "segment": numbers[i],
            "persona_number": j + 1,
            "is_enough": bool(m >= 0.6),
            "score": float(m),
        }
        for (i, j), m in np.ndenumerate(matches)
    ]
    return pa.Table.from_pylist(rows, schema=SCORES)


def models(*numbers: list[int], study: str = "s") -> pa.Table:
    """Models with segments of these numbers, each after the one before."""
    return pa.Table.from_pylist(
        [
            {"study": study, "registration": i, "previous_registration": i - 1 or None, "segment_numbers": segments}
            for i, segments in enumerate(numbers, 1)
        ],
        schema=MODELS,
    )


def checks(*rows: tuple[int, int, int, bool]) -> pa.Table:
    """Rows of registration, segment, described_in, holds."""
    names = ("registration", "segment", "described_in", "holds")
    return pa.Table.from_pylist([{"study": "s"} | dict(zip(names, row, strict=True)) for row in rows], schema=CHECKS)


def named(found: pa.Table, registration: int) -> dict[int, tuple[Any, int]]:
    """Persona number and described_in of the segments of one model."""
    return {
        row["segment"]: (row["persona_number"], row["described_in"])
        for row in found.to_pylist()
        if row["registration"] == registration
    }


def first(matches: NDArray[np.float64]) -> Pairs:
    """The pairs that a first model gets."""
    found = match_personas(scores(matches), models(list(range(1, len(matches) + 1))), checks())
    return [(s, n) for s, (n, _) in named(found, 1).items() if n is not None]


def test_the_best_total_wins_over_the_best_single_score() -> None:
    # Segment 1 likes persona 1 best, but segment 2 can be nothing else.
    found = match_personas(scores(np.array([[0.9, 0.8], [0.7, 0.0]])), models([1, 2]), checks())
    assert found.schema == PERSONAS
    assert named(found, 1) == {1: (2, 1), 2: (1, 1)}


def test_no_assignment_has_a_better_total() -> None:
    matches = np.random.default_rng(1).random((5, 5))
    best = max(sum(matches[i, j] for i, j in enumerate(order)) for order in permutations(range(5)))
    assert sum(matches[s - 1, n - 1] for s, n in first(matches)) == pytest.approx(best)


def test_what_is_too_many_is_left_out() -> None:
    matches = np.array([[0.1], [0.9], [0.5]])
    assert first(matches) == [(2, 1)]
    assert first(matches.T) == [(1, 2)]


def test_ties_do_not_depend_on_the_order_of_the_rows() -> None:
    table = scores(np.full((4, 4), 0.5))
    shuffled = table.take(np.random.default_rng(1).permutation(16))
    model = models([1, 2, 3, 4])
    assert match_personas(table, model, checks()).equals(match_personas(shuffled, model, checks()))


def test_a_study_without_personas_gets_descriptions() -> None:
    found = match_personas(scores(np.empty((0, 0))), models([1, 2]), checks())
    assert named(found, 1) == {1: (None, 1), 2: (None, 1)}


def test_pairs_must_be_complete() -> None:
    table = scores(np.array([[0.9, 0.8], [0.7, 0.0]]))
    with pytest.raises(ValueError, match="every pair of segment and persona must come exactly once"):
        match_personas(table.slice(1), models([1, 2]), checks())
    with pytest.raises(ValueError, match="every pair"):
        match_personas(pa.concat_tables([table, table.slice(0, 1)]), models([1, 2]), checks())


def test_a_segment_that_goes_on_keeps_its_persona_while_it_is_enough() -> None:
    before = scores(np.array([[0.9, 0.1], [0.1, 0.9]]))
    # Now the other way round would be better, but .6 is enough.
    after = scores(np.array([[0.6, 0.9], [0.9, 0.6]]), registration=2)
    found = match_personas(pa.concat_tables([before, after]), models([1, 2], [1, 2]), checks())
    assert named(found, 2) == {1: (1, 2), 2: (2, 2)}


def test_nobody_takes_a_persona_that_another_segment_had() -> None:
    before = scores(np.array([[0.9, 0.1], [0.1, 0.9]]))
    # Segment 2 has dissolved; what is new (3) is like persona 2, and so is segment 1, whose own persona has lapsed.
    after = scores(np.array([[0.5, 0.9], [0.9, 0.9]]), registration=2, segments=[1, 3])
    found = match_personas(pa.concat_tables([before, after]), models([1, 2], [1, 3]), checks())
    assert named(found, 2) == {1: (1, 2), 3: (None, 2)}


def test_a_descriptive_name_stays_while_its_words_hold() -> None:
    nothing = np.full((2, 1), 0.1)
    tables = pa.concat_tables([scores(nothing, registration=i) for i in (1, 2, 3)])
    model = models([1, 2], [1, 2], [1, 2])
    found = match_personas(tables, model, checks((2, 1, 1, True), (2, 2, 1, False), (3, 1, 1, True), (3, 2, 2, True)))
    assert [d for _, d in named(found, 2).values()] == [1, 2]
    # Segment 1 is still described as in model 1, segment 2 as in model 2.
    assert [d for _, d in named(found, 3).values()] == [1, 2]


def test_a_new_segment_is_described_anew_and_studies_do_not_mix() -> None:
    tables = pa.concat_tables(
        [scores(np.full((1, 1), 0.1), registration=1), scores(np.full((1, 1), 0.1), registration=2, segments=[5])]
    )
    other = scores(np.full((1, 1), 0.9), study="t")
    found = match_personas(
        pa.concat_tables([tables, other]), pa.concat_tables([models([1], [5]), models([1], study="t")]), checks()
    )
    assert named(found, 2) == {5: (1, 2)}
    assert found.num_rows == 3
