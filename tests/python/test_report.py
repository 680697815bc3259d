"""The report as a file: what it holds, what it leaves out, how it writes figures. test_report_browser.py opens it."""

import base64
import hashlib
import html
import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
import yaml
from cards import cards, write
from conftest import ROOT, Warehouse, rendered

from report.charts.drawing import packed, script_json, shared
from report.charts.theme import SEGMENT_COLOURS
from report.numbers import Numbers
from report.queries import Rows, read_queries
from report.render import FOLDER, SECTIONS, content_policy
from report.small_lines import small_line

DASH, APOSTROPHE = "\N{EN DASH}", "\N{RIGHT SINGLE QUOTATION MARK}"
NASTY = '<img src=x onerror="alert(1)"></script><script>alert(2)</script>'


@pytest.fixture
def page(sample_page: str) -> str:
    return sample_page


@pytest.fixture
def changed(sample: Warehouse, tmp_path: Path) -> Callable[..., str]:
    """Renders a copy of the sample in which some statements changed the marts."""

    def change(*statements: str) -> str:
        path = sample.copy(tmp_path).path
        with duckdb.connect(str(path)) as con:
            for statement in statements:
                con.execute(statement)
        return rendered(path)

    return change


def text_of(page: str) -> str:
    """What the page says, without scripts and tags."""
    body = re.sub(r"(?s)<(script|style).*?</\1>", " ", page)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def test_the_report_needs_nothing_else_and_may_fetch_nothing(page: str) -> None:
    assert len(page.encode()) < 2e6
    links = set(
        re.findall(r"(?:src|href|action)\s*=\s*[\"']?([^\"'\s>]+)", re.sub(r"(?s)<script.*?</script>", "", page))
    )
    assert links == {f"#{section.name}" for section in SECTIONS}
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert "default-src 'none'" in html.unescape(policy)
    assert "unsafe" not in policy
    scripts = re.findall(r"(?s)<script>(.*?)</script>", page)
    assert len(scripts) == 3
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in html.unescape(policy)


