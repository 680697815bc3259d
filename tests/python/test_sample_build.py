"""The sample bank from end to end: identities, planted dirt, planted customers, a second build."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from archetypes import agreement, rows_of, visible_groups
from conftest import OUTLIVE_A_BUILD, ROOT, Warehouse, published, stages
from extracts import extract

EXTRACTS = [
    "bank_customers",
    "card_transactions",
    "card_usage",
    "customer_demographics",
    "financial_profiles",
]
MARTS = sorted(path.stem for path in (ROOT / "models" / "marts").rglob("*.sql"))
CUSTOMERS = {
    # study: the extracts that list its customers
    "card_usage": ["card_usage"],
    "card_offers": ["card_usage"],
    "relationship": ["bank_customers"],
    "demographic": ["customer_demographics"],
    "behavioral": ["bank_customers", "card_usage", "customer_demographics", "financial_profiles"],
    "combined": ["customer_demographics"],
    "wealth": ["financial_profiles"],
}


@pytest.mark.parametrize("name", EXTRACTS)
def test_raw_rows_are_staged_or_rejected(sample: Warehouse, name: str) -> None:
    raw = sample.value(f"select count(*) from raw_{name}")
    staged = sample.value(f"select count(*) from stg_{name}")
    rejected = sample.value(f"select count(*) from rejected_rows where extract = '{name}'")
    assert raw == staged + rejected
    counts = sample.rows(f"select rows_read, rows_staged, rows_rejected from extract_counts where extract = '{name}'")
    assert counts == [(raw, staged, rejected)]
    assert staged == len(extract(name))


@pytest.mark.parametrize("name", EXTRACTS)
def test_planted_dirt_is_what_is_rejected(sample: Warehouse, name: str) -> None:
    """Each planted fault is rejected for the column in which it was planted, and nothing else is."""
    planted = Counter(
        "repeatedkey" if "duplicate" in r["what"] or "key twice" in r["what"] else column_key(r["column"])
        for r in rows_of("planted_dirt.csv")
        if r["extract"] == name and r["expected"] == "rejected"
    )
    lost = sum(r["extract"] == name and r["expected"] == "lost" for r in rows_of("planted_dirt.csv"))
    assert sample.value(f"select values_lost from extract_counts where extract = '{name}'") == lost
    reasons = sample.rows(f"select rejection_reason from rejected_rows where extract = '{name}'")
    assert Counter(column_key(reason.split(":")[0]) for (reason,) in reasons) == planted


@pytest.mark.parametrize("name", EXTRACTS)
def test_staged_rows_are_the_extract_without_what_was_planted(sample: Warehouse, name: str) -> None:
    """Every value of every good row, against pandas on the CSV."""
    expected = extract(name)
    staged = sample.arrow(f"select * from stg_{name}").to_pandas().astype({c: expected[c].dtype for c in expected})
    assert sorted(staged) == sorted(expected)
    ours, theirs = (
        sorted(frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None), key=str)
        for frame in (staged[expected.columns], expected)
    )
    assert ours == theirs


def column_key(column: str) -> str:
    key = column.lower().replace("_", "").replace(" ", "")
    return {"custid": "customerid", "customerage": "age"}.get(key, key)


def test_rejected_rows_keep_what_was_found(sample: Warehouse) -> None:
    ((found, others),) = sample.rows(
        "select raw_row ->> 'payments', raw_row ->> 'tenure' from rejected_rows "
        "where extract = 'card_usage' and rejection_reason = 'payments: not a number'"
    )
    assert found == "abc"
    assert others is not None


@pytest.mark.parametrize("mart", MARTS)
def test_marts_have_rows(sample: Warehouse, mart: str) -> None:
    assert sample.value(f"select count(*) from {mart}") > 0


@pytest.mark.parametrize("study", CUSTOMERS)
def test_every_customer_of_every_date_is_scored(sample: Warehouse, study: str) -> None:
    given = pd.concat([extract(name)[["customer_id", "as_of_date"]] for name in CUSTOMERS[study]]).drop_duplicates()
    scored = sample.rows(f"select customer_id, as_of_date from customer_segments where study = '{study}'")
    assert sorted(scored) == sorted((customer, date.date()) for customer, date in given.itertuples(index=False))


def test_segment_totals_are_portfolio_totals(sample: Warehouse) -> None:
    """Customers, CLV and risk bands add up to what the customers' own rows give."""
    kpis = sample.rows(
        "select study, as_of_date, sum(customers), round(sum(clv_total), 2), round(sum(share), 4) "
        "from segment_kpis group by all order by all"
    )
    customers = sample.rows(
        "select study, as_of_date, count(*), round(sum(cast(clv_proxy as decimal(38, 2))), 2), 1 "
        "from customer_segments left join customer_kpis using (customer_id, as_of_date) group by all order by all"
    )
    assert [(s, d, n, float(clv), float(share)) for s, d, n, clv, share in kpis] == [
        (s, d, n, float(clv), float(share)) for s, d, n, clv, share in customers
    ]
    bands = (
        "select study, as_of_date, segment, sum(customers), round(sum(share_of_segment), 4) "
        "from credit_risk_distribution group by all"
    )
    segments = "select study, as_of_date, segment, customers, 1 from segment_kpis"
    assert sorted(sample.rows(bands)) == sorted(sample.rows(segments))


