"""Whatever an extract or a bank's file is: raw = staged + rejected, or a sentence of ours, with nobody's row in it.

300 cases here, as many as FUZZ_CASES says by `make fuzz`, which prints what became of them.
"""

import csv
import io
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

from fuzz import MARK, Case, bank_files, cases, whole
from hypothesis import HealthCheck, Phase, given, seed, settings
from staging import Staging, staged

from bank.faults import Refused
from bank.settings import load

CASES = int(os.environ.get("FUZZ_CASES", "300"))

FUZZ = settings(
    max_examples=CASES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)

SEEDED = seed(int(os.environ.get("FUZZ_SEED", "1")))

ENGINE = re.compile(r"\b[A-Z]\w+ Error:|LINE \d+:|Traceback|INTERNAL|Candidate|std::|Python exception")
STOPPED = re.compile(r"Invalid Input Error: (?=Extract )")
"""What the engine says before a sentence that a row has stopped with."""


def sentence_in(said: str) -> str:
    """What a build says, without where it was said."""
    lines = [line.strip() for line in said.splitlines()[1:]]
    kept = [line for line in lines if line and not line.startswith(("> in macro", "> called by"))]
    return STOPPED.sub("", " ".join(kept))


def check_sentence(case: Case, said: str) -> None:
    sentence = sentence_in(said)
    assert not ENGINE.search(sentence), sentence
    assert case.extract.name in sentence, sentence
    assert len(sentence) < 2500, sentence
    assert MARK not in sentence, sentence


def rows_in(case: Case) -> int | None:
    """The rows of a case as Python counts them, where it can."""
    if case.on_bytes or set(case.done) & {"quote"} or "skip" in case.entry:
        return None
    if case.kind == "parquet":
        return len(case.rows)
    text = case.content().decode(case.encoding, "replace")
    found = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=case.separator) if row]
    return len(found) - 1


def check_rows(case: Case, staging: Staging) -> None:
    """Each row is staged or rejected with a reason, and what is staged is what stands in the file."""
    table = f"checked_{case.extract.name}"
    ((total, good, bad, kept),) = staging.rows(
        f"select count(*), count(*) filter (rejection_reason is null), count(nullif(rejection_reason, '')), "
        f"count(raw_row) from {table}"
    )
    assert total == good + bad
    assert kept == bad
    expected = None if case.is_next else rows_in(case)
    assert expected is None or total == expected, (total, expected)
    if not case.is_as_drawn or case.kind == "parquet":
        return
    numbers = [one.name for one in case.extract.fields if one.type == "double"]
    names = [name.strip() for name in case.header]
    cells: dict[str, list[dict[str, str]]] = {}
    for row in case.rows:
        fields = dict(zip(names, row, strict=False))
        id = fields.get("transaction_id") or fields.get("customer_id") or ""
        cells.setdefault(id.strip(), []).append(fields)
    id_column = "transaction_id" if "transaction_id" in names else "customer_id"
    query = f"select {id_column}, {', '.join(numbers)} from {table} where rejection_reason is null"
    for id, *values in staging.rows(query):
        for name, value in zip(numbers, values, strict=True):
            written = [fields.get(name, "") for fields in cells.get(id, [])]
            assert not written or value is None or any(is_number(text, float(value)) for text in written), (
                name,
                written,
            )


def is_number(text: str, value: float) -> bool:
    """Whether a text can only be this number."""
    try:
        return float(text.strip().strip("\ufeff\u200b\u202e")) == value
    except ValueError:
        return False


def test_whatever_an_extract_is(tmp_path: Path) -> None:
    became: Counter[str] = Counter()
    faults: dict[str, str] = {}

    def use(staging: Staging) -> None:
        @SEEDED
        @FUZZ
        @given(case=cases())
        def each(case: Case) -> None:
            name = case.extract.name
            staging.forget(name)
            folder = tmp_path / str(sum(became.values()))  # the engine keeps what it has read of a name
            folder.mkdir()
            path = case.write(folder)
            stands = f"select sum(hash(columns(*))) from checked_{name}"
            if case.is_next:  # what is refused leaves what was accepted
                assert staging.stage(name, str(whole(case.extract, folder))) == ""
                staging.logged()
                before = staging.rows(stands)
            entry = {"path": str(path)} | case.entry
            vars_of: dict[str, Any] = {} if "as_of_date" in case.header else {"as_of_date": "2025-06-30"}
            said = staging.stage(name, entry, max_rejected_share=0.6, **vars_of)
            try:
                if said:
                    check_sentence(case, said)
                    assert not case.is_next or staging.rows(stands) == before
                else:
                    check_rows(case, staging)
                logged = staging.logged()
                assert MARK not in logged, next(line for line in logged.splitlines() if MARK in line)[:2000]
            except AssertionError as fault:  # all of them are of interest
                kind = re.sub(r"[\d.]+", "9", str(fault))[:100]
                if kind not in faults:
                    faults[kind] = f"{fault}\n{case}\n{said}"
                    print(faults[kind], flush=True)  # of a long run that is stopped
                became["wrong"] += 1
            else:
                became["refused" if said else "staged"] += 1

        each()

    staged(tmp_path, use)
    print(f"\n{sum(became.values()):,} extracts: {dict(became)}")
    assert not faults, "\n\n".join(faults.values())


def test_whatever_a_bank_file_is(tmp_path: Path) -> None:
    became: Counter[str] = Counter()
    said: set[str] = set()

    @SEEDED
    @FUZZ
    @given(text=bank_files())
    def each(text: bytes) -> None:
        path = tmp_path / "bank.yml"
        path.write_bytes(text)
        try:
            load(str(path))
            became["read"] += 1
        except Refused as fault:
            said.add(str(fault))
            became["refused"] += 1

    each()
    print(f"\n{sum(became.values()):,} bank's files: {dict(became)}")
    assert not [sentence for sentence in said if "bank.yml" not in sentence or "\n" in sentence]