def test_the_policy_lets_nothing_else_run() -> None:
    policy = content_policy(["a()"], "b {}")
    assert dict(part.split(" ", 1) for part in policy.split("; ")) == {
        "default-src": "'none'",
        "script-src": f"'sha256-{base64.b64encode(hashlib.sha256(b'a()').digest()).decode()}'",
        "style-src": f"'sha256-{base64.b64encode(hashlib.sha256(b'b {}').digest()).decode()}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_no_customer_is_in_it(page: str, sample: Warehouse) -> None:
    ids = {row[0] for row in sample.rows("select distinct customer_id from customer_360")}
    assert len(ids) > 1000
    found = set(re.findall(r"[A-Z]\d{6}", page))
    assert not found & ids


def test_a_section_is_a_template_and_a_query_file() -> None:
    names = {section.name for section in SECTIONS}
    assert {path.stem for path in (FOLDER / "sections").glob("*.sql")} == names
    assert {path.stem for path in (FOLDER / "sections").glob("*.html")} == names


def test_the_overview_says_what_the_marts_say(page: str, sample: Warehouse) -> None:
    text = text_of(page)
    numbers = Numbers("€", "en_GB")
    everybody = sample.rows("select * from portfolio_kpis order by as_of_date desc limit 1")[0]
    columns = [row[0] for row in sample.rows("describe portfolio_kpis")]
    kpis = dict(zip(columns, everybody, strict=True))
    assert f"Customers {kpis['customers']:,}" in text
    assert f"€{kpis['clv_mean']:,.0f}" in text
    assert f"High credit risk {100 * kpis['low_credit_score_share']:.1f}%" in text
    for persona, customers, share, claims, number, failed in sample.rows(
        "select persona, customers, share, claims, claims_failed, failed_claims from segment_personas"
    ):
        assert f"{persona} {numbers.share(share)} {customers:,} customers" in text
        assert failed is None or f"Claims that fail, {number} of {claims}: {failed}" in text
    for study, segments, reason in sample.rows("select study, segments, reason from segment_models"):
        assert f"{segments} segments: {reason}." in text, study


def test_every_figure_of_the_means_table_is_the_marts(page: str, sample: Warehouse) -> None:
    numbers = Numbers("€", "en_GB")
    text = text_of(page)
    for label, unit, means, everybody in sample.rows("""
        select label, any_value(unit), list(mean order by segment), any_value(population_mean)
        from segment_profiles where study = 'card_usage' and role = 'cluster'
        and as_of_date = (select max(as_of_date) from segment_profiles) group by label
    """):
        assert " ".join([label, *(numbers.in_unit(mean, unit) for mean in [*means, everybody])]) in text


def test_markup_in_names_stays_text(changed: Callable[..., str]) -> None:
    nasty = NASTY.replace("'", "''")
    page = changed(
        f"update segment_personas set persona = '{nasty}' where study = 'card_usage' and segment = 1",
        f"update segment_profiles set persona = '{nasty}' where study = 'card_usage' and segment = 1",
        f"update segment_scatter set persona = '{nasty}' where study = 'card_usage' and segment = 1",
        f"update segment_kpis set persona = '{nasty}' where study = 'card_usage' and segment = 1",
        f"update spending_by_segment set category = '{nasty}' where category = 'fuel'",
        f"update study_settings set title = '{nasty}' where study = 'wealth'",
    )
    made = re.sub(r"(?s)<script>.*?</script>", "", page)  # without the libraries, which do name tags
    assert "<img" not in made
    assert len(re.findall("<script", made)) == len(re.findall("</script>", made))
    assert "alert(2)" in text_of(page)


def test_data_without_segments_are_called_so(changed: Callable[..., str]) -> None:
    page = changed(
        "update segment_models set has_structure = false, reason = 'no number passes' where study = 'wealth'",
        "update segmentation_health set verdict = 'none', in_words = 'One crowd.', reason = 'no number passes'"
        " where study = 'wealth'",
    )
    assert text_of(page).count("These data show no segments. 4 segments: no number passes.") == 1
    assert "No segments in these data" in text_of(page)
    assert "No structure. One crowd. No number passes." in text_of(page)
    assert text_of(page).count("Wealth no segments in these data") == 7  # sections that show one study at a time


def test_what_has_no_rows_is_left_out_and_said(new_warehouse: Callable[[], Warehouse], tmp_path: Path) -> None:
    extracts = tmp_path / "extracts"
    extracts.mkdir()
    rows = (ROOT / "seeds" / "sample" / "raw_financial_profiles.csv").read_text(encoding="utf-8").splitlines()
    (extracts / "financial_profiles.csv").write_text("\n".join(rows[:400]), encoding="utf-8")
    files = str(extracts)
    wealth = new_warehouse()
    given = {"studies": ["wealth"], "bank_files": files, "locale": "de_DE", "currency": "CHF"}
    assert wealth.build_untested(**given) == ""
    text = text_of(rendered(wealth.path))
    assert (
        "Card revenue by source: left out, no card figures are known of these customers; card_usage has no rows."
        in text
    )
    assert "left out, no app usage score is known of these customers; bank_customers has no rows." in text
    assert "left out, no balance with a tenure is known of these customers; bank_customers has no rows." in text
    assert "no purchase of these customers is known in these months; card_transactions has no rows." in text
    assert "Left out: it takes two studies with segments, and there is one." in text
    assert "sample bank" not in text
    assert re.search(r"\d{1,3}\.\d{3} CHF", text)
    assert re.search(r"\d+,\d %", text)


def test_what_is_left_out_is_not_explained_by_a_guess(changed: Callable[..., str], sample: Warehouse) -> None:
    """Extracts that have rows, of others; many features without a trial; protected columns, nothing known of them."""
    page = changed(
        "update segment_kpis set clv_mean = null, digital_share = null, spend_fell_share = null",
        "update segment_kpis set customers_with_card = 0",
        "delete from spending_by_segment",
        "update extract_counts set rows_staged = 1 where extract = 'card_transactions'",
        "update extract_counts set rows_staged = 0 where extract = 'bank_customers'",
        "update feature_sensitivity set agreement = null where study = 'card_usage'",
        "delete from feature_sensitivity where study = 'wealth'",
        "delete from feature_sensitivity where study = 'relationship'",
        "delete from recipe_sensitivity where study = 'relationship'",
        "update recipe_agreement set agreement = null where study = 'relationship'",
        "delete from segment_fairness",
        "delete from feature_correlations",
        "delete from cross_segment_association",
        "delete from exploratory_findings",
    )
    text = text_of(page)
    cards_staged = sample.value("select rows_staged from extract_counts where extract = 'card_usage'")
    attributes = ", ".join(
        row[0] for row in sample.rows("select attribute from protected_attributes order by position")
    )
    for said in (
        "no balance with a tenure is known of these customers; bank_customers has no row that is not rejected.",
        f"no card figures are known of these customers; card_usage has {cards_staged:,} rows.",
        "no purchase of these customers is known in these months; card_transactions has 1 row.",
        "in the first half of the last 6 months; card_transactions has 1 row.",
        "Does one feature decide?: left out, the customers do not differ enough for 4 segments there.",
        "Does one feature decide?: left out, one variable alone forms the segments.",
        "Does one feature decide?: left out, it has not been tried on the model in force.",
        "Does the recipe matter?: left out, it has not been tried on the model in force.",
        f"left out, nothing is known of these customers' {attributes}.",
        "Correlations: left out, no feature has a value at the latest date.",
        "Left out: no date is complete in two studies at once.",
        "Nothing, by the thresholds of finding_rules.",
    ):
        assert said in text, said
    one = changed(
        "delete from segment_fairness",
        "create or replace table protected_attributes as from (select '' as attribute, 1 as position) limit 0",
    )
    assert "left out, there is no protected attribute to compare (see the model card)." in text_of(one)


def test_one_is_no_plural(changed: Callable[..., str]) -> None:
    text = text_of(
        changed(
            "update segment_personas set claims = 1, claims_failed = 0, failed_claims = null where segment = 1",
            "update segment_personas set customers = 1 where segment = 1",
            "update portfolio_kpis set left_customers = 1, everybodys_spend_change = 0.0001",
            "update report_settings set window_months = 2",
            "delete from segment_drivers where position > 2 and study = 'wealth'",
        )
    )
    assert "Claims of the name that hold: 1 of 1." in text
    assert "everybody's card spend hardly changed in 1 month, that" in text
    assert " 1 customer left and" in text
    assert "Spend in the 1 month before Spend in the last 1 month" in text
    assert not re.findall(r".{20}\b1 (?:customers|months|segments|rows|claims)\b", text)
    assert "shares in what sets it apart Segment First Second 1 " in text


def test_it_does_not_grow_with_the_bank(new_warehouse: Callable[[], Warehouse], tmp_path: Path) -> None:
    few = cards(1000)
    many = pd.concat([few.assign(CUST_ID=few["CUST_ID"] + f"-{copy}") for copy in range(8)])
    sizes = []
    for name, frame in (("few", few), ("many", many)):
        files = {"card_usage": write(frame, tmp_path / f"{name}.csv")}
        warehouse = new_warehouse()
        assert warehouse.build_untested(studies=["card_usage"], bank_files=files, structure_rows=500) == ""
        page = rendered(warehouse.path)
        assert_nothing_is_compared(page)  # a file without dates
        sizes.append(len(page.encode()))
    assert sizes[1] < 1.1 * sizes[0]


def assert_nothing_is_compared(page: str) -> None:
    """What takes two dates: the section, the small lines, the advice on the model, what became of the flags."""
    assert 'id="history"' not in page
    assert "#history" not in page
    text = text_of(page)
    for said in ("From date to date", "Keep the model", "Watch the model", "Fit the model again", "lift 0", "lift 1"):
        assert said not in text, said
    assert 'class="spark"' not in page
    assert "data-at" not in re.sub(r"(?s)<script>.*?</script>", "", page)


def test_with_one_date_nothing_is_compared(changed: Callable[..., str], page: str) -> None:
    """And where one study has one, its block says so."""
    with pytest.raises(AssertionError):
        assert_nothing_is_compared(page)
    assert_nothing_is_compared(
        changed(
            "delete from study_dates where not is_latest",
            "delete from portfolio_kpis where as_of_date < (select max(as_of_date) from portfolio_kpis)",
            "delete from flag_backtests",
        )
    )
    one = changed("delete from study_dates where study = 'wealth' and not is_latest")
    assert (
        text_of(one).count(
            "There is one complete date that the model in force has scored: nothing to compare with yet."
        )
        == 1
    )
    assert text_of(one).count("Keep the model: nothing speaks against the model in force.") == 6


def test_a_segment_that_nobody_is_in_any_more(changed: Callable[..., str]) -> None:
    """It has a name, in the form and from date to date, and no card."""
    gone = "where study = 'card_usage' and segment = 4 and as_of_date = '2025-06-30'"
    page = changed(
        *(f"delete from {table} {gone}" for table in ("segment_personas", "segment_kpis", "segment_profiles")),
        "delete from segment_silhouettes where study = 'card_usage' and segment = 4",
    )
    assert '<span class="number s4">4</span> High-Value Transactors' in page
    (models,) = re.findall(r'id="form-models">(.*?)</script>', page)
    (model,) = [model for model in json.loads(models) if model["study"] == "card_usage"]
    assert [persona["segment"] for persona in model["personas"]] == [1, 2, 3, 4]


def test_the_file_does_not_grow_with_every_month(changed: Callable[..., str]) -> None:
    """Of twenty more dates the newest three can be chosen, where there are seven studies; drift is shown at 13."""
    months = "select date '2022-01-31' + to_months(cast(i as integer)) from range(20) as months (i)"
    page = changed(
        "insert into study_dates by name select study, cast(day as date) as as_of_date, customers, "
        "true as is_complete, false as is_latest "
        f"from study_dates cross join ({months}) as more (day) where is_latest and study = 'wealth'",
        "insert into scored_dates by name select study, cast(day as date) as as_of_date, registration, stamp "
        f"from scored_dates cross join ({months}) as more (day) where as_of_date = '2025-06-30' and study = 'wealth'",
    )
    dates = re.findall(r'name="date-wealth" value="([\d-]+)"', page)
    assert dates == ["2024-12-31", "2025-03-31", "2025-06-30"]
    drift = re.search(r'aria-label="Drift of Wealth.*?</thead>', page, flags=re.S)
    assert drift
    assert len(re.findall(r"<th ", drift[0])) == 1 + 13


KEPT = "study = 'card_usage' and as_of_date <= '2024-12-31'"


def test_dates_that_another_model_has_scored_are_not_shown(changed: Callable[..., str]) -> None:
    """Var keep_scores: four dates with an older model's segments."""
    page = changed(
        f"update scored_dates set registration = 0, stamp = 'kept' where {KEPT}",
        f"update segment_trends set segment = segment + 10, persona = 'Older', model_version = 'older' where {KEPT}",
        f"delete from segment_migration where {KEPT.replace('as_of_date', 'from_date')}",
    )
    assert re.findall(r'name="date-card_usage" value="([\d-]+)"', page) == ["2025-03-31", "2025-06-30"]
    assert len(re.findall(r'name="date-card_offers"', page)) == 3
    assert "Older" not in page
    drift = re.search(r'aria-label="Drift of Card usage.*?</thead>', page, flags=re.S)
    assert drift
    assert len(re.findall(r"<th ", drift[0])) == 1 + 2


def test_drift_colours_only_what_needs_a_look(changed: Callable[..., str], page: str) -> None:
    coloured = r'<td class="(watch|drifted)">(.*?)</td>'
    planted = Counter(re.findall(coloured, page))
    assert {level for level, _ in planted} == {"drifted"}
    assert text_of(page).count("Nothing needs a look at 30 June 2025.") == 7
    other = changed(
        "update feature_drift set level = 'watch', psi = 0.123, missing_share = 0.2, outside_share = 0.05 "
        "where feature = 'balance' and study = 'card_usage' and as_of_date = '2025-06-30'",
        "update segment_drift set level = 'drifted', psi = 0.456, most_changed_segment = 2, most_changed_share = 0.5, "
        "most_changed_trained_share = 0.24 where study = 'card_usage' and as_of_date = '2025-03-31'",
        "update refit_advice set advice = 'refit', reasons = 'many reasons' where study = 'card_usage'",
    )
    more = Counter(re.findall(coloured, other)) - planted
    assert sorted(more) == [("drifted", "0.46 drifted"), ("watch", "0.12 watch")]
    text = text_of(other)
    assert "Nothing needs a look at 31 December 2024. What needs a look at 31 March 2025: Sizes of the segments" in text
    assert (
        "Sizes of the segments (drifted): segment 2 has 50.0% of the customers, and had 24.0% of the training" in text
    )
    assert "Balance (watch): 20.0% of the customers without a value, " in text
    assert "of the training sample; 5.0% outside of its values." in text
    assert "Fit the model again: many reasons." in text
    assert text.count("Keep the model: nothing speaks against the model in force.") == 6


def test_small_lines_join_the_dates() -> None:
    n = Numbers("€", "en_GB")
    days = [date(2025, 1, 1), date(2025, 1, 11), date(2025, 1, 21)]

    def line(*values: float | None) -> str:
        rows = [{"as_of_date": day, "figure": value} for day, value in zip(days, values, strict=True)]
        return str(small_line(rows, "figure", n.number, n.day))

    full = line(100, 300, 200)
    assert 'points="0.0,20.0 50.0,0.0 100.0,10.0"' in full
    assert "<title>1 January 2025: 100; 11 January 2025: 300; 21 January 2025: 200</title>" in full
    assert text_of(full).endswith("from 100 on 1 January 2025 ")
    assert 'points="0.0,10.5 50.0,10.0 100.0,9.5"' in line(100, 100.5, 101).replace("10.50", "10.5")  # calm
    assert 'points="0.0,10.0 100.0,10.0"' in line(0, None, 0)
    assert line(100, None, None) == ""


def test_an_unknown_locale_is_named() -> None:
    with pytest.raises(SystemExit, match="var locale is 'Klingon', which is no locale; give one such as en_GB"):
        Numbers("€", "Klingon")


@pytest.mark.parametrize(
    ("currency", "locale", "expected"),
    [
        ("€", "en_GB", ["€12,346", "€12.30", "12.3%", "1,234,567.9", "30 June 2025"]),
        ("EUR", "de-DE", ["12.346 €", "12,30 €", "12,3 %", "1.234.567,9", "30 Juni 2025"]),
        (
            "CHF",
            "de_CH",
            [f"CHF 12{APOSTROPHE}346", "CHF 12.30", "12.3%", f"1{APOSTROPHE}234{APOSTROPHE}567.9", "30 Juni 2025"],
        ),
    ],
)
def test_numbers_are_written_in_the_locale(currency: str, locale: str, expected: list[str]) -> None:
    n = Numbers(currency, locale)
    written = [n.money(12345.678), n.money(12.3), n.share(0.1234), n.number(1234567.89, 1), n.day(date(2025, 6, 30))]
    assert [text.replace("\xa0", " ") for text in written] == expected


def test_numbers_that_are_none_or_nearly_none() -> None:
    n = Numbers("€", "en_GB")
    assert [n.number(-0.001, 2), n.number(None), n.share(float("nan")), n.money(None)] == ["0", DASH, DASH, DASH]
    assert [n.in_unit(5, "currency"), n.in_unit(0.5, "share"), n.in_unit(123.4, "count"), n.in_unit(1.234, None)] == [
        "€5.00",
        "50.0%",
        "123",
        "1.23",
    ]
    assert n.span(0, 1, "share") == "0% to 100%"
    assert [n.share(-0.0001), n.share(-0.004, 0), n.money(-0.001)] == ["0.0%", "0%", "€0.00"]


def test_things_are_counted_in_words() -> None:
    n = Numbers("€", "en_GB")
    counted = [n.counted(number, "customer") for number in (0, 1, 2, 1500, None)]
    assert counted == ["0 customers", "1 customer", "2 customers", "1,500 customers", f"{DASH} customers"]


def test_a_number_has_about_three_digits() -> None:
    n = Numbers("€", "en_GB")
    figures = [0, 0.004, 1.236, 9.99, 10, 12.34, 99.96, 100, 100.4, -12.34, -100, 12345.6]
    written = ["0", "0", "1.24", "9.99", "10", "12.3", "100", "100", "100", "-12.3", "-100", "12,346"]
    assert [n.in_unit(figure, "count") for figure in figures] == written
    amounts = [0, 0.5, 12.34, 99.99, 100, 100.4, -99.5, -100.4]
    assert [n.money(a) for a in amounts] == ["€0.00", "€0.50", "€12.34", "€99.99", "€100", "€100", "-€99.50", "-€100"]
    assert [n.share(s) for s in (0, 0.0004, 0.1234, 1, -0.0166)] == ["0.0%", "0.0%", "12.3%", "100.0%", "-1.7%"]
    assert [n.share(s, 0) for s in (0.1234, 1)] == ["12%", "100%"]


def test_charts_get_columns_not_rows() -> None:
    rows: Rows = [{"a": 1, "b": "a long text"}, {"a": None, "b": "other"}, *3 * [{"a": 3, "b": "a long text"}]]
    assert packed(rows, "a") == [1, None, 3, 3, 3]
    assert packed(rows, "b") == {"of": ["a long text", "other"], "at": [0, 1, 0, 0, 0]}


def test_what_all_layers_draw_alike_is_said_once() -> None:
    chart = {"layer": [{"encoding": {"x": 1, "y": 2}}, {"mark": "text", "encoding": {"x": 1, "y": 3}}], "width": 4}
    assert shared(chart) == {
        "layer": [{"encoding": {"y": 2}}, {"mark": "text", "encoding": {"y": 3}}],
        "width": 4,
        "encoding": {"x": 1},
    }
    assert shared({"layer": [{"encoding": {"x": 1}}, {"mark": "rule"}]})["layer"][0] == {"encoding": {"x": 1}}


def test_what_is_json_for_a_script() -> None:
    assert json.loads(script_json({"</script>": "<!--"})) == {"</script>": "<!--"}
    assert "<" not in script_json({"</script>": "<!--"})
    with pytest.raises(ValueError, match="Out of range"):
        script_json(float("nan"))


def tables_of(query: str) -> set[str]:
    return set(re.findall(r"(?<!distinct )\b(?:from|join)\s+([a-z_0-9]+)", query)) - set(
        re.findall(r"([a-z_0-9]+) as \(", query)
    )


def test_the_exposure_of_the_report_names_what_it_reads() -> None:
    exposures = yaml.safe_load((ROOT / "models" / "exposures.yml").read_text(encoding="utf-8"))["exposures"]
    (exposure,) = [e for e in exposures if e["name"] == "report"]
    declared = set(re.findall(r"ref\('(\w+)'\)", " ".join(exposure["depends_on"])))
    queries = [query for path in FOLDER.rglob("*.sql") for query in read_queries(path).values()]
    assert declared == set().union(*map(tables_of, queries))


def test_the_exposure_of_the_exports_names_every_exported_mart(sample: Warehouse) -> None:
    exposures = yaml.safe_load((ROOT / "models" / "exposures.yml").read_text(encoding="utf-8"))["exposures"]
    (exposure,) = [e for e in exposures if e["name"] == "exports"]
    marts = {row[0] for row in sample.rows("select distinct table_name from data_dictionary where is_exported")}
    assert set(re.findall(r"ref\('(\w+)'\)", " ".join(exposure["depends_on"]))) == marts


def palettes() -> dict[str, dict[str, str]]:
    """The colours of page.css, by scheme."""
    css = (FOLDER / "page" / "page.css").read_text(encoding="utf-8")
    light, dark = css.split("@media screen and (prefers-color-scheme: dark)", 1)
    found = {
        name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part)) for name, part in (("light", light), ("dark", dark))
    }
    return {"light": found["light"], "dark": found["light"] | found["dark"]}