def test_profiles_are_plain_averages(sample: Warehouse) -> None:
    """Means, medians and z-scores of the wide aggregation against one that is written by hand."""
    by_hand = sample.rows(
        """
        with customers as (
            select * from features_card_usage
            inner join customer_segments using (customer_id, as_of_date)
            where study = 'card_usage'
        ), everybody as (
            select as_of_date, avg(balance) as mean, stddev_pop(balance) as deviation from customers group by all
        )
        select as_of_date, segment, round(avg(balance), 4), round(median(balance), 4),
            round((avg(balance) - any_value(mean)) / any_value(deviation), 3)
        from customers inner join everybody using (as_of_date)
        group by all order by all
        """
    )
    mart = sample.rows(
        "select as_of_date, segment, round(mean, 4), round(median, 4), round(z_score, 3) from segment_profiles "
        "where study = 'card_usage' and feature = 'balance' order by all"
    )
    assert len(mart) == 4 * 6  # segments and dates
    for ours, theirs in zip(mart, by_hand, strict=True):
        assert ours[:2] == theirs[:2]
        assert ours[2:] == pytest.approx(theirs[2:], abs=2e-3)


def test_medians_of_many_customers_come_from_a_hash_sample(sample: Warehouse, sample_copy: Warehouse) -> None:
    """Those with the smallest md5 of their id, about as many as the var says; all other figures are of everybody."""
    copy = sample_copy
    assert copy.dbt("run", "--select", "feature_figures", "segment_profiles", median_rows=300) == ""
    taken = copy.rows(
        """
        with customers as (
            select *, count(*) over (partition by as_of_date) as total
            from features_card_usage inner join customer_segments using (customer_id, as_of_date)
            where study = 'card_usage'
        )
        select as_of_date, segment, round(median(balance), 6), count(*) from customers
        where ('0x' || substr(md5(customer_id), 1, 8))::bigint < 300 / total * 4294967295
        group by all order by all
        """
    )
    assert 240 * 6 < sum(n for *_, n in taken) < 360 * 6
    balance = "from segment_profiles where study = 'card_usage' and feature = 'balance' order by all"
    assert copy.rows(f"select as_of_date, segment, median {balance}") == [row[:3] for row in taken]
    means = f"select as_of_date, segment, mean, z_score, customers {balance}"
    assert copy.rows(means) == sample.rows(means)


FLOORS = {
    "card_usage": 0.5,
    "relationship": 0.6,
    "demographic": 0.5,
    "behavioral": 0.3,
    "combined": 0.6,
    "wealth": 0.35,
}


