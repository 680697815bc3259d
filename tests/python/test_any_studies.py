"""Any one study builds, and any two. In a copy of the built sample, so that nothing is fitted again; nor is what does
not depend on the studies that are on, such as staging.

Every study is one of two pairs here, a ring; all 21 pairs would take a minute for each five.
"""

from itertools import pairwise

import pytest
import yaml
from conftest import ROOT, Warehouse

STUDIES = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]["studies"]
PAIRS = list(pairwise([*STUDIES, STUDIES[0]]))


@pytest.mark.parametrize("study", STUDIES)
def test_any_one_study_builds(study: str, sample_copy: Warehouse) -> None:
    fits = sample_copy.value("select count(*) from kmeans_fits")
    assert sample_copy.build("--select", f"features_{study}+", "study_settings+", studies=[study]) == ""
    assert sample_copy.value("select count(*) from kmeans_fits") == fits
    assert sample_copy.rows("select distinct study from customer_segments") == [(study,)]
    assert sample_copy.value("select count(*) from cross_segments") == 0
    assert sample_copy.value(f"select count(*) = count({study}_persona) and count(*) > 0 from customer_360")


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_any_two_studies_build(pair: tuple[str, str], sample_copy: Warehouse) -> None:
    assert sample_copy.dbt("run", "--select", "feature_catalog+,+cross_segments", studies=list(pair)) == ""
    assert sample_copy.rows("select distinct study_a, study_b from cross_segments") == [tuple(sorted(pair))]
    crossed = sample_copy.rows("select as_of_date, sum(customers) from cross_segments group by all order by all")
    everybody = sample_copy.rows(
        "select as_of_date, count(distinct customer_id) from segment_assignments group by all order by all"
    )
    assert crossed == everybody