def linear(colour: str) -> list[float]:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def contrast(a: str, b: str) -> float:
    """The contrast ratio of WCAG 2."""
    light = sorted(sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear(x), strict=True)) for x in (a, b))
    return (light[1] + 0.05) / (light[0] + 0.05)


def test_segments_with_any_numbers_have_colours_of_their_own(changed: Callable[..., str], sample: Warehouse) -> None:
    """Numbers grow with re-fits: 1, 11, 12 and 37 may stand side by side, in charts, legends, tables and the form."""
    new_numbers = {1: 1, 2: 11, 3: 12, 4: 37}
    tables = sample.rows("""
        select table_name from information_schema.columns inner join information_schema.tables using (table_name)
        where table_type = 'BASE TABLE' group by all
        having 'study' in list(column_name) and 'segment' in list(column_name)
    """)
    new = f"map({list(new_numbers)}, {list(new_numbers.values())})"
    page = changed(
        *(f"update {table} set segment = {new}[segment] where study = 'card_usage'" for (table,) in tables),
        f"update segment_models set segment_numbers = list_transform(segment_numbers, lambda n: {new}[n]) "
        "where study = 'card_usage'",
        *(
            f"update segment_migration set {end} = {new}[{end}] where study = 'card_usage' and {end} > 0"
            for end in ("from_segment", "to_segment")
        ),
    )
    scales = re.findall(r'"scale":{"domain":\[1,11,12,37\],"range":(\[.*?\])', page)
    assert len(scales) > 8
    assert set(scales) == {str([f"var(--segment-{n})" for n in (1, 2, 3, 4)]).replace("'", '"').replace(" ", "")}
    badges = re.findall(r'<span class="number s(\d+)">(\d+)</span>', page)
    assert {(int(colour), int(number)) for colour, number in badges if int(number) > 10} == {(2, 11), (3, 12), (4, 37)}
    (models,) = re.findall(r'id="form-models">(.*?)</script>', page)
    (model,) = [m for m in json.loads(models) if m["study"] == "card_usage"]
    assert [(p["segment"], p["colour"]) for p in model["personas"]] == [(1, 1), (11, 2), (12, 3), (37, 4)]


