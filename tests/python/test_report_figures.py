"""Every chart and table of the report, on the sample bank, against queries on the marts that are written here anew."""

import html
import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from conftest import Warehouse
from test_report import what_became

from report.charts.business import risk_bands
from report.charts.drawing import as_json
from report.numbers import Numbers

N = Numbers("€", "en_GB")
LATEST = "(study, as_of_date) in (select study, max(as_of_date) from customer_segments group by study)"
DAY = "date_diff('day', date '1970-01-01', as_of_date)"
# the dates that can be chosen: of seven studies the newest three of each, which are those of the bank
CHOSEN = "as_of_date in (select distinct as_of_date from study_dates where is_complete order by all desc limit 3)"
# from date to date, counted anew from the customers; 0 is no customer
WAYS = """
with dates as (
    select study, as_of_date, lag(as_of_date) over (partition by study order by as_of_date) as before
    from (select distinct study, as_of_date from customer_segments)
),
people as (
    select study, customer_id, as_of_date, segment as to_segment, 0 as from_segment
    from customer_segments inner join dates using (study, as_of_date) where before is not null
    union all
    select dates.study, customer_id, dates.as_of_date, 0, segment
    from customer_segments as c inner join dates on c.study = dates.study and c.as_of_date = dates.before
),
ways as (
    select study, as_of_date, from_segment, to_segment, count(*) as customers
    from (
        select study, customer_id, as_of_date, max(from_segment) as from_segment, max(to_segment) as to_segment
        from people group by all
    ) group by all
)
"""
# title: the fields that a channel draws, and a query with the study and columns of the chart
CHARTS: dict[str, tuple[dict[str, str], str]] = {
    "How large the segments are": (
        {"x": "customers", "y": "segment", "text": "customers", "color": "segment"},
        f"select study, segment, persona, count(*) as customers from customer_segments where {LATEST} group by all",
    ),
    "Customers on two principal components": (
        {"x": "component_1", "y": "component_2", "color": "segment"},
        f"""select study, segment, round(component_1, 2) as component_1, round(component_2, 2) as component_2
        from segment_scatter where {LATEST}""",
    ),
    "Inertia by number of segments": (
        {"x": "segments", "y": "inertia"},
        """select k.study, k.segments, k.inertia, k.is_elbow, k.segments = len(m.centres) as is_in_force
        from k_selection as k inner join segment_models as m using (study, model_version)""",
    ),
    "Silhouette by number of segments": (
        {"x": "segments", "y": "null_silhouette silhouette"},
        """select k.study, k.segments, k.silhouette, k.null_silhouette, k.stability, k.is_rule_choice,
        k.segments = len(m.centres) as is_in_force
        from k_selection as k inner join segment_models as m using (study, model_version)
        where k.silhouette is not null""",
    ),
    "What sets the segments apart": (
        {"x": "segment", "y": "label", "text": "z_score", "color": "z_score"},
        f"""select study, segment, persona, label, position as place, z_score
        from segment_profiles inner join feature_catalog using (study, feature, label)
        where {LATEST} and z_score is not null""",
    ),
    "Distribution of each feature by segment": (
        {"x": "median p5 q1", "x2": "p95 q3", "y": "segment", "color": "segment"},
        f"""with flags as (
            select study, feature from feature_values where {LATEST}
            group by all having bool_and(value in (0, 1)) and count(distinct value) = 2
        )
        select study, segment, persona, label || if(is_flag, ' (share)', '') as header, position as place,
        if(is_flag, 0, p5) as p5, if(is_flag, 0, q1) as q1, if(is_flag, mean, median) as median,
        if(is_flag, mean, q3) as q3, if(is_flag, mean, p95) as p95
        from (select *, (study, feature) in (from flags) as is_flag from segment_profiles where {LATEST})
        inner join feature_catalog using (study, feature, label)""",
    ),
    "CLV proxy a customer": (
        {"x": "clv_mean", "y": "segment", "text": "clv_mean", "color": "segment"},
        f"select study, segment, persona, clv_mean from segment_kpis where {LATEST} and clv_mean is not null",
    ),
    "Credit risk": (
        {"x": "share_of_segment", "y": "segment", "color": "credit_score_band", "order": "band_position"},
        f"""select study, segment, persona, credit_score_band, band_position, share_of_segment
        from credit_risk_distribution where {LATEST}""",
    ),
    "Card revenue by source": (
        {"x": "amount", "y": "segment", "color": "source", "order": "place"},
        f"""unpivot (
            select study, segment, persona, interest_total as Interest, interchange_total as Interchange,
            cash_advance_fees_total as "Cash-advance fees"
            from segment_kpis where {LATEST} and customers_with_card > 0
        ) on Interest, Interchange, "Cash-advance fees" into name source value amount""",
    ),
    "Digital adoption": (
        {"x": "digital_share", "y": "segment", "text": "digital_share", "color": "segment"},
        f"select study, segment, persona, digital_share from segment_kpis where {LATEST} and digital_share is not null",
    ),
    "Card spend fell by half or more": (
        {"x": "spend_fell_share", "y": "segment", "text": "spend_fell_share", "color": "segment"},
        f"""select study, segment, persona, spend_fell_share from segment_kpis
        where {LATEST} and spend_fell_share is not null""",
    ),
    "Spending by category": (
        {"x": "segment", "y": "category", "text": "spend_per_customer", "color": "affinity_log2"},
        f"""select study, segment, persona, category, spend_per_customer, share_of_segment, affinity,
        if(affinity > 0, round(ln(affinity) / ln(2), 3), affinity - 9) as affinity_log2
        from spending_by_segment where {LATEST}""",
    ),
    "Does the recipe matter?": (
        {"x": "label_b", "y": "label_a", "text": "agreement", "color": "agreement"},
        """select study, label_a, label_b, agreement from recipe_agreement where agreement is not null
        union all by name
        select study, label_a as label_b, label_b as label_a, agreement from recipe_agreement
        where agreement is not null""",
    ),
    "Does one feature decide?": (
        {"x": "change", "y": "label"},
        """select study, label, place, agreement, round(1 - agreement, 4) as change from feature_sensitivity
        where agreement is not null""",
    ),
    "Who is in a segment more, or less, often than everybody?": (
        {"x": "shown shown_lower", "x2": "shown_upper", "y": "segment", "color": "segment", "fill": "segment"},
        f"""select study, segment, persona, attribute || ': ' || group_name as header,
        round(segment_share, 4) as segment_share, round(population_share, 4) as population_share,
        round(ratio, 4) as ratio, round(ratio_lower, 4) as ratio_lower, round(ratio_upper, 4) as ratio_upper, is_flagged
        from segment_fairness where {LATEST} and ratio is not null""",
    ),
    "Segment sizes over time": (
        {"x": "day", "y": "customers", "color": "segment"},
        f"""select study, segment, persona, {DAY} as day, count(*) as customers,
        round(count(*) / sum(count(*)) over (partition by study, as_of_date), 4) as share
        from customer_segments group by study, segment, persona, as_of_date""",
    ),
    "Key figures of the segments by date": (
        {"x": "day", "y": "value", "color": "segment"},
        f"""select * replace (round(value, 4) as value) from (unpivot (
            select study, segment, persona, {DAY} as day, clv_mean as "CLV proxy a customer",
            card_revenue_mean as "Card revenue a customer and year", credit_score_mean as "Credit score, mean",
            digital_share as "High digital adoption (share)", high_support_share as "High support load (share)",
            spend_fell_share as "Card spend fell (share)" from segment_kpis
        ) on columns(* exclude (study, segment, persona, day)) into name header value value)""",
    ),
    "Who went where since the date before": (
        {
            "x": "x beside",
            "x2": "x2",
            "y": "low middle",
            "y2": "high",
            "color": "from_segment node",
            "detail": "to_segment",
            "text": "name",
        },
        f"{WAYS} select study, as_of_date::varchar as at, from_segment, to_segment, customers from ways where {CHOSEN}",
    ),
    "How many moved from which segment to which since the date before": (
        {"x": "to_segment", "y": "from_segment", "fillOpacity": "moved", "text": "number second"},
        f"""select study, as_of_date::varchar as at, from_segment, to_segment, customers,
        round(share_of_from, 4) as share, expected_customers as expected
        from (select *, to_date as as_of_date from segment_migration where is_consecutive)
        where {CHOSEN}""",
    ),
    "Histograms": (
        {"x": "bin", "y": "share"},
        f"""select study, position as place, bin, bin_label, round(share, 4) as share, customers
        from feature_histograms inner join feature_catalog using (study, feature) where {LATEST}""",
    ),
    "Correlations": (
        {"x": "label_b", "y": "label_a", "color": "spearman"},
        f"""select study, label_a, label_b, position_a, position_b,
        round(pearson, 3) as pearson, round(spearman, 3) as spearman from feature_correlations where {LATEST}""",
    ),
}
Chart = dict[str, Any]
Charts = dict[tuple[str | None, str], Chart]


