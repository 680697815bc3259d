"""Why a segment is one, and why a customer is in it: against NumPy and SciPy, and by scoring again."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from conftest import Warehouse
from numpy.typing import NDArray
from scipy.stats import yeojohnson

Matrix = NDArray[np.float64]
STUDIES = ["card_usage", "card_offers", "relationship", "demographic", "behavioral", "combined", "wealth"]


def numbers(rows: list[Any]) -> Matrix:
    """Lists of numbers as a matrix; NULL is NaN."""
    return np.array([[np.nan if v is None else v for v in row] for row in rows], dtype=np.float64)


class Model:
    """The model in force of a study, and the figures of its features, apart from the SQL that uses them."""

    def __init__(self, sample: Warehouse, study: str) -> None:
        names = ["fill", "lower", "upper", "lambdas", "mean", "scale"]
        ((*lists, centres, segments),) = sample.rows(
            f"select {', '.join(names)}, centres, segment_numbers from segment_models where study = '{study}'"
        )
        self.fill, self.lower, self.upper, self.lambdas, self.mean, self.scale = numbers(lists)
        self.centres = numbers(centres)
        self.position_of = {segment: position for position, segment in enumerate(segments)}
        catalog = sample.rows(
            f"select feature, unit, is_protected, count(*) over (partition by variable) from feature_catalog "
            f"where study = '{study}' and role = 'cluster' order by position"
        )
        self.features = [feature for feature, *_ in catalog]
        self.units = [unit for _, unit, *_ in catalog]
        self.may_change = np.array(
            [
                not protected and columns == 1 and unit not in ("years", "months")
                for _, unit, protected, columns in catalog
            ]
        )

    def scaled(self, x: Matrix, place: int) -> Matrix:
        """Values of the feature at a place as z-scores."""
        x = np.where(np.isnan(x), self.fill[place], x)
        x = np.fmin(np.fmax(x, self.lower[place]), self.upper[place])
        power = self.lambdas[place]
        bent: Matrix = x if np.isnan(power) else yeojohnson(x, power)
        z: Matrix = (bent - self.mean[place]) / self.scale[place]
        return z

    def centre(self, segment: int) -> Matrix:
        centre: Matrix = self.centres[self.position_of[segment]]
        return centre

    def vectors(self, x: Matrix) -> Matrix:
        return np.column_stack([self.scaled(x[:, place], place) for place in range(x.shape[1])])


@pytest.fixture(params=STUDIES)
def study(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def model(sample: Warehouse, study: str) -> Model:
    return Model(sample, study)


def test_drivers_are_parts_of_the_variance_between_segments(sample: Warehouse, study: str, model: Model) -> None:
    z = numbers([z for (z,) in sample.rows(f"select z from training_vectors where study = '{study}'")])
    labels = np.linalg.norm(z[:, None] - model.centres, axis=2).argmin(axis=1)
    parts = np.array(
        [((model.centres[labels[labels == s]] - z.mean(axis=0)) ** 2).sum(axis=0) for s in range(labels.max() + 1)]
    )
    ours = sample.rows(
        "select segment, feature, share, study_share, direction from segment_drivers "
        f"where study = '{study}' order by segment, position"
    )
    assert len(ours) == parts.size
    for segment, feature, share, study_share, direction in ours:
        place = model.features.index(feature)
        own = parts[model.position_of[segment]]
        assert share == pytest.approx(own[place] / own.sum(), abs=2e-6)
        assert study_share == pytest.approx(parts[:, place].sum() / parts.sum(), abs=2e-6)
        if share > 1e-6:
            is_above = model.centre(segment)[place] > z.mean(axis=0)[place]
            assert direction == ("above average" if is_above else "below average")
    for one in model.position_of:
        shares = [share for segment, _, share, *_ in ours if segment == one]
        assert shares == sorted(shares, reverse=True)


def test_shares_of_a_segment_add_up(sample: Warehouse) -> None:
    sums = sample.rows(
        "select sum(share), sum(study_share), count(*) = max(position) from segment_drivers group by study, segment"
    )
    assert len(sums) == sample.value("select count(*) from segment_personas")
    assert all(row == (pytest.approx(1, abs=1e-4), pytest.approx(1, abs=1e-4), True) for row in sums)


def test_every_customer_has_reasons(sample: Warehouse) -> None:
    key = "select study, customer_id, as_of_date, segment, persona, runner_up_segment from"
    ours = f"{key} customer_segment_reasons where sentence is not null and reason_1 is not null and reason_1_share > 0"
    theirs = f"{key} customer_segments"
    assert sample.value(f"select count(*) from ({ours} except all {theirs})") == 0
    assert sample.value(f"select count(*) from ({theirs} except all {ours})") == 0


@pytest.fixture
def reasons(sample: Warehouse, study: str) -> list[tuple[Any, ...]]:
    """Of 300 customers: vector, segment, runner-up, reasons, their shares, change."""
    return sample.rows(
        "select features, segment, runner_up_segment, [reason_1, reason_2, reason_3], "
        "[reason_1_share, reason_2_share, reason_3_share], change_feature, change_to, as_of_date "
        "from customer_segment_reasons inner join feature_vectors using (study, customer_id, as_of_date) "
        f"where study = '{study}' order by md5(customer_id), as_of_date limit 300"
    )


def test_the_reasons_pull_hardest(model: Model, reasons: list[tuple[Any, ...]]) -> None:
    z = model.vectors(numbers([row[0] for row in reasons]))
    for vector, (_, segment, runner_up, names, shares, *_) in zip(z, reasons, strict=True):
        pulls = (vector - model.centre(runner_up)) ** 2 - (vector - model.centre(segment)) ** 2
        hardest = np.sort(pulls)[::-1][: len(names)]
        for name, share, pull in zip(names, shares, hardest, strict=False):
            if name is None:
                assert pull < 1e-9
            else:
                assert pulls[model.features.index(name)] == pytest.approx(pull, abs=1e-9)
                assert share == pytest.approx(pull / pulls[pulls > 0].sum(), abs=2e-6)


def test_no_smaller_change_is_possible(
    sample: Warehouse, study: str, model: Model, reasons: list[tuple[Any, ...]]
) -> None:
    """A feature in which the centres differ more needs a smaller step: even its extremes leave the segment nearer."""
    extremes = {
        (feature, as_of_date): figures
        for feature, as_of_date, *figures in sample.rows(
            "select feature, as_of_date, minimum, maximum, standard_deviation, zero_share, mean from feature_summary "
            f"where study = '{study}'"
        )
    }
    z = model.vectors(numbers([row[0] for row in reasons]))
    none = 0
    for vector, (values, segment, runner_up, _, _, change, _, as_of_date) in zip(z, reasons, strict=True):
        own, other = model.centre(segment), model.centre(runner_up)
        step = np.abs(own - other)
        none += change is None
        for place, feature in enumerate(model.features):
            minimum, maximum, deviation, zeros, mean = extremes[feature, as_of_date]
            is_flag = minimum >= 0 and maximum <= 1 and abs(mean + zeros - 1) < 1e-5
            if not model.may_change[place] or is_flag or values[place] is None or step[place] == 0:
                continue
            if change is not None and step[place] <= step[model.features.index(change)]:
                continue
            grid = 1 if model.units[place] in ("count", "days", "level") else 10 ** (np.floor(np.log10(deviation)) - 2)
            up = other[place] > own[place]
            extreme = np.floor(maximum / grid + 1e-9) * grid if up else np.ceil(minimum / grid - 1e-9) * grid
            moved = vector.copy()
            moved[place] = model.scaled(np.array([extreme]), place)[0]
            assert ((moved - other) ** 2).sum() > ((moved - own) ** 2).sum() - 2e-6, feature
    print(f"{study}: {none} of {len(reasons)} have no possible change")
    assert none < len(reasons)


@pytest.fixture(scope="module")
def changed(sample: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A copy of the sample bank in which 300 customers of each study have changed as suggested."""
    path: Path = tmp_path_factory.mktemp("changed") / sample.path.name
    shutil.copy(sample.path, path)
    with duckdb.connect(str(path)) as con:
        con.execute(
            """
            create table changes as
            select *, row_number() over (partition by study order by md5(customer_id), as_of_date) as n
            from customer_segment_reasons where change_feature is not null qualify n <= 300;
            create table changed_vectors as
            with places as (
                select
                    study, feature as change_feature,
                    row_number() over (partition by study order by position) as place
                from feature_catalog where role = 'cluster'
            )
            select
                study, customer_id, as_of_date,
                features[:place - 1] || [change_to] || features[place + 1:] as features
            from feature_vectors
            inner join changes using (study, customer_id, as_of_date)
            inner join places using (study, change_feature);
            create or replace view feature_vectors as from changed_vectors;
            """
        )
    return Warehouse(path)


