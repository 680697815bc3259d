"""A walk of random builds into one warehouse: whatever comes before, each ends in a state that holds together.

`make walk` takes 500 steps; WALK_STEPS and WALK_SEED say how many, and which. A failure names the seed, the step and
what was built. Not covered: a full refresh, other SQL of a study (test_definitions), more than two studies, the marts.
"""

import os
import random
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from conftest import Warehouse

STEPS = int(os.environ.get("WALK_STEPS", "20"))
SEED = int(os.environ.get("WALK_SEED", "1"))
SCORED = ("--select", "+segment_assignments", "+model_registry")
DATES = ["2025-03-31", "2025-06-30", "2025-09-30", "2025-12-31"]
SIZES = {"structure_rows": 100, "fit_rows": 200}

FEATURES: dict[str, list[list[str] | None]] = {
    "relationship": [None, ["income", "credit_score", "clv_proxy"], ["income", "credit_score"]],
    "wealth": [None, ["annual_income", "investment"]],
}


def people(date: str, revision: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The two extracts of a date: three kinds of customers, other people at their ends, other figures each revision."""
    first = 3 * DATES.index(date)
    ids = np.arange(first, first + 75)
    draw = np.random.default_rng([revision, DATES.index(date)])
    kind = ids % 3
    income = 20000 + 40000 * kind + draw.normal(0, 3000, len(ids))
    score = 400 + 200 * (kind % 2) + draw.normal(0, 30, len(ids))
    key = {"customer_id": [f"C{i:03d}" for i in ids], "as_of_date": date}
    relationship = {
        "age": 25 + 20 * kind + draw.integers(0, 5, len(ids)),
        "income": income.round(2),
        "credit_score": score.round(),
        "account_tenure": 1 + 5 * kind,
        "monthly_spending": (income / 30).round(2),
        "transaction_frequency": 10 + 10 * kind,
        "avg_account_balance": (income / 4).round(2),
        "num_products": 1 + kind,
        "app_usage_score": 3 + draw.integers(0, 5, len(ids)),
        "support_calls": draw.integers(0, 3, len(ids)),
    }
    wealth = {
        "age": relationship["age"],
        "annual_income": income.round(2),
        "credit_score": score.round(),
        "loan_amount": (5000 + 20000 * ((kind + 1) % 3) + draw.normal(0, 1000, len(ids))).round(2),
        "investment": (2000 + 9000 * kind + draw.normal(0, 500, len(ids))).round(2),
    }
    return pd.DataFrame(key | relationship), pd.DataFrame(key | wealth)


@dataclass
class State:
    """What the next build is told."""

    kind: str = "files"
    studies: tuple[str, ...] = ("relationship", "wealth")
    dates: dict[str, int] = field(default_factory=lambda: {DATES[0]: 0, DATES[1]: 0})
    overrides: dict[str, dict[str, Any]] = field(default_factory=dict)
    pins: dict[str, str] = field(default_factory=dict)
    clv_divisor: int = 10


class Walk:
    """The walker: what it builds, and what it remembers of all builds before."""

    def __init__(self, warehouse: Warehouse, folder: Path, seed: int) -> None:
        self.warehouse, self.folder = warehouse, folder
        self.random = random.Random(seed)
        self.state = State()
        self.log: list[str] = []
        self.newest: dict[tuple[str, str], str] = {}
        self.version_of: dict[tuple[str, str, str], str] = {}
        self.numbers_of: dict[tuple[str, str, int], tuple[Any, ...]] = {}
        self.segment_of: dict[tuple[str, str, int], dict[str, int]] = defaultdict(dict)
        self.last_in_force: dict[tuple[str, str], int] = {}

    # What a step may change.

    def switch_kind(self) -> None:
        # the sample bank is refused in a bank's warehouse (test_months)
        self.state.kind = self.random.choice(["files", "tables"])

    def switch_studies(self) -> None:
        self.state.studies = self.random.choice([("relationship", "wealth"), ("relationship",)])
        self.state.pins = {k: v for k, v in self.state.pins.items() if k in self.state.studies}

    def override(self) -> None:
        study = self.random.choice(self.state.studies)
        chosen: dict[str, Any] = {"recipe": self.random.choice(["robust", "standard"])}
        if self.random.random() < 0.5:
            chosen["segments"] = self.random.choice([2, 3, 4, "auto"])
        if features := self.random.choice(FEATURES[study]):
            chosen["features"] = features
        self.state.overrides[study] = chosen

    def count_segments(self) -> None:
        study = self.random.choice(self.state.studies)
        self.state.overrides.setdefault(study, {})["segments"] = self.random.choice([2, 3, 4])

    def forget_overrides(self) -> None:
        self.state.overrides = {}

    def pin(self) -> None:
        study = self.random.choice(self.state.studies)
        seen = self.warehouse.rows(
            f"select distinct model_version from training_sample where study = '{study}' order by 1"
        )
        self.state.pins[study] = self.random.choice(seen)[0]

    def unpin(self) -> None:
        self.state.pins = {}

    def redefine(self) -> None:
        self.state.clv_divisor = self.random.choice([5, 10])

    def add_date(self) -> None:
        missing = [date for date in DATES if date not in self.state.dates]
        if missing:
            self.state.dates[missing[0]] = 0

    def take_date_away(self) -> None:
        if len(self.state.dates) > 1:
            del self.state.dates[max(self.state.dates)]

    def restate_date(self) -> None:
        date = self.random.choice(sorted(self.state.dates))
        self.state.dates[date] = self.random.choice([0, 1, 2])

    def nothing(self) -> None:
        """The same build again."""

    # Builds.

    def variables(self, spoilt: bool = False) -> dict[str, Any]:
        """The vars of the next build, its extracts written."""
        state = self.state
        extracts = [
            pd.concat(parts) for parts in zip(*(people(*date) for date in sorted(state.dates.items())), strict=True)
        ]
        names = ["bank_customers", "financial_profiles"]
        given: dict[str, Any] = {}
        if spoilt:
            extracts[0]["income"] = "a lot"
        if state.kind == "files":
            given["bank_files"] = {name: str(self.folder / f"{name}.csv") for name in names}
            for name, extract in zip(names, extracts, strict=True):
                extract.to_csv(given["bank_files"][name], index=False)
        elif state.kind == "tables":
            given["bank_tables"] = {"database": "core", "schema": "main"}
            with duckdb.connect(os.environ["CORE_BANK"]) as con:
                for name, extract in zip(names, extracts, strict=True):
                    con.execute(f"create or replace table {name} as select * from extract")
                    assert len(extract)
        overrides = {study: v for study, v in state.overrides.items() if study in state.studies}
        given |= {"studies": list(state.studies), "study_overrides": overrides, "model_versions": state.pins}
        return given | {"clv_divisor": state.clv_divisor} | SIZES

    def run(self, *select: str, spoilt: bool = False, **variables: Any) -> str:
        target = ["--target", "attached"] if self.state.kind == "tables" else []
        return self.warehouse.dbt("run", *select, *target, **self.variables(spoilt), **variables)

    def step(self) -> None:
        changes = [self.switch_kind, self.switch_studies, self.override, self.count_segments, self.forget_overrides]
        changes += [self.pin, self.unpin, self.redefine, self.add_date, self.take_date_away, self.restate_date]
        changes += [self.nothing, self.unpin]
        change = self.random.choice(changes)
        if self.log or change != self.pin:
            change()
        refit: Any = self.random.choice([False, False, False, True, [self.state.studies[0]]])
        ending = self.random.choice(["ends", "ends", "ends", "ends", "spoilt", "cut short"]) if self.log else "ends"
        self.log.append(f"{change.__name__}, refit {refit}, {ending}: {self.state}")
        if ending == "spoilt":
            assert "rows are rejected" in self.run(*SCORED, spoilt=True, refit=refit)
        elif ending == "cut short":
            part = self.random.choice(["training_sample", "feature_scaling", "kmeans_fits", "model_registrations"])
            self.run("--select", f"+{part}", refit=refit)
        else:
            refused = self.refused()
            said = self.run(*SCORED, refit=refit)
            assert bool(said) == bool(refused), said or f"not refused: {refused}"
            if not said:
                self.check(refit)
        # whatever ended early may have taken a sample, or put a model into force
        self.check_numbers()
        self.newest = dict(self.newest_samples())
        in_force = "select study, source_kind, registration from model_registrations where is_in_force"
        for study, kind, registration in self.warehouse.rows(in_force):
            if study in self.state.studies:
                self.last_in_force[study, kind] = registration

    def refused(self) -> list[str]:
        """The pinned studies whose pin cannot be: never in force, or of other features than those of today."""
        wrong = []
        for study, version in self.state.pins.items():
            query = f"select features from model_registrations where (study, model_version) = ('{study}', '{version}')"
            registered = self.warehouse.rows(query)
            if not registered or registered[0][0] != self.features(study):
                wrong.append(study)
        return wrong

    def features(self, study: str) -> str:
        """The clustered features of a study, in the order of its YAML."""
        chosen = self.state.overrides.get(study, {}).get("features")
        every = {
            "relationship": "age, income, credit_score, account_tenure, monthly_spending, transaction_frequency, "
            "avg_account_balance, num_products, app_usage_score, support_calls, spending_ratio, engagement_score",
            "wealth": "age, annual_income, credit_score, loan_amount, investment",
        }
        return ", ".join(chosen) if chosen else every[study]

    def newest_samples(self) -> list[tuple[tuple[str, str], str]]:
        """The newest version of each study and settings."""
        rows = self.warehouse.rows(
            "select study, settings_hash, max_by(model_version, version_number) from training_sample group by all"
        )
        return [((study, settings), version) for study, settings, version in rows]

    # What must hold after a build.

    def check(self, refit: Any) -> None:
        rows = self.warehouse.rows
        settings = dict(rows("select study, settings_hash from study_settings"))
        assert set(settings) == set(self.state.studies)

        # exactly one model in force, of each enabled study
        enabled = ", ".join(f"'{study}'" for study in self.state.studies)
        registered = rows(f"""
            select study, model_version, segments, registration, source_kind from model_registrations
            where is_in_force and study in ({enabled}) order by study
        """)
        models = rows("select study, model_version, segments, registration from segment_models order by study")
        assert [row[:4] for row in registered] == models
        assert [row[0] for row in models] == sorted(self.state.studies)

        keyed = {name for (name,) in rows("select table_name from duckdb_tables() where has_primary_key")}
        assert {
            "training_sample",
            "feature_scaling",
            "kmeans_fits",
            "principal_components",
            "model_registrations",
        } <= keyed

        # the version that is asked for
        taken = dict(self.newest_samples())
        for study, version, _, _ in models:
            key = (study, settings[study])
            fitted = refit is True or study in (refit or []) or key not in self.newest
            if study in self.state.pins:
                assert version == self.state.pins[study]
            elif not fitted:
                assert version == self.newest[key], "a segment moved unasked"
            else:
                assert version == taken[key]

        # the same settings and data: the same version
        samples = rows("""
            select study, settings_hash, model_version,
                md5(string_agg(concat(customer_id, features::varchar), '' order by customer_id))
            from training_sample
            group by study, settings_hash, model_version
        """)
        for study, hashed, version, sample in samples:
            assert self.version_of.setdefault((study, hashed, sample), version) == version
        assert len(set(self.version_of.values())) == len(self.version_of)

        self.check_segments()

    def check_numbers(self) -> None:
        """A model keeps its numbers, centres and figures; a number goes on from the model before, or was never used."""
        kept = self.warehouse.rows("""
            select registered.study, registered.model_version, registered.segments, registered.registration,
                registered.source_kind, registered.previous_registration, registered.segment_numbers,
                registered.segment_overlaps,
                fits.centres::varchar, fits.inertia, fits.silhouette, fits.stability
            from model_registrations as registered
            inner join kmeans_fits as fits using (study, model_version, segments)
            order by registered.study, registered.registration
        """)
        used: dict[str, set[int]] = defaultdict(set)
        numbers_of: dict[tuple[str, int], list[int]] = {}
        for study, version, segments, registration, kind, previous, numbers, overlaps, *figures in kept:
            what = (registration, kind, previous, tuple(numbers), *figures)
            if (study, version, segments) not in self.numbers_of:
                assert previous == self.last_in_force.get((study, kind)), "numbered after another model than the last"
            assert self.numbers_of.setdefault((study, version, segments), what) == what
            assert len(set(numbers)) == segments
            for number, overlap in zip(numbers, overlaps, strict=True):
                if overlap is None:
                    assert number not in used[study], "a number means two things"
                else:
                    assert overlap >= 0.5
                    assert number in numbers_of[study, previous]
            used[study] |= set(numbers)
            numbers_of[study, registration] = numbers
        assert (
            len(set(self.numbers_of)) == len(kept) or len(self.state.studies) == 1 or len(kept) < len(self.numbers_of)
        )

    def check_segments(self) -> None:
        """Whoever is as before is, under the same model, where they were before."""
        scored = self.warehouse.rows("""
            select models.study, models.model_version, models.segments, assigned.segment, vectors.features::varchar
            from segment_assignments as assigned
            inner join feature_vectors as vectors using (study, customer_id, as_of_date)
            inner join segment_models as models using (study)
            order by all
        """)
        expected = sum(self.warehouse.value(f"select count(*) from features_{study}") for study in self.state.studies)
        assert len(scored) == expected
        for study, version, segments, segment, vector in scored:
            assert self.segment_of[study, version, segments].setdefault(vector, segment) == segment, "a customer moved"


def test_a_walk_of_builds(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORE_BANK", str(tmp_path / "core.duckdb"))
    duckdb.connect(os.environ["CORE_BANK"]).close()
    assert warehouse.dbt("seed", studies=["relationship", "wealth"]) == ""
    walk = Walk(warehouse, tmp_path, SEED)
    for number in range(STEPS):
        try:
            walk.step()
            print(f"step {number}: {walk.log[-1]}", flush=True)
        except AssertionError as error:
            trail = "\n".join(walk.log)
            raise AssertionError(f"seed {SEED}, step {number}: {error}\n{trail}") from error
