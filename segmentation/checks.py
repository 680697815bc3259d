"""Whether the segments in force would be found again among the customers of a later date."""

from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segmentation.arrow import CHECKS, by_version
from segmentation.catalog import read_recipes
from segmentation.kmeans import distinct_rows, kmeans
from segmentation.parallel import one_thread, run
from segmentation.scaling import scaled_by
from segmentation.structure import REFITS, measure_structure


def new_dates(dbt: Any, relation: Any) -> pa.Table:
    """The customers of the dates that no model in force has been checked on yet, in a fixed random order.

    `relation`: latest_samples, of each study one model and one date.
    """
    if dbt.is_incremental:
        checked = f"select (study, model_version, segments, as_of_date) from {dbt.this}"
        relation = relation.filter(f"(study, model_version, segments, as_of_date) not in ({checked})")
    return relation.order("study, md5(customer_id), customer_id").to_arrow_table()


def check_structure(samples: pa.Table, catalog: pa.Table, settings: pa.Table, workers: int | None = None) -> pa.Table:
    """One row of CHECKS for each study of `samples`: the figures of a fit on them, with as many segments as in force.

    As the fit has them (see structure.py), on the sample alone: scaled anew by the study's recipe, with the twenty
    refits of a candidate. `agreement`: adjusted Rand index of the new segments with those in force. A study that could
    not be fitted so (a feature without any value, too few different customers) has no row.
    """
    rows: list[dict[str, Any]] = []
    if not samples.num_rows:
        return pa.Table.from_pylist(rows, schema=CHECKS)
    one_thread()
    from sklearn.metrics import adjusted_rand_score

    recipes = read_recipes(catalog, settings)
    limits = {row["study"]: row for row in settings.to_pylist()}
    for study, version, x in by_version(samples, "features"):
        own = samples.filter(pc.equal(samples["study"], study))
        k = own["segments"][0].as_py()
        if np.isnan(x).all(axis=0).any() or distinct_rows(np.nan_to_num(x)) < k:
            continue
        z = scaled_by(recipes[study], x)
        if distinct_rows(z) < k:
            continue
        (fit,) = run([partial(kmeans, z, k)], workers)
        figures = measure_structure(
            z, {k: fit.labels}, recipes[study], limits[study]["structure_rows"], workers, screenings=REFITS
        )[k]
        rows.append(
            {
                "study": study,
                "model_version": version,
                "segments": k,
                "as_of_date": own["as_of_date"][0].as_py(),
                "customers": len(z),
                "silhouette": figures.silhouette,
                "null_silhouette": None if np.isnan(figures.null_silhouette) else figures.null_silhouette,
                "stability": figures.stability,
                "stability_lower": figures.stability_lower,
                "smallest_share": float(np.bincount(fit.labels, minlength=k).min() / len(z)),
                "agreement": float(adjusted_rand_score(own["position"].to_numpy(), fit.labels)),
            }
        )
    return pa.Table.from_pylist(rows, schema=CHECKS)