def test_there_is_a_colour_for_every_segment_that_a_study_can_have() -> None:
    macros = (ROOT / "macros" / "studies" / "studies.sql").read_text(encoding="utf-8")
    ((most,),) = (re.findall(r"macro max_segments\(\) %}{{ return\((\d+)\) }}", macros),)
    css = (FOLDER / "page" / "page.css").read_text(encoding="utf-8")
    assert len(SEGMENT_COLOURS) == len(set(SEGMENT_COLOURS)) >= int(most)
    for number, colour in enumerate(SEGMENT_COLOURS, start=1):
        assert colour == f"var(--segment-{number})"
        assert f".s{number} {{ background: {colour};" in css


def test_the_tile_says_which_way_whose_spend_went(page: str, changed: Callable[..., str], sample: Warehouse) -> None:
    columns = "everybodys_spend_change, customers_spend_change, left_customers, joined_customers"
    everybody, todays, left, joined = sample.rows(
        f"select {columns} from portfolio_kpis order by as_of_date desc limit 1"
    )[0]
    assert everybody * todays < 0  # the sample bank: those who left had spent more than those who joined do
    other = changed(
        f"update portfolio_kpis set everybodys_spend_change = {-everybody}, customers_spend_change = {-todays}"
    )
    words = {True: "fell by", False: "grew by"}
    for html_page, sign in ((page, 1), (other, -1)):
        assert (
            f"everybody's card spend {words[sign * everybody < 0]} {100 * abs(everybody):.1f}% in 3 months, that of "
            f"today's customers {words[sign * todays < 0]} {100 * abs(todays):.1f}%; since 31 March 2025 {left} "
            f"customers left and {joined} joined"
        ) in text_of(html_page)


