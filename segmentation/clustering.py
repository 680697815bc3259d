"""K-Means for every number of segments, with the figures that the choice among them needs."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from segmentation.arrow import KMEANS, Matrix, by_version
from segmentation.catalog import read_recipes
from segmentation.gap import Gap, gap_statistic
from segmentation.kmeans import Partition, calinski_harabasz, distinct_rows, kmeans
from segmentation.parallel import one_thread, run
from segmentation.profiles import profile_z
from segmentation.structure import Gate, Structure, measure_structure


def fit_kmeans(vectors: pa.Table, catalog: pa.Table, settings: pa.Table, workers: int | None = None) -> pa.Table:
    """One row of KMEANS for each version and k = 1 .. max_segments (and at most the distinct customers).

    `vectors`: study, model_version, customer_id, features (unscaled), z (scaled, no NULL), sorted as by
    `new_versions`. `settings`: study, recipe, max_segments, structure_rows
    and what the rule asks of a k. Without vectors nothing is
    computed nor scikit-learn imported. The result does not depend on `workers`, the number of fits at the
    same time.
    """
    rows: list[dict[str, Any]] = []
    if not vectors.num_rows:
        return pa.Table.from_pylist(rows, schema=KMEANS)
    one_thread()
    recipes = read_recipes(catalog, settings)
    limits = {row["study"]: row for row in settings.to_pylist()}
    matrices = zip(by_version(vectors, "z"), by_version(vectors, "features"), strict=True)
    for (study, version, z), (_, _, x) in matrices:
        limit = limits[study]
        fits = fit_every_k(z, limit["max_segments"], workers)
        labels = {k: fit.labels for k, fit in fits.items()}
        structure = measure_structure(z, labels, recipes[study], limit["structure_rows"], workers, gate_of(limit))
        gaps = gap_statistic(z[: limit["structure_rows"]], list(fits), workers)
        rows += [{"study": study, "model_version": version} | row for row in _rows(x, z, fits, structure, gaps)]
    return pa.Table.from_pylist(rows, schema=KMEANS)


def fit_every_k(z: Matrix, largest: int, workers: int | None = None) -> dict[int, Partition]:
    """K-Means for k = 1 .. largest, by k; no k above the number of distinct rows."""
    ks = range(1, min(largest, distinct_rows(z)) + 1)
    # The longest first, so that no worker is left with it at the end.
    fits = dict(zip(ks[::-1], run([partial(kmeans, z, k) for k in ks[::-1]], workers), strict=True))
    return {k: fits[k] for k in ks}


def elbow(inertia: Mapping[int, float]) -> int | None:
    """The k at the knee of the falling inertia, None without one.

    Kneedle (Satopaa, Albrecht, Irwin and Raghavan 2011) for a convex, decreasing curve: scaled to the unit square,
    where the curve lies farthest below the diagonal from its first to its last point.
    """
    k, y = np.array(list(inertia), dtype=float), np.array(list(inertia.values()))
    if len(k) < 3 or y[0] <= y[-1]:
        return None
    below = (k[-1] - k) / (k[-1] - k[0]) - (y - y[-1]) / (y[0] - y[-1])
    return int(k[below.argmax()]) if below.max() > 1e-9 else None


def gate_of(setting: Mapping[str, Any]) -> Gate:
    """What the rule asks of a k, from a row of study_settings."""
    return Gate(
        min_excess=setting["min_excess"],
        min_stability=setting["min_stability"],
        min_share=setting["min_segment_share"],
        near_share=setting["raise_excess_share"],
    )


def _rows(
    x: Matrix, z: Matrix, fits: Mapping[int, Partition], structure: Mapping[int, Structure], gaps: Mapping[int, Gap]
) -> list[dict[str, Any]]:
    knee = elbow({k: fit.inertia for k, fit in fits.items()})
    return [
        {
            "segments": k,
            "inertia": fit.inertia,
            "is_elbow": k == knee,
            "smallest_share": float(np.bincount(fit.labels, minlength=k).min() / len(z)),
            "distance_p99": float(np.quantile(np.linalg.norm(z - fit.centres[fit.labels], axis=1), 0.99)),
            "centres": fit.centres.tolist(),
            "profile_z": profile_z(x, fit.labels, k),
            "gap": gaps[k].value if k in gaps else None,
            "gap_deviation": gaps[k].deviation if k in gaps else None,
            **(_metrics(z, fit, structure[k]) if k > 1 else {}),
        }
        for k, fit in fits.items()
    ]


def _metrics(z: Matrix, fit: Partition, structure: Structure) -> dict[str, Any]:
    """What needs two segments; the last two cost O(n) and take the whole training sample."""
    from sklearn.metrics import davies_bouldin_score

    null = structure.null_silhouette
    return {
        "silhouette": structure.silhouette,
        "null_silhouette": None if np.isnan(null) else null,
        "stability": structure.stability,
        "stability_lower": structure.stability_lower,
        "stability_upper": structure.stability_upper,
        "stability_min": structure.stability_min,
        "stability_customers": structure.stability_customers,
        "bic_diagonal": structure.bic.diagonal if structure.bic else None,
        "bic_full": structure.bic.full if structure.bic else None,
        "silhouettes": structure.silhouettes,
        "calinski_harabasz": calinski_harabasz(z, fit.labels),
        "davies_bouldin": float(davies_bouldin_score(z, fit.labels)),
    }
