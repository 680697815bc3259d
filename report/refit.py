"""`python -m report.refit`: what a refit would do, said before it is done.

A copy of the warehouse is refitted as `dbt build --vars '{refit: true}'` would, up to the segments of the latest date,
and compared with the original. Nothing of the warehouse changes, and the copy, which holds customers, is deleted.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import yaml

from bank.one_builder import work_path
from bank.private import create_like
from report.warehouse import ROOT, open_warehouse

PREVIEW = ROOT / "target" / "preview"
WANTED = ["+segment_personas", "+segmentation_health", "+model_registry"]
MOVES = 5
"""How many of the largest moves are said."""

SUMMARY = """
    with customers as (
        select
            study,
            count(*) as customers,
            count(*) filter (where before.segment = after.segment) as kept
        from before.segment_assignments as before
        inner join after.segment_assignments as after using (study, customer_id, as_of_date)
        inner join after.study_dates as dates using (study, as_of_date)
        where dates.is_latest
        group by study
    )

    select
        settings.study,
        left_out.reason,
        cast(dates.as_of_date as varchar),
        old.model_version = new.model_version and old.segments = new.segments,
        old.segments,
        old.verdict,
        new.segments,
        new.verdict,
        customers.customers,
        customers.kept
    from after.study_settings as settings
    left join after.studies_left_out as left_out on settings.study = left_out.study
    left join after.segmentation_health as new on settings.study = new.study and new.is_in_force
    left join before.segmentation_health as old on settings.study = old.study and old.is_in_force
    left join after.study_dates as dates on settings.study = dates.study and dates.is_latest
    left join customers on settings.study = customers.study
    where list_contains($studies, settings.study)
    order by settings.position
"""
NAMES = """
    select
        coalesce(old.segment, new.segment),
        old.persona,
        new.persona
    from (from before.segment_personas where study = $study) as old
    full join (from after.segment_personas where study = $study) as new on old.segment = new.segment
    order by all
"""
FLOWS = """
    with moved as (
        select
            before.segment as segment_before,
            after.segment,
            count(*) as customers
        from before.segment_assignments as before
        inner join after.segment_assignments as after using (study, customer_id, as_of_date)
        where study = $study and as_of_date = cast($date as date) and before.segment <> after.segment
        group by all
    )

    select
        concat_ws(' ', moved.segment_before, old.persona),
        concat_ws(' ', moved.segment, new.persona),
        moved.customers
    from moved
    left join before.segment_personas as old on old.study = $study and moved.segment_before = old.segment
    left join after.segment_personas as new on new.study = $study and moved.segment = new.segment
    order by moved.customers desc, moved.segment_before, moved.segment
    limit $moves
"""
"""Tables, since a view names the database that it was made in."""


def main(argv: Sequence[str] | None = None) -> int:
    """Refit a copy and print what differs; 1 where dbt stops."""
    parser = argparse.ArgumentParser(prog="python -m report.refit", description="Say what a refit would do.")
    parser.add_argument("--vars", default="{}", help="as given to dbt build; refit names the studies, else all")
    given = parser.parse_args(argv).vars
    open_warehouse().close()
    if not work_path(ROOT).exists():
        raise SystemExit(f"There is no database at {work_path(ROOT)}, where dbt builds: build first (make build).")
    create_like(work_path(ROOT))
    PREVIEW.mkdir(parents=True, exist_ok=True)
    copy = PREVIEW / "bank.duckdb"
    print("a copy of the warehouse is refitted; nothing in the warehouse changes", flush=True)
    try:
        work = work_path(ROOT)
        shutil.copyfile(work, copy)
        if (log := Path(f"{work}.wal")).exists():  # a build that was killed leaves a part of the data there
            shutil.copyfile(log, f"{copy}.wal")
        if not refitted(copy, given):
            return 1
        with duckdb.connect() as con:
            for name, path in (("before", work), ("after", copy)):
                con.execute(f"attach '{str(path).replace(chr(39), chr(39) * 2)}' as {name} (read_only)")
            for line in preview(con, studies_to_refit(con, given)):
                print(line)
    finally:
        for file in (*PREVIEW.glob("bank.duckdb*"), PREVIEW / "fits_begun"):
            file.unlink(missing_ok=True)
    return 0


def variables(given: str) -> dict[str, object]:
    """What --vars says, with a refit asked for."""
    asked = yaml.safe_load(given) or {}
    return dict(asked) if asked.get("refit") else {**asked, "refit": True}


def studies_to_refit(con: duckdb.DuckDBPyConnection, given: str) -> list[str]:
    """The studies that var refit names, or all."""
    refit = variables(given)["refit"]
    if refit is True:
        return [name for (name,) in con.execute("select study from after.study_settings").fetchall()]
    return [refit] if isinstance(refit, str) else list(refit)  # type: ignore[call-overload]


def refitted(copy: Path, given: str) -> bool:
    """Refit the copy. Earlier dates keep their scores there: only the latest is compared."""
    asked = variables(given) | {"keep_scores": True}
    done = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("dbt")), "--quiet", "build", "--select", *WANTED),
            *("--exclude-resource-type", "test", "unit_test", "--vars", json.dumps(asked, default=str)),
            *("--project-dir", str(ROOT), "--profiles-dir", str(ROOT)),
            *("--target-path", str(PREVIEW), "--log-path", str(PREVIEW)),
        ],
        env=os.environ | {"SEGMENTATION_WORK": str(copy)},
        check=False,
    )
    return done.returncode == 0


def preview(con: duckdb.DuckDBPyConnection, studies: list[str]) -> Iterator[str]:
    """The lines for each study; the warehouse is attached as `before`, the refitted copy as `after`."""
    for study, reason, date, is_same, k, verdict, new_k, new_verdict, customers, kept in con.execute(
        SUMMARY, {"studies": studies}
    ).fetchall():
        if reason:
            yield f"\n{study} would not be fitted: {reason}"
            continue
        if k is None:
            yield f"\n{study} is not in the warehouse yet: build it first, then compare"
            continue
        yield f"\n{study}: {k} segments, {verdict}; refitted on {date}: {new_k} segments, {new_verdict}"
        if is_same:
            yield "  the same model: nobody would move"
            continue
        if customers is None:
            yield f"  the warehouse has not scored {date} yet: build it first, then compare"
            continue
        yield f"  {kept:,} of {customers:,} customers would keep their segment, {customers - kept:,} would move"
        for segment, before, after in con.execute(NAMES, {"study": study}).fetchall():
            yield f"  {segment:>3}  {said_of(before, after)}"
        for before, after, moved in con.execute(FLOWS, {"study": study, "date": date, "moves": MOVES}).fetchall():
            yield f"  {moved:>9,} from {before} to {after}"


def said_of(before: str | None, after: str | None) -> str:
    """What becomes of a segment's name."""
    if before == after:
        return f"{after}: goes on"
    if before is None:
        return f"{after}: new"
    return f"{before}: ends" if after is None else f"{before}: goes on as {after}"


if __name__ == "__main__":
    sys.exit(main())