def what_became(sample: Warehouse, condition: str) -> str:
    """The latest tests of a flag in words."""
    tests = sample.rows(f"""
        select outcome, came_true, flagged, 100 * came_true_share, 100 * others_came_true_share,
        lift, lift_lower, lift_upper
        from flag_backtests where {condition} and horizon = 1 and to_date = '2025-06-30' order by outcome desc
    """)
    n = Numbers("€", "en_GB")
    return "; ".join(
        f"{outcome} by 30 June 2025: {came_true} of {flagged} flagged ({of_them:.1f}%), "
        f"{of_others:.1f}% of the others, lift {n.number(lift, 2)} ({n.number(lower, 2)} to {n.number(upper, 2)}"
        f"{': may be chance' if lower <= 1 <= upper else ''})"
        for outcome, came_true, flagged, of_them, of_others, lift, lower, upper in tests
    )


def test_a_flag_stands_beside_what_became_of_it(page: str, changed: Callable[..., str], sample: Warehouse) -> None:
    text = text_of(page)
    studies = sample.value("select count(distinct study) from segment_personas")
    fell = what_became(sample, "flag = 'spend_fell' and outcome = 'left'")
    assert text.count(f"who spent before; {fell} Card spend, change") == 1
    assert text.count(f"Share of those who spent before, {fell} ") == studies
    risk = what_became(sample, "flag = 'risk_level high'")
    assert risk.count("lift") == 2
    assert text.count(f"of the customers with a score; {risk} High digital adoption") == 1
    assert text.count(f"Customers by credit score band. High credit risk (a low score), {risk}.") == studies
    for study, persona in sample.rows("select study, persona from segment_personas where theme = 'protect'"):
        tested = what_became(sample, f"flag = 'theme protect' and study = '{study}'")
        assert f"· protect Customers to protect: {tested}." in text, (study, persona)
    untested = text_of(changed("delete from flag_backtests"))
    assert "of the customers with a score; not yet tested" in untested
    assert "Customers to protect: not yet tested." in untested
    assert "lift 0" not in untested


