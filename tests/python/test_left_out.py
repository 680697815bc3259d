"""What cannot be segmented is left out and said; as many segments as there are different customers can be found."""

from pathlib import Path

import pandas as pd
import pytest
from cards import cards, write
from conftest import ROOT, Warehouse, rendered

TWELVE = "Study relationship has 12 customers at its latest complete as_of_date"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Sixty card customers of three kinds, and twelve customers of the relationship study who have no card."""
    three = pd.concat([cards(3)] * 20, ignore_index=True)
    three["CUST_ID"] = [f"T{i:03d}" for i in range(60)]
    sample = pd.read_csv(ROOT / "seeds" / "sample" / "raw_bank_customers.csv", dtype=str)
    sample = sample[sample["AsOfDate"] == "2025-06-30"].dropna().drop_duplicates("CustomerID")
    return {
        "card_usage": write(three, tmp_path / "card_usage.csv"),
        "bank_customers": write(sample.head(12), tmp_path / "bank_customers.csv"),
    }


def test_a_study_of_twelve_customers_is_left_out_and_three_points_make_three_segments(
    warehouse: Warehouse, files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A whole build: everything copes with both, and with segments whose customers are all alike."""
    both = {"studies": ["card_usage", "relationship"], "bank_files": files}
    assert warehouse.build(**both, study_overrides={"card_usage": {"segments": "auto"}}) == ""

    found = warehouse.rows("select segment, customers, has_structure from segment_personas order by segment")
    assert found == [(1, 20, True), (2, 20, True), (3, 20, True)]
    assert warehouse.value("select count(*) from customer_segments where is_outlier") == 0
    assert warehouse.rows("select distinct study from customer_segments") == [("card_usage",)]
    assert warehouse.value("select max(segments) from kmeans_fits") == 3

    assert warehouse.rows("select study, is_left_out from studies_left_out") == [("relationship", True)]
    said = warehouse.rows("select severity, topic, study, message from attention where study = 'relationship'")
    assert [row[:3] for row in said] == [(1, "left out", "relationship")]
    assert said[0][3].startswith(TWELVE)
    assert warehouse.value("select count(relationship_segment) + count(relationship_persona) from customer_360") == 0
    marts = [
        "segment_kpis",
        "segment_profiles",
        "segmentation_health",
        "model_cards",
        "model_registry",
        "persona_claims",
    ]
    marts += ["segment_fairness", "segment_drivers", "customer_segment_reasons", "segment_recommendations"]
    for mart in marts:
        assert warehouse.rows(f"select distinct study from {mart} where study = 'relationship'") == [], mart
    assert warehouse.value("select count(*) from cross_segments") == 0
    # it can be explored all the same: that may say why
    for mart in ["feature_summary", "feature_histograms", "feature_correlations", "exploratory_findings"]:
        assert warehouse.value(f"select count(*) from {mart} where study = 'relationship'") > 0, mart
    page = rendered(warehouse.path)
    overview, data = (page.split(f'<section id="{name}"')[1].split("</section>")[0] for name in ("overview", "data"))
    reason = said[0][3]
    assert f"Left out.</strong> {reason}" in overview
    assert reason in overview.split("Needs attention")[1]
    assert "Relationship" in overview
    own = data.split("left out")[1]
    assert reason in own
    features = warehouse.rows("select label from feature_catalog where study = 'relationship'")
    assert len(features) > 5
    for (label,) in features:
        assert f'<th scope="row">{label}</th>' in own, label
    assert 'value="relationship"' not in page

    capsys.readouterr()
    assert warehouse.dbt("run-operation", "summary", **both) == ""
    shown = capsys.readouterr().out.splitlines()
    assert "relationship       left out, see studies_left_out" in shown
    assert max(map(len, shown)) <= 100

    three = {"card_usage": {"segments": 3}}
    assert warehouse.build("--select", "+segment_models", **both, study_overrides=three) == ""
    assert warehouse.value("select segments from segment_models") == 3
    four = {"card_usage": {"segments": 4}}
    refused = warehouse.build("--select", "+segment_models", **both, study_overrides=four)
    assert "Study card_usage has only 3 customers that differ from each other, too few for 4 segments" in refused
    assert TWELVE in refused


def test_alone_it_stops(warehouse: Warehouse, files: dict[str, str]) -> None:
    said = warehouse.build("--select", "+segment_models", studies=["relationship"], bank_files=files)
    assert TWELVE in said
    assert "a fit needs at least 20" in said
