"""Personas are given one to one, so that the total score is the best, and handed on from model to model."""

from itertools import permutations
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from segmentation import naming
from segmentation.arrow import as_relation

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
TRAITS = pa.schema(
    [
        ("study", pa.string()),
        ("registration", pa.int32()),
        ("segment", pa.int32()),
        ("feature", pa.string()),
        ("place", pa.int32()),
        ("phrase", pa.string()),
        ("z_score", pa.float64()),
        ("z_lower", pa.float64()),
        ("z_upper", pa.float64()),
    ]
)


def match_personas(*tables: pa.Table) -> pa.Table:
    """What the dbt model writes."""
    with duckdb.connect() as connection:
        return as_relation(connection, naming.match_personas(*tables), naming.PERSONAS).to_arrow_table()


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


def traits(*models: dict[int, dict[str, float]]) -> pa.Table:
    """For each model the z-scores of its segments by feature: high from .35 on, low below -.35, else without a place.

    A feature that begins with "share" is hardly any or nearly all, from .8 on.
    """
    rows = []
    for registration, segments in enumerate(models, 1):
        for segment, z_scores in segments.items():
            for place, (feature, z) in enumerate(sorted(z_scores.items(), key=lambda item: -abs(item[1])), 1):
                extreme = feature.startswith("share") and abs(z) >= 0.8
                words = ("nearly all", "hardly any") if extreme else ("high", "low")
                rows.append(
                    {
                        "study": "s",
                        "registration": registration,
                        "segment": segment,
                        "feature": feature,
                        "place": place if abs(z) >= 0.35 else None,
                        "phrase": f"{words[z < 0]} {feature}",
                        "z_score": z,
                        "z_lower": 0.35 if z > 0 and not extreme else None,
                        "z_upper": -0.35 if z < 0 and not extreme else None,
                    }
                )
    return pa.Table.from_pylist(rows, schema=TRAITS)


def named(found: pa.Table, registration: int) -> dict[int, tuple[Any, int]]:
    """Persona number and described_in of the segments of one model."""
    return {
        row["segment"]: (row["persona_number"], row["described_in"])
        for row in found.to_pylist()
        if row["registration"] == registration
    }


def worded(*of_models: dict[int, dict[str, float]]) -> list[dict[int, tuple[int, int, bool]]]:
    """For each of some models without personas: described_in, words and is_repeated of its segments."""
    found = match_personas(
        scores(np.empty((0, 0))), models(*[list(segments) for segments in of_models]), traits(*of_models)
    ).to_pylist()
    return [
        {
            row["segment"]: (row["described_in"], row["words"], row["is_repeated"])
            for row in found
            if row["registration"] == registration
        }
        for registration in range(1, len(of_models) + 1)
    ]


def first(matches: NDArray[np.float64]) -> Pairs:
    """The pairs that a first model gets."""
    found = match_personas(scores(matches), models(list(range(1, len(matches) + 1))), traits())
    return [(s, n) for s, (n, _) in named(found, 1).items() if n is not None]


def test_the_best_total_wins_over_the_best_single_score() -> None:
    # Segment 1 likes persona 1 best, but segment 2 can be nothing else.
    found = match_personas(scores(np.array([[0.9, 0.8], [0.7, 0.0]])), models([1, 2]), traits())
    assert found.schema.names == list(naming.PERSONAS)
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
    assert match_personas(table, model, traits()).equals(match_personas(shuffled, model, traits()))


def test_a_study_without_personas_gets_descriptions() -> None:
    found = match_personas(scores(np.empty((0, 0))), models([1, 2]), traits())
    assert named(found, 1) == {1: (None, 1), 2: (None, 1)}


def test_pairs_must_be_complete() -> None:
    table = scores(np.array([[0.9, 0.8], [0.7, 0.0]]))
    with pytest.raises(ValueError, match="every pair of segment and persona must come exactly once"):
        match_personas(table.slice(1), models([1, 2]), traits())
    with pytest.raises(ValueError, match="every pair"):
        match_personas(pa.concat_tables([table, table.slice(0, 1)]), models([1, 2]), traits())


