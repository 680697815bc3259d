"""Which persona a segment gets: the one-to-one assignment with the best total score."""

from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa

PERSONAS = pa.schema(
    [
        pa.field("study", pa.string()),
        pa.field("segment", pa.int32()),
        pa.field("persona_number", pa.int32()),
        pa.field("score", pa.float64()),
    ]
)


def match_personas(scores: pa.Table) -> pa.Table:
    """The pairs of segment and persona with the best total score in each study (Kuhn 1955: Hungarian method).

    `scores` has the columns of PERSONAS, one row for every pair of a study. With more segments than personas
    some segments are left out, and the other way round. Raises ValueError where a pair is missing or comes
    twice.
    """
    rows: list[dict[str, Any]] = []
    # Sorted, so that equal totals give the same answer on every run.
    pairs = sorted(scores.to_pylist(), key=lambda r: (r["study"], r["segment"], r["persona_number"]))
    for study, group in groupby(pairs, key=lambda r: r["study"]):
        rows += [{"study": study} | row for row in _assign(study, list(group))]
    return pa.Table.from_pylist(rows, schema=PERSONAS)


def _assign(study: str, pairs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    from scipy.optimize import linear_sum_assignment

    segments = sorted({p["segment"] for p in pairs})
    personas = sorted({p["persona_number"] for p in pairs})
    if [(p["segment"], p["persona_number"]) for p in pairs] != [(s, n) for s in segments for n in personas]:
        raise ValueError(f"study {study}: every pair of segment and persona must come exactly once")
    table = np.array([p["score"] for p in pairs], dtype=np.float64).reshape(len(segments), len(personas))
    chosen = zip(*linear_sum_assignment(table, maximize=True), strict=True)
    return [{"segment": segments[i], "persona_number": personas[j], "score": float(table[i, j])} for i, j in chosen]