def test_the_suggested_change_makes_the_runner_up_nearer(changed: Warehouse, study: str) -> None:
    """Scored again by the project's own SQL. A third segment may be nearer than both."""
    ((customers, nearer, nearest),) = changed.rows(
        f"""
        with placed as (
            select
                max(distance) filter (where distances.segment = changes.segment) as own,
                max(distance) filter (where distances.segment = changes.runner_up_segment) as other,
                min(distance) as smallest
            from segment_distances as distances inner join changes using (study, customer_id, as_of_date)
            where study = '{study}'
            group by customer_id, as_of_date
        )
        select count(*), count(*) filter (where other < own), count(*) filter (where other <= smallest) from placed
        """
    )
    print(f"{study}: of {customers} changed customers the runner-up is nearer for {nearer}, the nearest for {nearest}")
    assert customers == nearer == 300
    assert nearest > 0.8 * customers


def test_protected_features_are_marked_and_never_named(sample: Warehouse) -> None:
    assert sample.value("select count(*) from customer_segment_reasons where reason_1_is_protected") > 0
    named = (
        "select count(*) from customer_segment_reasons as reasons inner join feature_catalog as catalog "
        "on reasons.study = catalog.study and catalog.role = 'cluster' where {} and ("
        "reasons.change_feature = catalog.feature or "
        "regexp_matches(lower(reasons.sentence), '(: |; |with )' || lower(catalog.label) || ' [0-9nuy-]'))"
    )
    assert sample.value(named.format("catalog.is_protected")) == 0
    assert sample.value(named.format("catalog.feature = 'income'")) > 0


def scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What a plan knows of each table that it reads."""
    if not plan["children"]:
        yield plan["extra_info"]
    for child in plan["children"]:
        yield from scans(child)


def test_one_customer_is_looked_up_and_not_all(sample: Warehouse) -> None:
    """The filter stands in the scan of the features and in that of the segments."""
    with duckdb.connect(str(sample.path), read_only=True) as con:
        ((_, plan),) = con.execute(
            "explain (format json) select sentence from customer_segment_reasons "
            "where study = 'card_usage' and customer_id = 'C000001'"
        ).fetchall()
    filtered = [scan["Table"] for scan in scans(json.loads(plan)[0]) if "'C000001'" in str(scan.get("Filters"))]
    assert sorted(table.split(".")[-1] for table in filtered) == ["checked_card_usage", "segment_assignments"]
