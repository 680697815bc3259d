"""Personas are given one to one, so that the total score is the best."""

from itertools import permutations

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from segmentation.naming import PERSONAS, match_personas

Pairs = list[tuple[int, int]]


def scores(matches: NDArray[np.float64], study: str = "s") -> pa.Table:
    rows = [
        {"study": study, "segment": i + 1, "persona_number": j + 1, "score": float(m)}
        for (i, j), m in np.ndenumerate(matches)
    ]
    return pa.Table.from_pylist(rows, schema=PERSONAS)


def pairs(table: pa.Table) -> Pairs:
    return list(zip(table["segment"].to_pylist(), table["persona_number"].to_pylist(), strict=True))


def test_the_best_total_wins_over_the_best_single_score() -> None:
    # Segment 1 likes persona 1 best, but segment 2 can be nothing else.
    found = match_personas(scores(np.array([[0.9, 0.8], [0.7, 0.0]])))
    assert found.schema == PERSONAS
    assert pairs(found) == [(1, 2), (2, 1)]
    assert found["score"].to_pylist() == [0.8, 0.7]


def test_no_assignment_has_a_better_total() -> None:
    matches = np.random.default_rng(1).random((5, 5))
    best = max(sum(matches[i, j] for i, j in enumerate(order)) for order in permutations(range(5)))
    assert sum(match_personas(scores(matches))["score"].to_pylist()) == pytest.approx(best)


def test_what_is_too_many_is_left_out() -> None:
    matches = np.array([[0.1], [0.9], [0.5]])
    assert pairs(match_personas(scores(matches))) == [(2, 1)]
    assert pairs(match_personas(scores(matches.T))) == [(1, 2)]


def test_ties_do_not_depend_on_the_order_of_the_rows() -> None:
    table = scores(np.full((4, 4), 0.5))
    shuffled = table.take(np.random.default_rng(1).permutation(16))
    assert match_personas(table).equals(match_personas(shuffled))


def test_studies_do_not_compete() -> None:
    both = pa.concat_tables([scores(np.eye(2), "a"), scores(1 - np.eye(2), "b")])
    found = match_personas(both)
    assert found["study"].to_pylist() == ["a", "a", "b", "b"]
    assert pairs(found) == [(1, 1), (2, 2), (1, 2), (2, 1)]


def test_nothing_in_nothing_out() -> None:
    assert match_personas(PERSONAS.empty_table()).equals(PERSONAS.empty_table())


def test_a_missing_pair_is_an_error() -> None:
    with pytest.raises(ValueError, match="exactly once"):
        match_personas(scores(np.eye(2)).slice(0, 3))