@pytest.fixture(scope="module")
def charts(sample_page: str) -> Charts:
    """The charts by study and title; those across studies have None as their study."""
    found = {}
    for figure in re.findall(r'(?s)<figure class="chart.*?</figure>', sample_page):
        ((title, script),) = re.findall(r'(?s)<h4>(.*?)</h4>.*<script type="application/json">(.*?)</script>', figure)
        study = re.search(r'data-of="(\w+)"', figure)
        found[study[1] if study else None, html.unescape(title)] = json.loads(script)
    return found


def rows_of(chart: Chart) -> list[dict[str, Any]]:
    """The rows of a chart; its texts stand once each in `of`, with the places in `at`."""
    columns = chart["datasets"]["rows"]
    lists = [[c["of"][i] for i in c["at"]] if isinstance(c, dict) else c for c in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]


def drawn(spec: Any) -> set[tuple[str, str]]:
    """Every channel of a chart with the field that it draws."""
    channels = [pair for encoding in parts_of(spec, "encoding") for pair in encoding.items()]
    return {(channel, e["field"]) for channel, e in channels if isinstance(e, dict) and "field" in e}


def parts_of(spec: Any, key: str) -> list[Any]:
    """What stands under a key, anywhere in a chart."""
    inner = spec if isinstance(spec, list) else list(spec.values()) if isinstance(spec, dict) else []
    found = [spec[key]] if isinstance(spec, dict) and key in spec else []
    return found + [part for value in inner for part in parts_of(value, key)]