@pytest.mark.parametrize("study", FLOORS)
def test_planted_archetypes_are_recovered(sample: Warehouse, study: str) -> None:
    """Agreement with the archetypes, grouped by what the study's extract can show of them (sample_bank/README.md)."""
    found = agreement(sample, study, visible_groups(study))
    print(f"{study}: adjusted Rand index {found:.2f}")
    assert found >= FLOORS[study]


def test_combined_recovers_the_archetypes_better_than_either_side(sample: Warehouse) -> None:
    archetypes = {r["customer_id"]: r["archetype"] for r in rows_of("archetypes.csv")}
    for truth in (visible_groups("combined"), archetypes):
        combined, *sides = (agreement(sample, study, truth) for study in ("combined", "demographic", "behavioral"))
        print(f"combined {combined:.2f}, demographic {sides[0]:.2f}, behavioral {sides[1]:.2f}")
        assert combined > max(sides) + 0.1


def test_names_are_given_once_and_claims_are_checked(sample: Warehouse) -> None:
    assert (
        sample.value(
            "select count(*) from segment_personas where study = 'card_usage' and is_catalogued and claims = 0"
        )
        == 0
    )
    assert sample.value("select bool_and(claims_failed = 0 or failed_claims is not null) from segment_personas")
    assert (
        sample.value(
            "select count(*) from persona_claims where holds is distinct from "
            "(z_score >= coalesce(z_lower, -9e9) and z_score < coalesce(z_upper, 9e9)) "
            "and (z_lower is not null or z_upper is not null)"
        )
        == 0
    )


def test_recommendations_come_from_the_playbook(sample: Warehouse) -> None:
    areas = sample.value(
        "select count(distinct area) from playbook where study = 'card_usage' and persona = 'Everyday Users'"
    )
    assert areas == 6
    assert (
        sample.value(
            "select count(*) from segment_recommendations where study = 'card_usage' and persona = 'Everyday Users'"
        )
        == areas
    )


def test_every_persona_has_advice_for_all_areas(sample: Warehouse) -> None:
    """Of the studies that we ship; a user's own may have less."""
    areas = sample.rows(
        "select distinct count(distinct area) from personas left join playbook using (study, persona) "
        "group by study, persona"
    )
    assert areas == [(6,)]


def test_segments_of_the_sample_have_names(sample: Warehouse) -> None:
    """Most of them: a catalogue that names nothing is none. The rest is said in attention."""
    named = dict(sample.rows("select study, avg(is_catalogued::integer) from segment_personas group by study"))
    assert {study for study, share in named.items() if share >= 0.6} >= set(CUSTOMERS) - {"wealth"}
    assert named["demographic"] == 1


def test_one_customer_and_typed_in_values_have_distances(
    sample: Warehouse, sample_copy: Warehouse, capsys: pytest.CaptureFixture[str]
) -> None:
    """The view for one customer; the macro for the same customer's values, typed in."""
    ((customer, date, segment, distance),) = sample.rows(
        "select customer_id, as_of_date, segment, distance from customer_segments "
        "where study = 'card_usage' order by all limit 1"
    )
    nearest = sample.rows(
        f"select segment, distance from segment_distances where study = 'card_usage' and customer_id = '{customer}' "
        f"and as_of_date = '{date}' order by distance limit 1"
    )
    assert nearest == [(segment, distance)]
    features = [
        f
        for (f,) in sample.rows(
            "select feature from feature_catalog where study = 'card_usage' and role = 'cluster' order by position"
        )
    ]
    ((*values,),) = sample.rows(
        f"select {', '.join(features)} from features_card_usage "
        f"where customer_id = '{customer}' and as_of_date = '{date}'"
    )
    typed = {f: v for f, v in zip(features, values, strict=True) if v is not None}
    query = "{{ distances_of_values('card_usage', " + repr(typed) + ") }}"
    capsys.readouterr()
    assert sample_copy.dbt("show", "--output", "json", "--limit", "20", "--inline", query) == ""
    shown = capsys.readouterr().out
    assert min(row["distance"] for row in json.loads(shown)["show"]) == pytest.approx(distance, abs=1e-6)