def test_nothing_says_risk_far_from_its_test(page: str, changed: Callable[..., str]) -> None:
    """Risk management is the name of an area of advice; what it says of credit stands under the test."""
    for other, words in ((page, " flagged ("), (changed("delete from flag_backtests"), "not yet tested")):
        for section in re.findall(r"(?s)<section.*?</section>", other):
            text = text_of(section).replace("Risk management", "")
            for found in re.finditer(r"(?i)\brisk|· protect", text):
                assert words in text[max(0, found.start() - 1500) : found.end() + 1500], text[found.start() - 80 :][
                    :160
                ]
        advice = re.findall(
            r'(?s)<h4>Advice about credit</h4>\s*<p class="note">High credit risk \(a low score\), (.*?)</p>', other
        )
        assert advice
        assert all(words in said for said in advice)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_segments_stand_out_from_the_paper_and_their_numbers_from_them(scheme: str) -> None:
    colours = palettes()[scheme]
    for number in range(1, 11):
        segment = colours[f"segment-{number}"]
        ink = "#12161c" if number in (4, 6) else colours["number-ink"]
        assert contrast(segment, colours["panel"]) >= 3, number
        assert contrast(segment, ink) >= 4.5, number
    for name in ("soft", "accent", "warning", "holds"):
        assert contrast(colours[name], colours["paper"]) >= 4.5, name


