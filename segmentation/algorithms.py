"""Would another algorithm find other segments? Each on the same sample of scaled customers.

`kmeans`, `minibatch_kmeans` (Sculley 2010), `ward` (Ward 1963), `gaussian_mixture` (diagonal covariances, as few
customers need) and `spectral` (nearest neighbours, Ng, Jordan & Weiss 2001; labels by cluster_qr, which needs no
start) get the number of segments in force. `hdbscan` (Campello, Moulavi & Sander 2013) finds its own, and leaves
customers out as noise.
"""

import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from segmentation.arrow import ALGORITHMS, Labels, Matrix
from segmentation.kmeans import SEED, calinski_harabasz, distinct_rows, kmeans
from segmentation.parallel import one_thread, run
from segmentation.samples import read_samples

STARTS = 10
SMALLEST = 0.02
"""The smallest cluster of HDBSCAN, as a share of the customers."""
NEIGHBOURS = 10
NOISE = -1


def compare_algorithms(samples: pa.Table, settings: pa.Table, workers: int | None = None) -> pa.Table:
    """A row of ALGORITHMS for each sample (see `new_samples`) and algorithm; where K-Means has no k, none.

    All but the seconds, of a processor's time, are the same on every machine and for every number of `workers`.
    """
    if not samples.num_rows:
        return pa.Table.from_pylist([], schema=ALGORITHMS)
    one_thread()
    rows = {row["study"]: row["algorithm_rows"] for row in settings.to_pylist()}
    found: list[dict[str, Any]] = []
    for sample in read_samples(samples):
        key = {
            "study": sample.study,
            "model_version": sample.version,
            "segments": sample.segments,
            "algorithm_rows": rows[sample.study],
        }
        if not 1 < sample.segments <= distinct_rows(sample.z):
            continue
        tasks = [partial(_try, name, sample.z, sample.segments, sample.labels) for name in ALGORITHMS_BY_NAME]
        found += [key | row for row in run(tasks, workers)]
    return pa.Table.from_pylist(found, schema=ALGORITHMS)


def _kmeans(z: Matrix, k: int) -> Labels:
    return kmeans(z, k, STARTS).labels


def _minibatch_kmeans(z: Matrix, k: int) -> Labels:
    from sklearn.cluster import MiniBatchKMeans

    return np.asarray(MiniBatchKMeans(k, n_init=STARTS, random_state=SEED).fit_predict(z), np.int32)


def _ward(z: Matrix, k: int) -> Labels:
    from sklearn.cluster import AgglomerativeClustering

    return np.asarray(AgglomerativeClustering(k, linkage="ward").fit_predict(z), np.int32)


def _gaussian_mixture(z: Matrix, k: int) -> Labels:
    from sklearn.mixture import GaussianMixture

    # Columns of 0 and 1 may have no variance within a segment: a hundredth of the whole keeps the density finite.
    mixture = GaussianMixture(k, covariance_type="diag", n_init=3, reg_covar=0.01, random_state=SEED)
    return np.asarray(mixture.fit_predict(z), np.int32)


def _hdbscan(z: Matrix, _: int) -> Labels:
    from sklearn.cluster import HDBSCAN

    smallest = max(5, round(SMALLEST * len(z)))
    return np.asarray(HDBSCAN(min_cluster_size=smallest, min_samples=5, copy=True).fit_predict(z), np.int32)


def _spectral(z: Matrix, k: int) -> Labels:
    from sklearn.cluster import SpectralClustering

    neighbours = min(NEIGHBOURS, len(z) - 1)
    spectral = SpectralClustering(
        k, affinity="nearest_neighbors", n_neighbors=neighbours, assign_labels="cluster_qr", random_state=SEED
    )
    return np.asarray(spectral.fit_predict(z), np.int32)


ALGORITHMS_BY_NAME: dict[str, Callable[[Matrix, int], Labels]] = {
    "kmeans": _kmeans,
    "minibatch_kmeans": _minibatch_kmeans,
    "ward": _ward,
    "gaussian_mixture": _gaussian_mixture,
    "spectral": _spectral,
    "hdbscan": _hdbscan,
}


def _try(name: str, z: Matrix, k: int, in_force: Labels) -> dict[str, Any]:
    """The figures of one algorithm; noise counts as a group of its own in the agreement, and nowhere else."""
    from sklearn.metrics import adjusted_rand_score

    start = time.thread_time()
    with warnings.catch_warnings():
        # A mixture that stops early, and neighbours in several islands, show in the figures.
        warnings.simplefilter("ignore")
        labels = ALGORITHMS_BY_NAME[name](z, k)
    seconds = time.thread_time() - start
    kept = labels != NOISE
    return {
        "algorithm": name,
        "segments_found": len(np.unique(labels[kept])),
        "noise_share": float(1 - kept.mean()),
        "agreement": float(adjusted_rand_score(in_force, labels)),
        "seconds": seconds,
        **_metrics(z[kept], labels[kept]),
    }


def _metrics(z: Matrix, labels: Labels) -> dict[str, Any]:
    """What needs two segments, and fewer segments than customers."""
    from sklearn.metrics import davies_bouldin_score, silhouette_score

    if not 1 < len(np.unique(labels)) < len(z):
        return {}
    return {
        "silhouette": float(silhouette_score(z, labels)),
        "calinski_harabasz": calinski_harabasz(z, labels),
        "davies_bouldin": float(davies_bouldin_score(z, labels)),
    }
