"""Writes the draft of a bank's file: `python -m bank.describe FOLDER_OR_FILE... [--out bank.yml]`.

Which file seems to be which extract, which column which, and how values are written: from a bounded sample, whatever
the size of the files. What is not certain stands in comments, so that the build stops until somebody has decided it.
No row is printed: of ids, names and other free text only the shapes.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from bank.drafting.contract import Extract, extracts, studies
from bank.drafting.draft import draft
from bank.drafting.entry import Entry, Question, entry_of, leading_zeros
from bank.drafting.likeness import Matching, known_names, matching
from bank.drafting.sources import FILE_DATE, Source, Unread, groups_in, sources_of
from bank.faults import Refused
from bank.plan import plan


def describe(places: Sequence[Path], folder: Path | None = None) -> str:
    """The draft for folders and files. `folder`: where it will lie; paths are absolute otherwise. Raises Refused."""
    contract = list(extracts().values())
    con = duckdb.connect()
    con.execute("set enable_progress_bar = false")  # it would stand in the draft
    found: list[tuple[Source, list[Matching]]] = []
    others: list[Unread] = []
    for group in groups_in([place.absolute() for place in places]):
        for source in sources_of(con, group, known_names(contract)):
            if isinstance(source, Unread):
                others.append(source)
            else:
                found.append((source, _ranked(contract, source)))
    entries: dict[str, Entry] = {}
    for source, ranked in sorted(found, key=lambda pair: -pair[1][0].score):
        best = ranked[0]
        if not best.is_fit:
            others.append(_unfit(source, best))
        elif best.extract.name in entries:
            taken = entries[best.extract.name].source.label
            others.append(Unread(source.label, f"looks like {best.extract.name} as well, for which {taken} is taken"))
        else:
            entries[best.extract.name] = _checked(entry_of(source, best))
    in_order = [entries[one.name] for one in contract if one.name in entries]
    _compare_ids(in_order)
    _other_uses(found, entries)
    keys, questions = _vars(in_order)
    return draft(in_order, others, keys, questions, folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bank.describe", description="Write the draft of a bank's file.")
    parser.add_argument("places", nargs="+", type=Path, metavar="FOLDER_OR_FILE", help="where extracts are")
    parser.add_argument(
        "--out", type=Path, help="the file to write; without it the draft is printed, with absolute paths"
    )
    given = parser.parse_args(arguments)
    try:
        if given.out and given.out.exists():
            raise Refused(f"{given.out} is there already; name another file, or take it away")
        if given.out and not given.out.absolute().parent.is_dir():
            raise Refused(f"There is no folder {given.out.absolute().parent}")
        text = describe(given.places, given.out.absolute().parent if given.out else None)
    except Refused as fault:
        print(fault, file=sys.stderr)
        return 1
    if given.out:
        given.out.write_text(text, encoding="utf-8")
    else:
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        print(text, end="")
    return 0


def _ranked(contract: Sequence[Extract], source: Source) -> list[Matching]:
    """What a source could be, the best first."""
    found = [
        matching(one, source.columns, source.name, source.files_with if len(source.files) > 1 else None)
        for one in contract
    ]
    return sorted(found, key=lambda one: (-one.is_fit, -one.score))


def _unfit(source: Source, best: Matching) -> Unread:
    missing = ", ".join(one.name for one in best.missing)
    why = f"of the {len(best.extract.required)} columns that {best.extract.name} requires it lacks {missing}"
    if best.by_name < 2:
        why = "hardly a column is called as one of the contract"
    return Unread(source.label, f"{source.sample.extent}; no extract fits: {why}", source.columns)


def _checked(entry: Entry) -> Entry:
    """What the build would say: where it would read a file otherwise, separator and skip are written out."""
    if str(entry.keys.get("path", "")).lower().endswith(".gz"):
        return entry  # which would be unpacked to its end
    fault = _refusal(entry, entry.keys)
    if fault and entry.source.is_csv and not entry.matching.missing:
        explicit = entry.keys | entry.source.explicit
        if not _refusal(entry, explicit):
            place = ("path", "table", "sheet")
            first = {key: value for key, value in entry.keys.items() if key in place}
            entry.keys, fault = first | entry.source.explicit | entry.keys, ""
    if fault and not entry.questions and not entry.matching.missing:
        entry.ask(f"the build would say: {fault}")
    return entry


def _refusal(entry: Entry, keys: dict[str, Any]) -> str:
    request = entry.matching.extract.request(keys)
    try:
        plan(request)
        if not entry.source.is_csv:
            plan(
                request
                | {
                    "found": [[one.name, one.type] for one in entry.source.columns],
                    "sample": {},
                    "label": entry.source.label,
                }
            )
    except Refused as fault:
        return str(fault)
    return ""


def _compare_ids(entries: Sequence[Entry]) -> None:
    """Ids that have zeros before them in one extract and none in another: 007 and 7 are two customers otherwise."""
    seen = {entry.extract: leading_zeros(entry) for entry in entries}
    for entry in entries:
        with_zero, _ = seen[entry.extract]
        without = [name for name, (zeros, digits) in seen.items() if name != entry.extract and digits and not zeros]
        if with_zero and without:
            entry.ask(
                f"customer_id: {with_zero:,} of the ids here begin with 0, none in {', '.join(without)}: "
                "is 007 the customer 7?",
                {"ids": "number"},
            )


def _other_uses(found: Sequence[tuple[Source, list[Matching]]], entries: dict[str, Entry]) -> None:
    """Extracts that are not there, and for which a file that is another one has all columns."""
    for source, ranked in found:
        for other in ranked[1:]:
            own = entries.get(ranked[0].extract.name)
            is_whole = other.is_fit and not other.missing and other.found > 3
            if own and own.source is source and is_whole and other.extract.name not in entries:
                entry = entries[ranked[0].extract.name]
                entry.remarks.append(
                    f"it has what {other.extract.name} requires, too: the same file can be named there"
                )


def _vars(entries: Sequence[Entry]) -> tuple[dict[str, Any], list[Question]]:
    """The keys beside the extracts, and what there is to decide of them."""
    keys: dict[str, Any] = {}
    questions: list[Question] = []
    undated = [entry for entry in entries if entry.matching.extract.has_date and not _is_dated(entry)]
    is_any_dated = any(entry.matching.extract.has_date for entry in entries)
    if undated or (entries and not is_any_dated):
        lacking = ", ".join(entry.extract for entry in undated) or "card_transactions"
        said = sorted({hit[0] for entry in undated if (hit := FILE_DATE.search(Path(entry.keys.get("path", "")).name))})
        hint = f" ({', '.join(said)} stands in a file's name)" if said else ""
        questions.append(
            Question(
                f"as_of_date: the date of the data; neither a column nor a folder of {lacking} says it{hint}",
                [{"as_of_date": "???"}],
            )
        )
    there = {entry.extract for entry in entries}
    if chosen := [study for study, needed in studies().items() if needed <= there]:
        keys["studies"] = chosen
    attach = {alias: path for entry in entries for alias, path in entry.source.attach.items()}
    return keys | ({"attach": attach} if attach else {}), questions


def _is_dated(entry: Entry) -> bool:
    return "as_of_date" in entry.matching.matches or entry.source.has_folder_date


if __name__ == "__main__":
    sys.exit(main())
