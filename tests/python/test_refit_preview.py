"""What a refit would do, in words: hand-computed, of two small warehouses."""

import duckdb

from report.refit import preview

TABLES = """
    create table {0}.study_dates as
    select * from (
        values ('s', date '2025-06-30', true), ('s', date '2025-03-31', false), ('t', date '2025-06-30', true)
    ) as dates (study, as_of_date, is_latest);
    create table {0}.study_settings as
    select * from (values ('t', 2), ('s', 1), ('u', 3), ('v', 4)) as settings (study, position);
    create table {0}.studies_left_out as select 'u' as study, 'Study u has 12 customers.' as reason;
    create table {0}.segmentation_health (
        study varchar, model_version varchar, segments integer, verdict varchar, is_in_force boolean
    );
    create table {0}.segment_personas (study varchar, segment integer, persona varchar);
    create table {0}.segment_assignments (study varchar, customer_id varchar, as_of_date date, segment integer);
"""


def two_warehouses() -> duckdb.DuckDBPyConnection:
    """Of study s a to f are in 1, 1, 1, 2, 2, 3, and would be in 1, 1, 2, 2, 4, 4; t keeps its model, v is new."""
    con = duckdb.connect()
    for name, version, k, verdict, names, segments in (
        ("before", "v", 3, "strong", ["P", "Q", "R"], [1, 1, 1, 2, 2, 3]),
        ("after", "w", 3, "weak", ["P", "X", None, "N"], [1, 1, 2, 2, 4, 4]),
    ):
        con.execute(f"attach ':memory:' as {name}")
        con.execute(TABLES.format(name))
        health = [("s", version, k, verdict, True), ("s", "older", 2, "none", False), ("t", "v", 2, "moderate", True)]
        con.executemany(f"insert into {name}.segmentation_health values (?, ?, ?, ?, ?)", health)
        personas = [("s", i + 1, persona) for i, persona in enumerate(names) if persona]
        con.executemany(f"insert into {name}.segment_personas values (?, ?, ?)", personas)
        rows = [("s", customer, "2025-06-30", segment) for customer, segment in zip("abcdef", segments, strict=True)]
        rows += [("s", "a", "2025-03-31", 2), ("t", "a", "2025-06-30", 1)]
        con.executemany(f"insert into {name}.segment_assignments values (?, ?, ?, ?)", rows)
    return con


def test_who_would_move_and_which_names_go_on() -> None:
    """a, b and d keep their segment; c, e and f would move."""
    with two_warehouses() as con:
        assert [line.strip() for line in preview(con, ["s", "t", "u", "v"])] == [
            "s: 3 segments, strong; refitted on 2025-06-30: 3 segments, weak",
            "3 of 6 customers would keep their segment, 3 would move",
            "1  P: goes on",
            "2  Q: goes on as X",
            "3  R: ends",
            "4  N: new",
            "1 from 1 P to 2 X",
            "1 from 2 Q to 4 N",
            "1 from 3 R to 4 N",
            "t: 2 segments, moderate; refitted on 2025-06-30: 2 segments, moderate",
            "the same model: nobody would move",
            "u would not be fitted: Study u has 12 customers.",
            "v is not in the warehouse yet: build it first, then compare",
        ]


def test_a_date_that_was_not_scored_is_not_compared() -> None:
    with two_warehouses() as con:
        con.execute("delete from before.segment_assignments where as_of_date = '2025-06-30'")
        assert (
            list(preview(con, ["s"]))[1]
            == "  the warehouse has not scored 2025-06-30 yet: build it first, then compare"
        )