def test_a_segment_that_goes_on_keeps_its_persona_while_it_is_enough() -> None:
    before = scores(np.array([[0.9, 0.1], [0.1, 0.9]]))
    # Now the other way round would be better, but .6 is enough.
    after = scores(np.array([[0.6, 0.9], [0.9, 0.6]]), registration=2)
    found = match_personas(pa.concat_tables([before, after]), models([1, 2], [1, 2]), traits())
    assert named(found, 2) == {1: (1, 2), 2: (2, 2)}


def test_nobody_takes_a_persona_that_another_segment_had() -> None:
    before = scores(np.array([[0.9, 0.1], [0.1, 0.9]]))
    # Segment 2 has dissolved; what is new (3) is like persona 2, and so is segment 1, whose own persona has lapsed.
    after = scores(np.array([[0.5, 0.9], [0.9, 0.9]]), registration=2, segments=[1, 3])
    found = match_personas(pa.concat_tables([before, after]), models([1, 2], [1, 3]), traits())
    assert named(found, 2) == {1: (1, 2), 3: (None, 2)}


def test_a_lapsed_persona_gives_way_to_a_free_one_that_fits() -> None:
    before = scores(np.array([[0.9, 0.1, 0.1], [0.1, 0.9, 0.1]]))
    # Segment 1 is no longer like persona 1; persona 3 is free, and fits. Persona 2 fits better, but is another's.
    after = scores(np.array([[0.5, 0.95, 0.8], [0.1, 0.7, 0.1]]), registration=2)
    found = match_personas(pa.concat_tables([before, after]), models([1, 2], [1, 2]), traits())
    assert named(found, 2) == {1: (3, 2), 2: (2, 2)}


def test_a_descriptive_name_stays_while_its_words_hold() -> None:
    first, second, third = worded(
        {1: {"a": 1.0, "b": -0.5, "c": 0.4}, 2: {"d": 1.0, "e": 0.9}},
        # The words of 1 are missed by less than .2, and other features stand out more; e of 2 is missed by more.
        {1: {"a": 0.16, "b": -0.16, "c": 2.0}, 2: {"d": 1.0, "e": 0.14, "f": 0.5}},
        {1: {"a": 0.16, "b": -0.16}, 2: {"d": 0.2, "f": 0.5, "g": 2.0}},
    )
    assert first == {1: (1, 2, False), 2: (1, 2, False)}
    assert second == {1: (1, 2, False), 2: (2, 2, False)}
    # Segment 1 is still described as in model 1, segment 2 as in model 2.
    assert third == {1: (1, 2, False), 2: (2, 2, False)}


def test_words_about_a_share_stay_while_they_would_be_said_again() -> None:
    first = {1: {"share_a": -1.0, "b": 2.0}}
    assert worded(first, {1: {"share_a": -0.8, "b": 2.0}})[1] == {1: (1, 2, False)}
    assert worded(first, {1: {"share_a": -0.7, "b": 2.0}})[1] == {1: (2, 2, False)}


def test_a_name_whose_feature_is_gone_is_given_anew() -> None:
    assert worded({1: {"a": 1.0, "b": 1.0}}, {1: {"a": 1.0, "c": 1.0}})[1] == {1: (2, 2, False)}


def test_names_differ_by_what_they_say_not_by_the_order_of_words() -> None:
    """Two segments with the same two words in another order, and a third one to which a third word is common."""
    (found,) = worded(
        {
            1: {"a": 2.0, "b": -1.5, "c": 1.0, "d": 0.5},
            2: {"b": -2.0, "a": 1.5, "c": 1.0, "e": 0.5},
            3: {"a": 2.0, "c": 1.5},
        }
    )
    assert found == {1: (1, 4, False), 2: (1, 4, False), 3: (1, 2, False)}