# Machado, Oliveira and Fernandes (2009), severity 1: what people without red, green or blue cones see.
CONES = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lab(rgb: list[float]) -> tuple[float, float, float]:
    """CIELAB of linear sRGB."""
    matrix = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    white = (0.9505, 1.0, 1.089)
    x, y, z = (
        (lambda t: t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116)(
            max(0.0, sum(m * c for m, c in zip(row, rgb, strict=True)) / w)
        )
        for row, w in zip(matrix, white, strict=True)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(a: str, b: str, cones: list[list[float]]) -> float:
    """The distance of two colours in CIELAB as somebody with these cones sees them (2 is just visible)."""

    def seen(colour: str) -> Any:
        rgb = linear(colour)
        return lab([sum(m * c for m, c in zip(row, rgb, strict=True)) for row in cones])

    return float(sum((p - q) ** 2 for p, q in zip(seen(a), seen(b), strict=True)) ** 0.5)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("sight", CONES)
def test_segments_differ_for_colour_blind_people(scheme: str, sight: str) -> None:
    colours = palettes()[scheme]
    pairs = combinations(range(1, 11), 2)
    nearest = {(a, b): difference(colours[f"segment-{a}"], colours[f"segment-{b}"], CONES[sight]) for a, b in pairs}
    worst = min(nearest, key=lambda pair: nearest[pair])
    assert nearest[worst] >= 12, (worst, nearest[worst])


def test_limits_are_those_of_the_vars(changed: Callable[..., str]) -> None:
    page = changed("update report_settings set fairness_ratio = 0.75, border_margin = 0.25")
    assert "dashed: 0.75 and its inverse" in text_of(page)
    assert '"datum":0.75' in page.replace(" ", "")
    assert '"datum":1.333' in page.replace(" ", "")
    (settings,) = re.findall(r'id="settings">(.*?)</script>', page)
    assert json.loads(settings)["borderMargin"] == 0.25
