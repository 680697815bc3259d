"""How far the two sides agree on the segments: `python -m benchmarks.agreement DATABASE ASSIGNMENTS OUT`."""

import sys
from pathlib import Path

import duckdb
from sklearn.metrics import adjusted_rand_score


def agreement(database: str, assignments: str) -> float:
    """The adjusted Rand index of dbt's segments and the notebook's; 0 stands for no segment on one side."""
    with duckdb.connect(database, read_only=True) as con:
        pairs = con.execute(
            """
            select coalesce(dbt.segment, 0) as ours, coalesce(notebook.segment, 0) as theirs
            from segment_assignments as dbt
            full join read_parquet(?) as notebook on dbt.customer_id = notebook.CUST_ID
            """,
            [assignments],
        ).fetchnumpy()
    return float(adjusted_rand_score(pairs["ours"], pairs["theirs"]))


if __name__ == "__main__":
    Path(sys.argv[3]).write_text(str(agreement(sys.argv[1], sys.argv[2])), encoding="utf-8")