def test_names_that_no_trait_tells_apart_have_numbers() -> None:
    (found,) = worded({1: {"a": 2.0, "b": 1.0}, 2: {"b": 2.0, "a": 1.0}, 3: {"a": 0.1}, 4: {"a": 0.2}, 5: {"a": 0.5}})
    assert found == {1: (1, 2, True), 2: (1, 2, True), 3: (1, 0, True), 4: (1, 0, True), 5: (1, 1, False)}


def test_nobody_takes_the_words_that_another_segment_had() -> None:
    before = {1: {"a": 2.0, "b": 1.0}, 2: {"a": -2.0, "b": 1.0}}
    # 1 has become what 2 was, and says one word more; 3 is new and is what 1 was, without another word.
    assert worded(before, {1: {"a": -2.0, "b": 1.0, "c": 0.6}, 3: {"a": 2.0, "b": 1.0}})[1] == {
        1: (2, 3, False),
        3: (2, 2, True),
    }


def test_a_name_that_stays_is_not_changed_for_the_sake_of_a_new_one() -> None:
    same = {"a": 2.0, "b": 1.0, "c": 0.6}
    assert worded({1: same}, {1: same, 3: {"b": 2.0, "a": 1.0, "d": 0.6}})[1] == {1: (1, 2, False), 3: (2, 3, False)}
    # Nor is a number taken away from it.
    two = {1: {"a": 2.0, "b": 1.0}, 2: {"b": 2.0, "a": 1.0}}
    assert worded(two, two) == [{1: (1, 2, True), 2: (1, 2, True)}] * 2


def test_a_name_without_words_says_nothing_that_could_hold() -> None:
    assert worded({1: {"a": 0.1}}, {1: {"a": 2.0}})[1] == {1: (2, 1, False)}
    assert worded({1: {"a": 0.1}}, {1: {"a": 0.1}})[1] == {1: (2, 0, False)}


def test_a_segment_that_loses_its_persona_is_described_anew() -> None:
    """What would have described it in the model before is a name that nobody has read."""
    tables = pa.concat_tables([scores(np.array([[0.9]])), scores(np.array([[0.1]]), registration=2)])
    both = {1: {"a": 2.0, "b": 1.0}}
    assert named(match_personas(tables, models([1], [1]), traits(both, both)), 2) == {1: (1, 2)}


def test_a_segment_with_a_persona_takes_no_words() -> None:
    """Its traits may say the same as the descriptive name of another one."""
    found = match_personas(
        scores(np.array([[0.9], [0.1]])), models([1, 2]), traits({1: {"a": 2.0, "b": 1.0}, 2: {"a": 2.0, "b": 1.0}})
    ).to_pylist()
    assert [(row["persona_number"], row["words"], row["is_repeated"]) for row in found] == [
        (1, 2, False),
        (None, 2, False),
    ]


def test_a_new_segment_is_described_anew_and_studies_do_not_mix() -> None:
    tables = pa.concat_tables(
        [scores(np.full((1, 1), 0.1), registration=1), scores(np.full((1, 1), 0.1), registration=2, segments=[5])]
    )
    other = scores(np.full((1, 1), 0.9), study="t")
    found = match_personas(
        pa.concat_tables([tables, other]), pa.concat_tables([models([1], [5]), models([1], study="t")]), traits()
    )
    assert named(found, 2) == {5: (1, 2)}
    assert found.num_rows == 3


@pytest.mark.parametrize("shape", [(3, 5), (4, 4), (5, 3)])
def test_what_nobody_disputes_is_what_scipy_finds(shape: tuple[int, int]) -> None:
    from scipy.optimize import linear_sum_assignment

    random, decided = np.random.default_rng(3), 0
    for _ in range(200):
        table = random.integers(0, 12, shape) / 12
        if (best := naming._undisputed(table)) is None:
            continue
        decided += 1
        assert set(zip(*map(list, best), strict=True)) == set(
            zip(*map(list, linear_sum_assignment(table, maximize=True)), strict=True)
        )
    assert 0 < decided < 200