def assert_same(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    """The same rows in any order, in the columns of those that are expected."""
    ours = sorted(([row[name] for name in expected[0]] for row in found), key=str)
    theirs = sorted((list(row.values()) for row in expected), key=str)
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert a == pytest.approx(b, abs=1e-6)


def by_study(warehouse: Warehouse, query: str) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in warehouse.arrow(query).to_pylist():
        groups.setdefault(row.pop("study"), []).append(row)
    return groups


@pytest.mark.parametrize("title", CHARTS)
def test_a_chart_draws_what_the_marts_say(title: str, charts: Charts, sample: Warehouse) -> None:
    channels, query = CHARTS[title]
    expected = by_study(sample, query)
    assert {study for study, named in charts if named == title} == set(expected)
    for study, rows in expected.items():
        chart = charts[study, title]
        assert_same(rows_of(chart), rows)
        assert drawn(chart) == {(channel, field) for channel, fields in channels.items() for field in fields.split()}


def test_bands_lead_from_the_segment_before_to_the_one_after(charts: Charts) -> None:
    """Each end is a pile in the order of its segments, no customer last; who stayed is pale."""
    for (_, title), chart in charts.items():
        if title == "Who went where since the date before":
            stacks = [part for part in chart["transform"] if "stack" in part]
            assert [(t["stack"], t["as"], [f["field"] for f in t["sort"]]) for t in stacks] == [
                ("customers", ["a", "a2"], ["before", "after"]),
                ("customers", ["b", "b2"], ["after", "before"]),
            ]
            calculated = {t["as"]: t["calculate"] for t in parts_of(chart, "transform")[0] if "calculate" in t}
            assert calculated["before"] == "datum.from_segment || 1e6"
            assert calculated["after"] == "datum.to_segment || 1e6"
            assert chart["params"] == [{"name": "date", "value": "2025-06-30"}]
            stayed = [row["from_segment"] == row["to_segment"] for row in rows_of(chart)]
            assert stayed == sorted(stayed, reverse=True)
            pale = {"condition": {"test": "datum.from_segment == datum.to_segment", "value": 0.15}, "value": 0.75}
            assert chart["layer"][0]["encoding"]["opacity"] == pale


def test_what_is_far_beyond_the_frame_stands_at_it(charts: Charts) -> None:
    chart = charts["card_usage", "Who is in a segment more, or less, often than everybody?"]
    assert {t["as"]: t["calculate"] for t in chart["transform"]} == {
        "shown": "clamp(datum.ratio, 0.05, 20)",
        "shown_lower": "clamp(datum.ratio_lower, 0.05, 20)",
        "shown_upper": "clamp(datum.ratio_upper, 0.05, 20)",
    }


def test_silhouettes_stand_from_the_first_segment_down_the_best_customer_first(
    charts: Charts, sample: Warehouse
) -> None:
    piles = by_study(
        sample,
        "select study, segment, share, sum(share) over (partition by study order by segment) - share as above "
        "from segment_personas",
    )
    means = dict(sample.rows("select study, silhouette from segmentation_health where is_in_force"))
    for study, segments in piles.items():
        chart = charts[study, "Silhouettes of the customers of each segment"]
        area, mean, number = chart["layer"]
        assert area["encoding"]["y"]["scale"] == {"reverse": True}  # 0 is at the top
        assert [area["encoding"][c]["field"] for c in "xy"] == ["silhouette", "height"]
        assert mean["encoding"]["x"]["field"] == "mean_silhouette"
        assert number["encoding"]["text"]["field"] == "segment"
        assert {row["mean_silhouette"] for row in rows_of(chart)} == {means[study]}
        for pile in segments:
            rows = [row for row in rows_of(chart) if row["segment"] == pile["segment"]]
            values = sample.rows(
                "select share_below, round(silhouette, 3) from segment_silhouettes "
                f"where study = '{study}' and segment = {pile['segment']}"
            )
            expected = [(pile["above"] + (1 - below) * pile["share"], value) for below, value in values]
            found = [(row["height"], row["silhouette"]) for row in rows]
            np.testing.assert_allclose(sorted(found), sorted(expected), atol=1e-4)
            assert [value for _, value in sorted(found)] == sorted((value for _, value in found), reverse=True)


@pytest.mark.parametrize(
    ("title", "of_whom"),
    [
        ("Digital adoption", "Share of those with an app usage score"),
        ("Card spend fell by half or more", "Share of those who spent before"),
        ("Credit risk", "Share of the segment"),
    ],
)
def test_a_share_names_whom_it_is_a_share_of(title: str, of_whom: str, charts: Charts) -> None:
    drawn = [json.dumps(chart) for (_, named), chart in charts.items() if named == title]
    assert drawn
    shares = {share for chart in drawn for share in re.findall(r'"title": "(Share of [^"]*)"', chart)}
    assert shares == {of_whom}


def test_bands_are_stacked_from_risky_to_safe(charts: Charts, sample: Warehouse) -> None:
    positions = dict(sample.rows("select band, position from kpi_bands where kpi = 'credit_score'")) | {"unknown": 0}
    bounds = sample.rows("select position from kpi_bands where kpi = 'credit_score' order by lower_bound nulls first")
    assert [p for (p,) in bounds] == sorted(positions.values())[1:]
    for (_, title), chart in charts.items():
        if title == "Credit risk":
            scale = chart["encoding"]["color"]["scale"]
            assert scale["domain"] == sorted(scale["domain"], key=lambda band: positions[band])
            wanted = {
                band: "var(--quiet)" if band == "unknown" else f"var(--band-{positions[band]})" for band in positions
            }
            assert scale["range"] == [wanted[band] for band in scale["domain"]]


def test_bands_keep_their_order_where_the_first_segment_lacks_one() -> None:
    rows = [
        {"segment": 1, "persona": "A", "credit_score_band": "good", "band_position": 3, "share_of_segment": 1.0},
        {"segment": 2, "persona": "B", "credit_score_band": "poor", "band_position": 1, "share_of_segment": 1.0},
    ]
    chart = json.loads(as_json(risk_bands(rows)))
    assert chart["encoding"]["color"]["scale"] == {
        "domain": ["poor", "good"],
        "range": ["var(--band-1)", "var(--band-3)"],
    }


def test_what_is_marked_and_in_which_order(charts: Charts) -> None:
    """Filled is what is in force, or flagged; small charts follow the order of the catalogue."""
    for (_, title), chart in charts.items():
        conditions = {c["test"]: (c["value"], channel["value"]) for channel, c in conditions_of(chart)}
        if title == "Inertia by number of segments":
            assert conditions == {"datum.is_in_force": (1, 0), "datum.is_elbow": ("elbow", "")}
        if title == "Silhouette by number of segments":
            assert conditions == {"datum.is_in_force": (1, 0), "datum.is_rule_choice": ("the rule", "")}
        if title.startswith("Who is in a segment"):
            assert conditions == {"datum.is_flagged": (1, 0)}
        if "facet" in chart:
            assert chart["facet"]["sort"] == {"field": "place"}
        if title == "Correlations":
            assert [chart["encoding"][c]["sort"]["field"] for c in "xy"] == ["position_b", "position_a"]


def conditions_of(chart: Chart) -> list[tuple[Any, Any]]:
    channels = [channel for encoding in parts_of(chart, "encoding") for channel in encoding.values()]
    return [(c, c["condition"]) for c in channels if isinstance(c, dict) and "condition" in c]


def test_a_segment_has_one_colour_in_all_charts(charts: Charts) -> None:
    """By its place among the segments of the study, in the charts as in the legends."""
    seen = 0
    for (study, _), chart in charts.items():
        for colour in parts_of(chart, "color"):
            if isinstance(colour, dict) and colour.get("field") == "segment":
                scale = colour["scale"]
                assert scale["range"] == [f"var(--segment-{segment})" for segment in scale["domain"]], study
                seen += 1
    assert seen > 40


def test_means_and_ranges_in_words(charts: Charts, sample: Warehouse) -> None:
    profiles = by_study(
        sample, f"select study, segment, label, mean, unit from segment_profiles where {LATEST} and z_score is not null"
    )
    ranges = by_study(sample, f"select study, label, minimum, maximum, unit from feature_summary where {LATEST}")
    for study, rows in profiles.items():
        figures = {(row["segment"], row["label"]): N.in_unit(row["mean"], row["unit"]) for row in rows}
        found = rows_of(charts[study, "What sets the segments apart"])
        assert {(row["segment"], row["label"]): row["figure"] for row in found} == figures
        headers = {f"{row['label']}: {N.span(row['minimum'], row['maximum'], row['unit'])}" for row in ranges[study]}
        assert {row["header"] for row in rows_of(charts[study, "Histograms"])} == headers


def test_cells_of_two_studies(charts: Charts, sample: Warehouse) -> None:
    """Counted anew from the customers, at the latest date that both studies have."""
    titles = dict(sample.rows("select study, title from study_settings"))
    pairs = sample.rows("select distinct study_a, study_b from cross_segments")
    assert len(pairs) == sum(study is None for study, _ in charts)
    for a, b in pairs:
        counted = sample.arrow(f"""
            with latest as (
                select max(as_of_date) as as_of_date from customer_segments where study = '{a}'
                and as_of_date in (select as_of_date from customer_segments where study = '{b}')
            ),
            counted as (
                select a.segment as segment_a, b.segment as segment_b, count(*) as customers
                from customer_segments as a inner join customer_segments as b using (customer_id, as_of_date)
                where a.study = '{a}' and b.study = '{b}' and as_of_date = (from latest)
                group by all
            ),
            in_a as (
                select segment as segment_a, count(*) as all_a from customer_segments
                where study = '{a}' and as_of_date = (from latest) group by all
            )
            select segment_a, pa.persona as persona_a, segment_b, pb.persona as persona_b, counted.customers,
            round(counted.customers / all_a, 6) as share_of_a,
            counted.customers * sum(counted.customers) over () / sum(counted.customers) over (partition by segment_a)
            / sum(counted.customers) over (partition by segment_b) as lift
            from counted inner join in_a using (segment_a)
            inner join segment_personas as pa on pa.study = '{a}' and pa.segment = segment_a
            inner join segment_personas as pb on pb.study = '{b}' and pb.segment = segment_b
        """).to_pylist()
        chart = charts[None, f"{titles[a]} and {titles[b]}"]
        found = [row for row in rows_of(chart) if row["customers"]]
        assert all(row["lift"] == pytest.approx(2 ** row["lift_log2"], rel=1e-3) for row in found)
        assert all((row["lift"], row["lift_log2"]) == (0, -9) for row in rows_of(chart) if not row["customers"])
        assert_same(found, counted)
        assert drawn(chart) == {("x", "segment_b"), ("y", "segment_a"), ("text", "customers"), ("color", "lift_log2")}
        assert chart["encoding"]["x"]["title"] == f"Segment of {titles[b]}"


def text_of(part: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", re.sub("(?=</li>|</d[td]>)", " ", part)))).strip()


def cells(part: str) -> list[str]:
    return [text_of(cell) for cell in re.findall(r"(?s)<t[hd][^>]*>(.*?)</t[hd]>", part)]


@pytest.fixture(scope="module")
def tables(sample_page: str) -> dict[tuple[str | None, str], list[list[str]]]:
    """The bodies of the tables, cell by cell, by study (None: of all studies) and caption."""
    found = {}
    study = None
    block, table = (
        r'<div class="study" data-study="(\w+)">',
        r"<table[^>]*>\s*<caption>(.*?)</caption>.*?<tbody>(.*?)</tbody>",
    )
    for match in re.finditer(f"(?s){block}|{table}|</section>", sample_page):
        if match[2] is None:
            study = match[1]
        else:
            found[study, html.unescape(match[2])] = [cells(row) for row in re.findall(r"(?s)<tr>(.*?)</tr>", match[3])]
    return found


Write = Callable[[Any], str]
TEXT: Write = lambda value: N.missing if value is None else str(value)  # noqa: E731
YES_OR_NO: Write = lambda value: "yes" if value else "no"  # noqa: E731


def digits(number: int) -> Write:
    return lambda value: N.number(value, number)


def level(value: tuple[str | None, list[tuple[str, float]] | None]) -> str:
    word, parts = value
    return " ".join([TEXT(word), ", ".join(f"{band} {N.share(share, 0)}" for band, share in parts or [])]).strip()


def level_of(kpi: str) -> str:
    parts = f"""select list((band, share_of_known) order by band_position) from segment_bands as b
        where (b.study, b.segment, b.as_of_date) = (k.study, k.segment, k.as_of_date) and kpi = '{kpi}'
        and band <> 'unknown'"""
    return f"({kpi}, ({parts}))"


COUNT, MONEY, SHARE = digits(0), N.money, N.share
NAMED = "segment || ' ' || persona"
# caption: how each column is written, and a query with the study and the cells in the order of the table
TABLES: dict[str, tuple[list[Write], str]] = {
    "Key figures": (
        [TEXT, COUNT, MONEY, MONEY, MONEY, level, SHARE, level, level, MONEY, SHARE],
        f"""select study, {NAMED}, customers, clv_mean, clv_median, clv_total, {level_of("credit_score_level")},
        low_credit_score_share, {level_of("digital_adoption")}, {level_of("support_load")}, card_revenue_mean,
        customers_spend_change
        from segment_kpis as k where {LATEST} order by study, segment""",
    ),
    "Card spend of who stayed, left and joined since 31 March 2025": (
        [TEXT, lambda value: "" if value is None else N.number(value), MONEY, MONEY],
        """with latest as (from portfolio_kpis where as_of_date = (select max(as_of_date) from portfolio_kpis))
        select null, 'Stayed', stayed_customers, stayed_earlier_spend, stayed_recent_spend from latest
        union all select null, 'Left', left_customers, left_earlier_spend, left_recent_spend from latest
        union all select null, 'Joined', joined_customers, joined_earlier_spend, joined_recent_spend from latest
        union all select null, 'Customers at neither date', null, others_earlier_spend, others_recent_spend from latest
        union all select null, 'Everybody', null, everybodys_earlier_spend, everybodys_recent_spend from latest""",
    ),
    "Each recipe in its own space": (
        [TEXT, digits(3), digits(3), digits(3), digits(2), digits(2)],
        """select study, label || if(is_of_study, ' (the study''s)', ''), silhouette, null_silhouette, excess,
        stability, agreement from recipe_sensitivity order by study, is_of_study desc, recipe""",
    ),
    "Would another algorithm find other segments?": (
        [TEXT, COUNT, SHARE, digits(3), COUNT, digits(2), digits(2), digits(2)],
        """select study, label, segments_found, noise_share, silhouette, calinski_harabasz, davies_bouldin, agreement,
        seconds from algorithm_comparison order by study, agreement desc nulls last, label""",
    ),
    "The features": (
        [TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, digits(2), SHARE],
        f"""select study, label, (missing, missing_share), (minimum, unit), (median, unit), (mean, unit),
        (maximum, unit), skewness, outlier_share
        from feature_summary inner join feature_catalog using (study, feature, label, unit)
        where {LATEST} order by study, position""",
    ),
    "What drives each segment: shares in what sets it apart": (
        [TEXT, TEXT, TEXT, TEXT],
        f"""select study, {NAMED}, drivers[1], drivers[2], drivers[3] from (
            select study, segment, persona, list(
                label || ' ' || direction || ' (' || round(100 * share)::int || '%)'
                || if(is_protected, ' protected', '')
                order by position
            ) as drivers from segment_drivers group by all
        ) order by study, segment""",
    ),
    "What the names claim, and what is so": (
        [TEXT, TEXT, TEXT, TEXT, digits(2), lambda value: N.share(value, 0), YES_OR_NO],
        f"""select study, {NAMED}, label || ': ' || expected_level, (mean, unit), (population_mean, unit), z_score,
        percentile, holds from persona_claims inner join feature_catalog using (study, feature, label)
        where {LATEST} order by study, segment, label""",
    ),
}


def written(value: Any, write: Write) -> str:
    """A cell: a figure with its unit, a number with its share, a word with the shares of all, or as the column is."""
    if isinstance(value, tuple):
        figure, unit = value
        if isinstance(unit, list):
            return f"{TEXT(figure)} {', '.join(f'{band} {N.share(share, 0)}' for band, share in unit)}"
        if unit is None:
            return TEXT(figure)
        return f"{N.number(figure)} ({N.share(unit)})" if isinstance(unit, float) else N.in_unit(figure, unit)
    return write(value)


@pytest.mark.parametrize("caption", TABLES)
def test_a_table_says_what_the_marts_say(caption: str, tables: Any, sample: Warehouse) -> None:
    writes, query = TABLES[caption]
    expected: dict[str, list[list[str]]] = {}
    for study, *row in sample.rows(query):
        expected.setdefault(study, []).append([written(v, write) for v, write in zip(row, writes, strict=True)])
    assert {study for study, named in tables if named == caption} == set(expected)
    for study, rows in expected.items():
        assert tables[study, caption] == rows


def test_the_studies_and_what_the_rule_says(tables: Any, sample: Warehouse) -> None:
    expected = sample.rows("""
        select title, question, m.segments::varchar,
        case when not m.has_structure then 'No segments in these data' when rule.segments = m.segments then 'The same'
            else rule.segments || ' segments' end,
        concat(health.verdict, ' (' || health.caveat || ')')
        from study_settings inner join segment_models as m using (study)
        inner join segmentation_health as health using (study, model_version)
        left join k_selection as rule
            on rule.study = m.study and rule.model_version = m.model_version and rule.is_rule_choice
        order by position
    """)
    assert tables[None, "The studies"] == [list(row) for row in expected]


def test_the_extracts_and_why_rows_are_rejected(tables: Any, sample: Warehouse) -> None:
    reasons: dict[str, list[str]] = {}
    for extract, reason, rows in sample.rows(
        "select extract, rejection_reason, count(*) from rejected_rows group by all order by 3 desc, 2"
    ):
        reasons.setdefault(extract, []).append(f"{reason} ({rows:,})")
    expected = [
        [
            extract,
            f"{read:,}",
            f"{staged:,}",
            f"{rejected:,} ({N.share(rejected / read)})",
            "; ".join(reasons.get(extract, [])),
        ]
        for extract, read, staged, rejected in sample.rows(
            "select extract, rows_read, rows_staged, rows_rejected from extract_counts order by 1"
        )
    ]
    assert tables[None, "The extracts: every row is staged, or rejected with a reason"] == expected


def test_models_that_have_been_in_force(tables: Any, sample: Warehouse) -> None:
    """On the sample each study has had one model, which has none before it."""
    rows = sample.rows(
        "select study, model_version, count(*), as_of_date from training_sample group by all order by study"
    )
    recipes = {
        study: row
        for study, *row in sample.rows(
            "select study, recipe, len(centres) from segment_models inner join study_settings using (study)"
        )
    }
    for study, version, customers, date in rows:
        ((model, fitted, recipe, segments, numbers, kept, _),) = tables[study, "The models that have been in force"]
        assert model == f"{version} in force"
        assert fitted == f"{customers:,} customers of {N.day(date)}"
        assert [recipe, int(segments)] == recipes[study]
        assert (numbers, kept) == (", ".join(str(n + 1) for n in range(int(segments))), N.missing)


def test_who_moved_in_words(sample_page: str, sample: Warehouse) -> None:
    """Counted anew from the customers; the border from who stood on it at the date before."""
    expected = sample.rows(f"""
        {WAYS},
        borders as (
            select c.study, dates.as_of_date, count(*) / 2 as expected
            from customer_segments as c
            inner join dates on c.study = dates.study and c.as_of_date = dates.before
            inner join customer_segments as later
                on c.study = later.study and c.customer_id = later.customer_id and later.as_of_date = dates.as_of_date
            where c.margin < (select border_margin from report_settings) group by all
        ),
        back as (
            select study, as_of_date, count(*) as came_back from people as p
            where from_segment = 0 and customer_id not in (
                select customer_id from people as q
                where (q.study, q.as_of_date) = (p.study, p.as_of_date) and q.from_segment > 0
            ) and customer_id in (
                select customer_id from customer_segments as c where c.study = p.study and c.as_of_date < p.as_of_date
            ) group by all
        )
        select study, as_of_date, before,
        coalesce(sum(customers) filter (where to_segment = 0), 0),
        coalesce(sum(customers) filter (where from_segment = 0), 0),
        any_value(came_back),
        sum(customers) filter (where from_segment <> to_segment and from_segment * to_segment > 0),
        sum(customers) filter (where from_segment * to_segment > 0), any_value(expected),
        list((from_segment, to_segment, customers) order by customers desc, from_segment, to_segment)
            filter (where from_segment <> to_segment and from_segment * to_segment > 0)
        from ways inner join dates using (study, as_of_date) inner join borders using (study, as_of_date)
        left join back using (study, as_of_date) inner join study_settings as s using (study)
        where {CHOSEN}
        group by study, s.position, as_of_date, before order by s.position, as_of_date
    """)
    names = {(s, n): p for s, n, p in sample.rows("select study, segment, persona from segment_personas")}
    found = [words for words in parts(sample_page, r'<p class="moved"[^>]*>(.*?)</p>') if "first date" not in words]
    assert len(found) == len(expected) == 21
    for words, (study, day, before, left, came, back, moved, still, border, ways) in zip(found, expected, strict=True):
        start, end, most = ways[0]
        again = f" ({back} of them back after a date without)" if back else ""
        assert words == (
            f"From {N.day(before)} to {N.day(day)} {N.counted(left, 'customer')} left, {came} came{again}; "
            f"{moved} of {still:,} moved, most from {names[study, start]} to {names[study, end]} ({most}). "
            f"About {N.number(border)} were to be expected: half of those who stood on the border of two segments."
        )


def changed_by(value: float, before: float | None, write: Write) -> str:
    """A figure with its change since the date before."""
    if not before:
        return write(value)
    change = value / before - 1
    return f"{write(value)} {'+' if change > 0 else ''}{SHARE(change)}"


def signed(value: float | None, write: Write) -> str:
    return f"{'+' if value and value > 0 else ''}{write(value)}"


WRITES = {"customers": COUNT, "clv": MONEY, "card_revenue": MONEY, "spend": MONEY}
FIGURES = ("clv", "card_revenue", "spend")


def test_the_segments_at_each_date(tables: Any, sample: Warehouse) -> None:
    rows = sample.arrow(f"""
        select study, as_of_date, date_before, {NAMED} as named,
        list({{'name': figure, 'value': value, 'before': value_before}}) as figures,
        any_value({{'came': change_came, 'left': -change_left, 'moved': change_moved}})
            filter (where figure = 'customers') as moves
        from segment_trends where segment is not null and {CHOSEN}
        group by study, as_of_date, date_before, segment, persona order by study, as_of_date, segment
    """).to_pylist()
    expected: dict[tuple[str, str], list[list[str]]] = {}
    for row in rows:
        since = f", and what changed since {N.day(row['date_before'])}" if row["date_before"] else ""
        figures = {
            figure["name"]: changed_by(figure["value"], figure["before"], WRITES[figure["name"]])
            for figure in row["figures"]
        }
        came, left, moved = row["moves"].values()
        cells = [row["named"], figures["customers"], COUNT(came), COUNT(left), signed(moved, COUNT)]
        cells += [figures.get(name, N.missing) for name in FIGURES]
        expected.setdefault((row["study"], f"The segments at {N.day(row['as_of_date'])}{since}"), []).append(cells)
    assert {key: cells for key, cells in tables.items() if key[1].startswith("The segments at")} == expected


def test_where_a_change_comes_from(tables: Any, sample: Warehouse) -> None:
    titles = ("Customers", "CLV proxy, total", "Card revenue a year", "Card spend in 3 months")
    expected: dict[tuple[str, str], list[list[str]]] = {}
    for study, before, title, figure, *values in sample.rows(f"""
        select study, date_before, list_value{titles}[list_position({list(WRITES)}, figure)], figure, value_before,
        change_stayed, change_came, change_left, value
        from segment_trends where segment is null and {CHOSEN}
        order by study, as_of_date, list_position({list(WRITES)}, figure)
    """):
        write = WRITES[figure]
        cells = [title, write(values[0]), *(signed(value, write) for value in values[1:4]), write(values[4])]
        caption = f"Where the change since {N.day(before)} comes from: those who stayed, came and left"
        expected.setdefault((study, caption), []).append(cells)
    assert {key: cells for key, cells in tables.items() if key[1].startswith("Where the change")} == expected


def test_drift_of_each_feature_at_each_date(tables: Any, sample: Warehouse) -> None:
    expected: dict[tuple[str, str], list[list[str]]] = {}
    for study, fitted, label, indexes, levels in sample.rows("""
        with drift as (
            select study, 0 as place, 'Sizes of the segments' as label, as_of_date, psi, level from segment_drift
            union all
            select study, position, label, as_of_date, psi, level
            from feature_drift inner join feature_catalog using (study, feature, label)
        )
        select study, fitted_as_of, label, list(psi order by as_of_date), list(level order by as_of_date)
        from drift inner join segment_models using (study)
        group by study, fitted_as_of, place, label order by study, place
    """):
        caption = f"Drift since the fit: how far each date is from the training sample of {N.day(fitted)} (PSI)"
        cells = [
            N.number(psi, 2) + ("" if level == "stable" else f" {level}")
            for psi, level in zip(indexes, levels, strict=True)
        ]
        expected.setdefault((study, caption), []).append([label, *cells])
    assert {key: cells for key, cells in tables.items() if key[1].startswith("Drift")} == expected


def test_small_lines_of_the_key_figures(sample_page: str, sample: Warehouse) -> None:
    writes: dict[str, Write] = {
        "customers": COUNT,
        "clv_mean": MONEY,
        "card_revenue_total": MONEY,
        "low_credit_score_share": SHARE,
        "digital_share": SHARE,
        "spend_fell_share": SHARE,
        "everybodys_spend_change": SHARE,
    }
    rows = sample.rows(f"select as_of_date, {', '.join(writes)} from portfolio_kpis order by as_of_date")
    found = [html.unescape(title) for title in re.findall(r"<svg class=\"spark\".*?<title>(.*?)</title>", sample_page)]
    assert found == [
        "; ".join(f"{N.day(row[0])}: {write(row[place])}" for row in rows)
        for place, write in enumerate(writes.values(), start=1)
    ]


def test_the_advice_on_each_model(sample_page: str, sample: Warehouse) -> None:
    words = {"keep": "Keep the model", "watch": "Watch the model", "refit": "Fit the model again"}
    found = parts(sample_page, r"<p[^>]*>(<strong[^>]*>(?:Keep|Watch|Fit) the model.*?)</p>")
    assert found == [
        f"{words[advice]}: {reasons}. See From date to date."
        for advice, reasons in sample.rows(
            "select advice, reasons from refit_advice inner join study_settings using (study) order by position"
        )
    ]


def parts(page: str, pattern: str) -> list[str]:
    return [text_of(part) for part in re.findall(f"(?s){pattern}", page)]


def test_a_card_says_what_is_known_of_its_segment(sample_page: str, sample: Warehouse) -> None:
    """With the advice for marketing, or where there is none for the first area; advice on credit stands elsewhere."""
    advice = {
        (study, segment): min(areas.items(), key=lambda item: (item[0] != "marketing", item[0]))
        for study, segment, areas in sample.rows(
            "select study, segment, map(list(area), list(recommendation)) from segment_recommendations "
            "where not is_credit_advice group by all"
        )
    }
    assert len({area for area, _ in advice.values()}) > 1
    found = parts(sample_page, r'<li class="card">(.*?)</li>')
    rows = sample.rows("""
        select study, segment, persona, share, customers, theme, is_catalogued, description, stands_out, claims,
        claims_failed, failed_claims
        from segment_personas inner join study_settings using (study) order by position, segment
    """)
    assert len(found) == len(rows)
    for card, row in zip(found, rows, strict=True):
        study, segment, persona, share, customers, theme, known, description, stands_out, claims, failed, which = row
        text = f"{segment} {persona} {N.share(share)} {customers:,} customers" + (f" · {theme}" if theme else "")
        if theme == "protect":
            tested = what_became(sample, f"flag = 'theme protect' and study = '{study}'")
            text += f" Customers to protect: {tested}."
        text += (
            f" {description if known else 'No persona of the catalogue fits this segment.'} Stands out: {stands_out}."
        )
        if failed:
            text += f" Claims that fail, {failed} of {claims}: {which}"
        elif claims:
            text += f" Claims of the name that hold: {claims} of {claims}."
        if (study, segment) in advice:
            area, recommendation = advice[study, segment]
            text += f" {area.capitalize()}: {recommendation}"
        assert card == text


def test_advice_stands_under_its_area(sample_page: str, sample: Warehouse) -> None:
    found = parts(sample_page, r'<h5>(?=[^<]*</h5>\s*<ul class="advice">)(.*?</ul>)')
    expected = sample.rows("""
        select upper(area[1]) || area[2:] || ' '
        || string_agg(segment || ' ' || persona || ': ' || recommendation, ' ' order by segment)
        from segment_recommendations inner join study_settings using (study) where not is_credit_advice
        group by study, position, area order by position, area
    """)
    assert found == [text for (text,) in expected]


def test_advice_about_credit_stands_apart_with_its_caution(sample_page: str, sample: Warehouse) -> None:
    found = parts(sample_page, r'<h5>((?:(?!<h5>).)*?<p class="warning">(?:(?!<h5>).)*?<ul class="advice">.*?</ul>)')
    expected = sample.rows("""
        select segment || ' ' || any_value(persona) || ' ' || any_value(caution) || ' ' || string_agg(
            upper(area[1]) || area[2:] || ': ' || recommendation, ' ' order by area)
        from segment_recommendations inner join study_settings using (study) where is_credit_advice
        group by study, position, segment order by position, segment
    """)
    assert found == [text for (text,) in expected]


def test_what_needs_attention_comes_by_severity(sample_page: str, sample: Warehouse) -> None:
    (found,) = re.findall(r'(?s)<ul class="matters">(.*?)</ul>', sample_page)
    rows = sample.rows("""
        select severity, coalesce(title, 'All studies') || ', ' || topic || ': ' || message
        from attention left join study_settings using (study)
    """)
    severity = {re.sub(r"\s+", " ", text): number for number, text in rows}
    lines = [text_of(line) for line in re.findall(r"(?s)<li>(.*?)</li>", found)]
    assert sorted(lines) == sorted(severity)
    assert [severity[line] for line in lines] == sorted(severity.values())


def test_how_two_studies_go_together_in_words(sample_page: str, sample: Warehouse) -> None:
    """At the latest date that both have, the closest pair first."""
    titles = dict(sample.rows("select study, title from study_settings"))
    found = parts(sample_page, r"<h4>([^<]* and [^<]*</h4><p>[^<]*customers in both)</p>")
    expected = sample.rows("""
        with dates as (select distinct study, as_of_date from segment_assignments)
        select study_a, study_b, upper(reading[1]) || reading[2:], cramers_v, adjusted_rand_index, customers
        from cross_segment_association
        where as_of_date = (
            select max(a.as_of_date)
            from dates as a inner join dates as b using (as_of_date)
            where a.study = study_a and b.study = study_b
        )
        order by cramers_v desc nulls last, study_a, study_b
    """)
    assert found == [
        f"{titles[a]} and {titles[b]}{reading}: Cramér's V {N.number(v, 2)}, adjusted Rand index {N.number(rand, 2)}; "
        f"{customers:,} customers in both"
        for a, b, reading, v, rand, customers in expected
    ]


def test_tiles_of_what_can_be_trusted(sample_page: str, sample: Warehouse) -> None:
    blocks = parts(sample_page, r'<dl class="tiles">(\s*<div><dt>Excess over a single crowd.*?)</dl>')
    figures = sample.rows("""
        select excess, silhouette, stability, stability_min, smallest_share, h.segments, rule_segments, gap_segments,
        (select avg((margin < border_margin)::integer) from customer_segments as c, report_settings
            where c.study = h.study and as_of_date = (
                select max(as_of_date) from customer_segments as d where d.study = h.study
            ))
        from segmentation_health as h inner join study_settings using (study) where is_in_force order by position
    """)
    assert len(blocks) == len(figures)
    for block, (excess, silhouette, stability, worst, smallest, segments, rule, gap, border) in zip(
        blocks, figures, strict=True
    ):
        said = {
            "Excess over a single crowd": f"{N.number(excess, 3)} silhouette {N.number(silhouette, 3)}",
            "Stability": N.number(stability, 2),
            "the worst refit": N.number(worst, 2),
            "Between two segments": f"{N.share(border)} of the customers",
            "Smallest segment": N.share(smallest),
            "Segments": f"{segments} the rule: {rule or 'none'}; the gap statistic: {gap or 'none'}",
        }
        for name, figure in said.items():
            assert f"{name} {figure}" in block


def test_the_picture_says_how_much_of_the_variance_it_shows(sample_page: str, sample: Warehouse) -> None:
    found = re.findall(r"<p>([\d,]+) customers; the picture shows (\d+)% of the variance", sample_page)
    expected = sample.rows(f"""
        select count(*), round(100 * (explained[1] + explained[2]))::integer
        from segment_scatter inner join segment_models using (study) inner join study_settings using (study)
        where {LATEST} group by study, position, explained order by position
    """)
    assert [(int(n.replace(",", "")), int(share)) for n, share in found] == expected


def test_the_form_starts_with_medians_and_the_most_frequent_category(sample_page: str, sample: Warehouse) -> None:
    typed = re.findall(r'data-feature="(\w+)" value="([^"]*)"', sample_page)
    rows = sample.rows(f"""
        select study, variable, list((feature, median, mean) order by c.position)
        from feature_catalog as c inner join feature_summary using (study, feature)
        inner join study_settings using (study)
        where c.role = 'cluster' and {LATEST}
        group by study, study_settings.position, variable order by study_settings.position, min(c.position)
    """)
    alone = [features[0] for *_, features in rows if len(features) == 1]
    assert [name for name, _ in typed] == [name for name, *_ in alone]
    assert [float(value or "nan") for _, value in typed] == pytest.approx(
        [m for _, m, _ in alone], rel=1e-5, nan_ok=True
    )
    chosen = re.findall(r'<option value="(\w+)" selected>', sample_page)
    assert chosen == [max(features, key=lambda f: f[2])[0] for *_, features in rows if len(features) > 1]


def test_what_stands_out_in_the_data(sample_page: str, sample: Warehouse) -> None:
    findings = parts(sample_page, r'<ul class="findings">(.*?)</ul>')
    expected = sample.rows(f"""
        select string_agg(finding, ' ' order by e.position)
        from exploratory_findings as e inner join study_settings as s using (study)
        where {LATEST} and kind <> 'claim' group by study, s.position, kind order by s.position, kind
    """)
    claims = [text for text in findings if "hold" in text.lower().split(":")[0]]
    assert [text for text in findings if text not in claims] == [text for (text,) in expected]
    said = sample.rows(
        f"select finding from exploratory_findings where {LATEST} and kind = 'claim' order by study, position"
    )
    assert " ".join(claims) == " ".join(text for (text,) in said)