def test_a_second_build_fits_nothing_and_changes_nothing(sample: Warehouse, sample_copy: Warehouse) -> None:
    tables = ["training_sample", "feature_screening", "kmeans_fits", "segment_models", "customer_segments", *MARTS]
    before = {t: sample.rows(f"select * from {t} order by all") for t in tables}
    assert sample_copy.build() == ""
    assert {t: sample_copy.rows(f"select * from {t} order by all") for t in tables} == before
    assert sample_copy.build("--selector", "score") == ""
    assert {t: sample_copy.rows(f"select * from {t} order by all") for t in tables} == before


def test_all_unit_tests_pass(sample_copy: Warehouse) -> None:
    """Which a plain `dbt build` leaves out."""
    assert sample_copy.dbt("test", "--select", "test_type:unit") == ""


def test_the_database_refuses_a_repeated_or_missing_key(sample_copy: Warehouse) -> None:
    """Of everything that survives a build, before the row is stored."""
    with duckdb.connect(str(sample_copy.path)) as con:
        for table in OUTLIVE_A_BUILD:
            for row in ("*", "* replace (null as study)"):
                with pytest.raises(duckdb.ConstraintException):
                    con.execute(f"insert into {table} select {row} from {table} limit 1")
        with pytest.raises(duckdb.ConstraintException):
            con.execute(
                "insert into model_registrations select * replace (99 as registration) from model_registrations"
            )


def test_a_model_that_fails_leaves_the_table_that_was_there(sample_copy: Warehouse, project_copy: Path) -> None:
    """Also where rows were computed, and the database refuses them."""
    copy = Warehouse(sample_copy.path, project_copy)
    model = project_copy / "models" / "marts" / "segments" / "segment_silhouettes.sql"
    text = model.read_text(encoding="utf-8")
    before = copy.rows("select * from segment_silhouettes order by all")
    model.write_text(f"select * from ({text}) where error('stopped') is null", encoding="utf-8")
    assert "stopped" in copy.dbt("run", "--select", "segment_silhouettes")
    assert copy.rows("select * from segment_silhouettes order by all") == before
    model.write_text(f"select * from ({text}) union all select * from ({text})", encoding="utf-8")
    assert "onstraint" in copy.dbt("run", "--select", "segment_silhouettes")
    assert copy.rows("select * from segment_silhouettes order by all") == before


def test_a_table_of_an_older_version_gets_its_key_and_its_new_columns(sample_copy: Warehouse) -> None:
    copy = sample_copy
    with duckdb.connect(str(copy.path)) as con:
        con.execute("create table old as select * exclude (centre) from principal_components where study <> 'wealth'")
        con.execute("drop table principal_components")
        con.execute("alter table old rename to principal_components")
    assert copy.dbt("run", "--select", "principal_components") == ""
    filled = copy.rows("select study, centre is not null from principal_components order by 2 desc, 1")
    assert filled == [("wealth", True), *((study, False) for study in sorted(set(CUSTOMERS) - {"wealth"}))]
    keyed = "select has_primary_key from duckdb_tables() where table_name = 'principal_components'"
    assert copy.value(keyed)


