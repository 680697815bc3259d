"""How far the two sides agree on the segments: `python -m benchmarks.agreement DATABASE ASSIGNMENTS OUT`."""

import sys
from pathlib import Path

import duckdb
from sklearn.metrics import adjusted_rand_score


def agreement(database: str, assignments: str) -> float:
    """The adjusted Rand index of dbt's segments and the notebook's; every customer must have both."""
    with duckdb.connect(database, read_only=True) as con:
        pairs = con.execute(
            """
            select dbt.segment, notebook.segment
            from segment_assignments as dbt
            full join read_parquet(?) as notebook on dbt.customer_id = notebook.CUST_ID
            """,
            [assignments],
        ).fetchnumpy()
    ours, theirs = pairs.values()
    if any(getattr(labels, "mask", False) is not False and labels.mask.any() for labels in (ours, theirs)):
        raise SystemExit("a customer has a segment on one side only")
    return float(adjusted_rand_score(ours, theirs))


if __name__ == "__main__":
    Path(sys.argv[3]).write_text(str(agreement(sys.argv[1], sys.argv[2])), encoding="utf-8")
