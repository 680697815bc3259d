"""The report in a real browser: charts, keyboard, form, print, widths, screen readers."""

import math
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Warehouse, rendered
from playwright.sync_api import Browser, Dialog, Page
from test_report import NASTY

from report.browser import choose, chromium_path, open_browser, open_report
from report.render import SECTIONS

STUDIES = ["card_usage", "card_offers", "relationship", "demographic", "behavioral", "combined", "wealth"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if chromium_path() is None:
        if os.environ.get("CI"):
            pytest.fail("there is no Chromium, and CI must have one (.ci/run installs it)")
        pytest.skip("there is no Chromium or Chrome on this machine")
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def report(sample_page: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(sample_page, encoding="utf-8")
    return path


class Watched:
    """A page and whatever it said or asked for."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", self._dismiss)
        page.on("request", lambda request: self.asked.append(request.url))

    def _dismiss(self, dialog: Dialog) -> None:
        self.said.append(dialog.message)
        dialog.dismiss()


@pytest.fixture(scope="module")
def watched(browser: Browser, report: Path) -> Iterator[Watched]:
    """The report at 1280 pixels, light; tests may choose a study but leave it otherwise as it is."""
    seen = Watched(browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light"))
    open_report(seen.page, report)
    yield seen
    seen.page.close()


@pytest.fixture
def page(watched: Watched) -> Page:
    return watched.page


@pytest.fixture(scope="module")
def phone(browser: Browser, report: Path) -> Iterator[Page]:
    """The report opened at 390 pixels; tests may make it wider."""
    opened = browser.new_page(viewport={"width": 390, "height": 900})
    open_report(opened, report)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def other(browser: Browser, sample: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A report of other marts: names with markup, another locale, no mark for a number of segments."""
    folder = tmp_path_factory.mktemp("other")
    changed = sample.copy(folder)
    with duckdb.connect(str(changed.path)) as con:
        for table in ("segment_personas", "segment_profiles", "segment_scatter", "segment_kpis", "spending_by_segment"):
            con.execute(f"update {table} set persona = ? where study = 'card_usage' and segment = 1", [NASTY])
        con.execute("update spending_by_segment set category = ? where category = 'fuel'", [NASTY])
        con.execute("update k_selection set is_rule_choice = false, is_elbow = false")
        con.execute("update report_settings set locale = 'de_DE'")
    path = folder / "report.html"
    path.write_text(rendered(changed.path), encoding="utf-8")
    seen = Watched(browser.new_page())
    open_report(seen.page, path)
    yield seen
    seen.page.close()


def test_every_chart_has_marks(page: Page) -> None:
    marks = page.eval_on_selector_all(
        "figure.chart",
        "all => all.map(f => [f.querySelector('h4').textContent, f.querySelectorAll("
        "'.mark-rect path, .mark-symbol path, .mark-line path, .mark-area path, .mark-rule line').length])",
    )
    assert len(marks) > 100
    assert [title for title, number in marks if not number] == []


def test_it_says_nothing_and_asks_for_nothing(watched: Watched, report: Path) -> None:
    assert watched.said == []
    assert watched.asked == [report.resolve().as_uri()]


def test_the_policy_stops_what_is_not_in_it(browser: Browser, report: Path) -> None:
    seen = Watched(browser.new_page())
    seen.page.goto(report.resolve().as_uri())
    seen.page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "document.title = 'taken over'";
        document.body.append(script);
    }""")
    assert seen.page.title() == "Customer segments"
    assert len([text for text in seen.said if "Content Security Policy" in text]) == 1
    seen.page.evaluate("() => fetch('https://example.com').catch(() => null)")
    assert len([text for text in seen.said if "Content Security Policy" in text]) > 1
    seen.page.close()


def test_one_study_is_shown_at_a_time(page: Page, sample: Warehouse) -> None:
    for study in STUDIES[::-1]:
        choose(page, study)
        shown = page.locator("#overview .study:visible")
        assert shown.evaluate_all("all => all.map(x => x.dataset.study)") == [study]
        personas = [
            row[0]
            for row in sample.rows(f"select persona from segment_personas where study = '{study}' order by segment")
        ]
        titles = page.locator("#overview .card:visible h4").all_inner_texts()
        assert [title.split(maxsplit=1)[1] for title in titles] == personas


def test_the_study_can_be_chosen_with_the_keyboard(page: Page) -> None:
    choose(page, "card_usage")
    page.locator("#studies input:checked").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#studies input:checked").get_attribute("value") == "card_offers"
    assert page.locator("#overview .study:visible h3").inner_text().startswith("Card offers")


def numbers_in(page: Page, figure: int) -> list[int]:
    """The numbers of customers in the matrix of a study's history, row by row."""
    texts = page.locator("#history .study:visible figure[data-kind=dated]").nth(figure)
    found = texts.locator(".mark-text").first.locator("text").all_text_contents()
    return sorted(int(text.replace(",", "")) for text in found if text)


def test_an_earlier_date_can_be_chosen(watched: Watched, sample: Warehouse) -> None:
    """Words, tables and charts follow; at the first date there is nothing to compare with."""
    page = watched.page
    choose(page, "wealth")
    history = page.locator("#history .study:visible")
    for day, shown in (
        ("2025-03-31", "31 March 2025"),
        ("2024-12-31", "31 December 2024"),
        ("2025-06-30", "30 June 2025"),
    ):
        history.locator(f".dates input[value='{day}']").check()
        page.wait_for_timeout(400)
        (words,) = history.locator(".moved:visible").all_inner_texts()
        captions = history.locator("table:visible caption").all_inner_texts()
        assert shown in words
        assert captions[0].startswith(f"The segments at {shown}")
        assert history.locator(f"text=Nothing needs a look at {shown}.").count() == 1
        charts = history.locator("figure:visible h4").all_inner_texts()
        moved = sample.rows(
            "select customers from segment_migration where is_consecutive and study = 'wealth' and customers > 0 "
            f"and to_date = '{day}' order by customers"
        )
        assert len(charts) == (4 if moved else 2)
        if moved:
            assert numbers_in(page, 1) == [customers for (customers,) in moved]
            bands = history.locator("figure[data-kind=dated]").first.locator(".mark-area path")
            assert bands.count() == len(moved)
            widths = history.locator("figure[data-kind=dated] svg").evaluate_all("all => all.map(x => x.clientWidth)")
            assert min(widths) > 300
    assert watched.said == []


def test_a_date_can_be_chosen_with_the_keyboard(page: Page) -> None:
    choose(page, "card_usage")
    history = page.locator("#history .study:visible")
    history.locator(".dates input:checked").focus()
    page.keyboard.press("ArrowLeft")
    assert history.locator(".moved:visible").inner_text().startswith("From 31 December 2024 to 31 March 2025")
    page.keyboard.press("ArrowRight")
    assert history.locator(".moved:visible").inner_text().startswith("From 31 March 2025 to 30 June 2025")


def test_print_says_which_date_it_shows(page: Page) -> None:
    page.emulate_media(media="print")
    chooser = page.locator(".dates:visible").count()
    words = page.locator(".moved:visible").all_inner_texts()
    page.emulate_media(media="screen")
    assert chooser == 0
    assert len(words) == len(STUDIES)
    assert all("to 30 June 2025" in text for text in words)


def test_the_legend_shows_and_hides_segments(page: Page, sample: Warehouse) -> None:
    choose(page, "card_usage")
    drawn = dict(
        sample.rows("""
        select segment, count(*) from segment_scatter where study = 'card_usage'
        and as_of_date = (select max(as_of_date) from segment_scatter) group by segment
    """)
    )
    points = page.locator("#segments .study:visible figure[data-kind=scatter] .mark-symbol path")
    assert points.count() == sum(drawn.values())
    button = page.locator("#segments .study:visible .legend button").first
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(200)
    assert button.get_attribute("aria-pressed") == "false"
    assert points.count() == sum(drawn.values()) - drawn[1]
    button.click()
    page.wait_for_timeout(200)
    assert points.count() == sum(drawn.values())


FILL = """
([study, customers]) => {
  const form = document.querySelector(`form.where[data-study="${study}"]`);
  return customers.map((values) => {
    for (const input of form.querySelectorAll("input")) input.value = values[input.dataset.feature] ?? "";
    for (const select of form.querySelectorAll("select")) {
      const names = [...select.options].map((option) => option.value).filter((name) => name in values);
      const known = names.filter((name) => values[name] !== null);
      select.value = known.length ? names.find((name) => values[name] === 1) ?? "-" : "";
    }
    form.dispatchEvent(new Event("input"));
    const { segment, distance, margin } = form.querySelector("output").dataset;
    return [Number(segment), Number(distance), Number(margin)];
  });
}
"""


@pytest.mark.parametrize("study", STUDIES)
def test_the_form_finds_what_sql_finds(study: str, page: Page, sample: Warehouse) -> None:
    """200 customers of every study, those with missing values first."""
    names = [
        row[0]
        for row in sample.rows(
            f"select feature from feature_catalog where study = '{study}' and role = 'cluster' order by position"
        )
    ]
    rows = sample.rows(f"""
        select vectors.features, assigned.segment, assigned.distance, assigned.margin
        from feature_vectors as vectors
        inner join customer_segments as assigned using (study, customer_id, as_of_date)
        where study = '{study}'
        order by len(list_filter(vectors.features, lambda x: x is null)) desc, md5(customer_id), as_of_date
        limit 200
    """)
    assert len(rows) == 200
    found = page.evaluate(FILL, [study, [dict(zip(names, row[0], strict=True)) for row in rows]])
    for (_, *expected), actual in zip(rows, found, strict=True):
        assert actual[0] == expected[0]
        assert actual[1:] == pytest.approx(expected[1:], rel=1e-9, abs=1e-9)


WORDS = FILL.replace(
    'const { segment, distance, margin } = form.querySelector("output").dataset;\n'
    "    return [Number(segment), Number(distance), Number(margin)];",
    "const texts = (selector) => [...form.querySelectorAll(selector)].map((element) => element.textContent);"
    "return [texts('output *'), texts('.distances tbody tr'), texts('.pulls li')];",
)


@pytest.mark.parametrize("study", STUDIES)
def test_the_form_says_what_the_marts_say(study: str, page: Page, sample: Warehouse) -> None:
    """Of outliers, customers on both sides of the border, and others: every word of the answer."""
    names = [
        row[0]
        for row in sample.rows(
            f"select feature from feature_catalog where study = '{study}' and role = 'cluster' order by position"
        )
    ]
    ((personas, border),) = sample.rows(
        "select map(list(segment), list(persona)), (select border_margin from report_settings) "
        f"from segment_personas where study = '{study}'"
    )
    rows = sample.arrow(f"""
        with latest as (select max(as_of_date) as as_of_date from customer_segments where study = '{study}'),
        picked as (
            select *, row_number() over (
                partition by is_outlier, margin < {border} order by abs(margin - {border}), customer_id
            ) as place
            from customer_segments where study = '{study}' and as_of_date = (from latest)
        )
        select vectors.features, picked.*, reasons.* exclude (study, customer_id, as_of_date, segment, margin)
        from picked
        inner join feature_vectors as vectors using (study, customer_id, as_of_date)
        inner join customer_segment_reasons as reasons using (study, customer_id, as_of_date)
        where place <= 8 order by is_outlier, margin
    """).to_pylist()
    assert {(row["is_outlier"], row["margin"] < border) for row in rows} >= {
        (False, False),
        (False, True),
        (True, False),
    }
    found = page.evaluate(WORDS, [study, [dict(zip(names, row["features"], strict=True)) for row in rows]])
    for row, (answer, distances, pulls) in zip(rows, found, strict=True):
        second = row["runner_up_persona"]
        nearness = f"On the border with {second}" if row["margin"] < border else f"Next: {second}"
        expected = [row["persona"], f"{nearness}; margin {percent(row['margin'])}."]
        if row["is_outlier"]:
            expected.append("Farther from the centre of its segment than 99 % of the training sample: an outlier.")
        assert answer == expected
        listed = [re.fullmatch(r"(\d+) (.*?)([\d.,]+)", line) for line in distances]
        places = [(int(line[1]), line[2], float(line[3].replace(",", ""))) for line in listed if line]
        assert [place[:2] for place in places[:2]] == [
            (row["segment"], row["persona"]),
            (row["runner_up_segment"], second),
        ]
        assert {place[:2] for place in places} == set(personas.items() if isinstance(personas, dict) else personas)
        assert [place[2] for place in places] == sorted(place[2] for place in places)
        assert [place[2] for place in places[:2]] == pytest.approx(
            [row["distance"], row["runner_up_distance"]], abs=0.006
        )
        shares = [(row[f"reason_{n}_label"], row[f"reason_{n}_share"]) for n in (1, 2, 3) if row[f"reason_{n}_label"]]
        assert pulls == [f"{label}: {percent(share)} of what pulls toward this segment" for label, share in shares]


def percent(share: float) -> str:
    """In whole per cent; half a per cent counts as one, as in a browser."""
    return f"{math.floor(100 * share + 0.5 + 1e-9)}%"


def test_the_form_knows_the_border_of_the_var(browser: Browser, report: Path, tmp_path: Path) -> None:
    """What is between two segments with one border, is not with another."""
    html = report.read_text(encoding="utf-8")
    said = '"borderMargin":0.1'
    assert html.count(said) == 1
    words = []
    for border in (0, 1):
        path = tmp_path / f"{border}.html"
        path.write_text(html.replace(said, f'"borderMargin":{border}'), encoding="utf-8")
        page = browser.new_page()
        page.goto(path.resolve().as_uri())
        words.append(page.locator("form.where output p").first.text_content() or "")
        page.close()
    assert words[0].startswith("Next: ")
    assert words[1] == words[0].replace("Next: ", "On the border with ")


def test_a_customer_between_two_centres_and_one_in_a_centre(page: Page) -> None:
    """As in the warehouse, of equal distances the first centre's counts, and rounding makes nobody an outlier."""
    feature = {"label": "A", "fill": 0, "lower": None, "upper": None, "lambda": None, "mean": 0, "scale": 1}
    personas = [{"segment": 9, "persona": "P", "colour": 1}, {"segment": 2, "persona": "Q", "colour": 2}]
    model = {"outlier": 0, "centres": [[0], [2]], "personas": personas, "features": [feature]}
    place = "([model, value]) => segmentation.place(model, [value])"
    between, inside, near = (page.evaluate(place, [model, value]) for value in (1, 1e-12, 1e-6))
    assert [segment["segment"] for segment in between["ranked"]] == [9, 2]
    assert (between["margin"], between["outlier"]) == (0, True)
    assert (inside["outlier"], near["outlier"]) == (False, True)


def test_the_form_answers_while_one_types(page: Page, sample: Warehouse) -> None:
    choose(page, "card_usage")
    form = page.locator("form.where:visible")
    highest = sample.value("select max(purchases) from features_card_usage")
    for feature in ("purchases", "oneoff_purchases", "credit_limit", "payments"):
        form.locator(f"input[data-feature={feature}]").fill(str(highest))
    assert "High-Value Transactors" in form.locator("output").inner_text()
    assert form.locator(".distances tbody tr").count() == 4
    assert form.locator(".pulls li").count() == 3
    distances = [float(text) for text in form.locator(".distances td").all_inner_texts()]
    assert distances == sorted(distances)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(scheme: Any, page: Page) -> None:
    """In the dark only colours are other ones."""
    page.emulate_media(color_scheme=scheme)
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    options |= {"runOnly": ["color-contrast"]} if scheme == "dark" else {}
    violations: list[Any] = []
    for study in ("behavioral", "demographic"):
        choose(page, study)
        violations += Axe().run(page, options=options).response["violations"]
    page.emulate_media(color_scheme="light")
    serious = [
        (v["id"], node["html"][:200], node["any"][0]["message"] if node["any"] else "")
        for v in violations
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"][:3]
    ]
    assert serious == []


@pytest.mark.parametrize("width", [390, 820, 1280])
def test_nothing_is_wider_than_the_window(width: int, page: Page, phone: Page) -> None:
    """Opened at the least and the largest width; between them as whoever turns a tablet sees it."""
    if width == 820:
        phone.set_viewport_size({"width": width, "height": 900})
        phone.wait_for_timeout(1500)
    if width != 1280:
        page = phone
    for study in ("card_usage", "behavioral"):
        choose(page, study)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    wide = page.eval_on_selector_all(
        "figure.chart", "all => all.filter(f => f.querySelector('svg').clientWidth > f.clientWidth).length"
    )
    assert wide == 0


def test_the_small_charts_follow_the_width(phone: Page) -> None:
    figure = phone.locator("figure[data-kind=multiples]").first
    for width, columns in ((1280, "4"), (390, "1")):
        phone.set_viewport_size({"width": width, "height": 900})
        phone.wait_for_timeout(1500)
        assert figure.get_attribute("data-columns") == columns


def test_print_shows_all_studies_and_no_form(page: Page) -> None:
    page.emulate_media(media="print")
    shown = page.locator("#overview .study:visible").count()
    form, links = page.locator("#form:visible").count(), page.locator("nav:visible").count()
    page.emulate_media(media="screen")
    assert (shown, form, links) == (len(STUDIES), 0, 0)


def test_markup_in_names_is_shown_as_text(other: Watched) -> None:
    assert other.said == []
    assert other.page.locator("#overview .card:visible h4").first.inner_text().split(maxsplit=1)[1] == NASTY
    assert other.page.locator("main img").count() == 0
    other.page.locator("#segments .study:visible figure[data-kind=scatter] .mark-symbol path").first.hover()
    other.page.wait_for_selector("#vg-tooltip-element.visible")
    assert other.page.locator("#vg-tooltip-element img").count() == 0
    assert other.said == []


def test_charts_write_numbers_in_the_locale(sample: Warehouse, other: Watched) -> None:
    texts = other.page.locator("#business .study:visible figure").first.locator("svg text").all_text_contents()
    value = sample.value("""
        select clv_mean from segment_kpis where study = 'card_usage' and segment = 1
        and as_of_date = (select max(as_of_date) from segment_kpis)
    """)
    assert f"{value:,.0f}\xa0€".replace(",", ".") in texts


def test_the_navigation_leads_to_every_section(page: Page) -> None:
    targets = page.eval_on_selector_all("nav a", "all => all.map(a => a.getAttribute('href'))")
    assert targets == [f"#{section.name}" for section in SECTIONS]
    for target in targets:
        assert page.locator(target).count() == 1