def test_scoring_selects_no_fit(warehouse: Warehouse, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["ls", "--resource-type", "model", "--output", "name"]
    capsys.readouterr()
    assert warehouse.dbt(*names, "--selector", "score") == ""
    scored = set(capsys.readouterr().out.split())
    assert {"segment_assignments", "customer_segments", "segment_kpis"} <= scored
    fits = {"training_sample", "feature_scaling", "feature_screening", "training_vectors", "kmeans_fits"}
    fits |= {"principal_components"}
    assert not scored & fits


def test_no_temporary_tables_are_left(sample: Warehouse) -> None:
    assert sample.rows("select table_name from duckdb_tables() where table_name like '%dbt_tmp%'") == []


def test_the_summary_says_what_was_found(
    sample: Warehouse, sample_copy: Warehouse, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert sample_copy.dbt("run-operation", "summary") == ""
    shown = capsys.readouterr().out
    assert str(published(sample_copy.path)) in shown
    lines = shown.splitlines()
    assert max(len(line) for line in lines if not line.startswith("Database: ")) <= 100
    verdicts = dict(sample.rows("select study, verdict from segmentation_health where is_in_force"))
    sizes = "select study, max(customers), sum(customers), count(*) from segment_personas group by study"
    for study, largest, customers, k in sample.rows(sizes):
        (line,) = (line for line in lines if re.match(rf"{study} +{k}  {verdicts[study]} +{customers:,}  ", line))
        assert line.endswith(f", {100 * largest / customers:.0f} %"), study
    told = sample.rows(
        "select topic, count(*) from attention group by topic, severity order by severity, 2 desc, topic"
    )
    first = lines.index("Needs attention, the most severe first:") + 1
    for (topic, times), line in zip(told[:5], lines[first:], strict=False):
        assert line.split(maxsplit=1) == [str(times), *line.split(maxsplit=1)[1:]]
        assert line.split(maxsplit=1)[1].startswith(topic)
    rest = sum(times for _, times in told[5:])
    assert lines[first + 5].strip() == f"and {rest} lines on other topics; all are in the mart attention"
    severities = [severity for (severity,) in sample.rows("select severity from attention")]
    assert severities == sorted(severities)
    queries = [line.strip() for line in lines if line.strip().startswith("select")]
    assert len(queries) == 3
    assert all(sample.rows(query) for query in queries)


def test_a_build_says_its_stages_and_little_else(tmp_path: Path) -> None:
    """As make build runs it: quiet, with a line as each stage begins."""
    dbt = [sys.executable, "-m", "dbt.cli.main", "--quiet", "build", "--select", "+segment_personas"]
    paths = ["--target-path", str(tmp_path), "--log-path", str(tmp_path)]
    given = {"SEGMENTATION_DB": str(tmp_path / "bank.duckdb"), "PATH": os.environ["PATH"]}
    studies = ["--vars", "{studies: [wealth]}"]
    shown = [
        subprocess.run([*dbt, *paths, *studies], cwd=ROOT, env=given, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    for output, fits in zip(shown, (1, 0), strict=True):
        assert output.splitlines() == stages(fits)


def test_key_figures_of_who_moved_are_found_by_their_keys(sample: Warehouse) -> None:
    """Without a key everybody at a date would be compared with everybody: quadratic, and 10 s of this small bank."""
    (path,) = (sample.path.with_suffix(".target") / "compiled").rglob("segment_trends.sql")
    plan = "\n".join(text for _, text in sample.rows(f"explain {path.read_text(encoding='utf-8')}"))
    assert "HASH_JOIN" in plan
    assert "NL_JOIN" not in plan


@pytest.mark.parametrize("name", ["card_usage", "bank_customers", "card_transactions", "customer_demographics"])
def test_the_first_look_at_a_row_changes_no_judgement(sample: Warehouse, name: str) -> None:
    """Judging also the rows that it calls plain, the planted dirt among all of them, says the same of each."""
    (path,) = (sample.path.with_suffix(".target") / "compiled").rglob(f"checked_{name}.sql")
    query = path.read_text(encoding="utf-8")
    look = r"(looked_at as \(\s+select\s+\*,\s+)coalesce\(.*?( as is_plain\n)"
    everybody, replaced = re.subn(look, r"\1false\2", query, flags=re.S)
    assert replaced == 1
    for one, other in ((query, everybody), (everybody, query)):
        assert sample.value(f"select count(*) from (({one}) except all ({other}))") == 0
    assert sample.value(f"select count(*) from ({everybody}) where rejection_reason is not null") > 0
